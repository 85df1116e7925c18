// SPDX-License-Identifier: Apache-2.0
// Requests over NATS as other daemons make them, but many under way over one
// connection: each answer sends the next request of its slot.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/subjects.h"
#include "common/wire.h"
#include "proto/names.h"
#include "tests/bench/config_bench.h"
#include "tests/bench/config_data.h"
#include "tests/bench/samples.h"

enum { SLOTS_MAX = 256, WARM_UP_MS = 500, LATE_MS = 5000, POLL_MS = 5 };

DEFINE_AUTO(natsInbox, natsInbox_Destroy)
DEFINE_AUTO(natsSubscription, natsSubscription_Destroy)

struct calls {
	struct bus *bus;
	struct config_target *target;
	void (*send)(struct calls *calls, const char *reply);
	const char *inbox;
	int64_t from_us, until_us;
	uint64_t number;
	int64_t sent_at_us[SLOTS_MAX];
	atomic_int under_way;

	/* Of the thread that brings answers. */
	struct samples samples;
	long failed, answered;
};

static void publish(
	struct calls *calls, const char *subject, const char *reply, struct wire *wire)
{
	natsStatus status = natsConnection_PublishRequest(
		bus_connection(calls->bus), subject, reply, wire->data, (int)wire->len);

	if (status != NATS_OK)
		die("%s: %s", subject, natsStatus_GetText(status));
}

static void send_effective(struct calls *calls, const char *reply)
{
	long number = (long)(calls->number++ % (uint64_t)calls->target->hot);
	struct wire nothing = {0};
	char subject[SUBJECT_SIZE];
	struct data_team at;

	data_team(&at, number);
	(void)snprintf(subject, sizeof(subject), SUBJECT_RPC_TEAM, "config.effective",
		at.org, at.team);
	publish(calls, subject, reply, &nothing);
}

static void send_lookup(struct calls *calls, const char *reply)
{
	struct data_claim claims[DATA_CLAIMS];
	const struct data_claim *claim = &claims[calls->number++ % DATA_CLAIMS];
	pb_identifier identifier, *identifiers[] = {&identifier};
	pb_routing_lookup_request request;
	struct wire wire AUTO(wire_done) = {0};
	char subject[SUBJECT_SIZE];
	struct fault fault = {0};

	data_claims(claims, config_spread(calls->target));
	pb_identifier_init(&identifier);
	identifier.type = wire_string(claim->type);
	identifier.value = wire_string(claim->value);
	pb_routing_lookup_request_init(&request);
	request.n_identifiers = 1;
	request.identifiers = identifiers;
	if (!wire_pack(&wire, &request.base, &fault))
		die("%s", fault.text);
	(void)snprintf(subject, sizeof(subject), SUBJECT_RPC, "routing.lookup");
	publish(calls, subject, reply, &wire);
}

static void send_one(struct calls *calls, long slot)
{
	char reply[SUBJECT_SIZE];

	(void)snprintf(reply, sizeof(reply), "%s.%ld", calls->inbox, slot);
	calls->sent_at_us[slot] = clock_mono_us();
	calls->send(calls, reply);
}

static bool is_good(natsMsg *message)
{
	pb_rpc_reply *reply AUTO(pb_rpc_reply_free) = pb_rpc_reply_unpack(
		natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));

	return reply && !natsMsg_IsNoResponders(message) &&
		reply->fault == TOCSIN__V1__RPC_REPLY__FAULT__NONE &&
		reply->body.len > 0;
}

static void on_answer(natsConnection *connection, natsSubscription *subscription,
	natsMsg *message, void *context)
{
	struct calls *calls = context;
	const char *token = strrchr(natsMsg_GetSubject(message), '.') + 1;
	long slot = strtol(token, NULL, 10);
	int64_t now = clock_mono_us();
	uint32_t took = (uint32_t)(now - calls->sent_at_us[slot]);

	(void)connection;
	(void)subscription;
	calls->answered++;
	if (now >= calls->from_us) {
		calls->failed += !is_good(message);
		samples_add(&calls->samples, &took, 1);
	}
	natsMsg_Destroy(message);
	if (now < calls->until_us)
		send_one(calls, slot);
	else
		atomic_fetch_sub(&calls->under_way, 1);
}

/* The callback may send while the first requests are still going out: own slots only. */
static void run(struct calls *calls, int in_flight)
{
	natsSubscription *subscription AUTO(natsSubscription_Destroy) = NULL;
	natsInbox *inbox AUTO(natsInbox_Destroy) = NULL;
	char subject[SUBJECT_SIZE];
	int64_t end = calls->until_us / 1000 + LATE_MS;

	if (natsInbox_Create(&inbox) != NATS_OK)
		die("no inbox");
	calls->inbox = inbox;
	(void)snprintf(subject, sizeof(subject), "%s.*", inbox);
	if (natsConnection_Subscribe(&subscription, bus_connection(calls->bus), subject,
		    on_answer, calls) != NATS_OK)
		die("no subscription");
	atomic_store(&calls->under_way, in_flight);
	for (int slot = 0; slot < in_flight; slot++)
		send_one(calls, slot);
	while (atomic_load(&calls->under_way) > 0) {
		if (clock_mono_ms() > end)
			die("%d rpc calls were not answered",
				atomic_load(&calls->under_way));
		clock_sleep_ms(POLL_MS);
	}
}

struct figure config_rpc_run(struct bus *bus, enum config_call what,
	struct config_target *target, int in_flight, long seconds)
{
	static void (*const send[])(struct calls * calls, const char *reply) = {
		[CONFIG_CALL_EFFECTIVE] = send_effective,
		[CONFIG_CALL_LOOKUP] = send_lookup,
	};
	int64_t from = clock_mono_us() + WARM_UP_MS * 1000;
	static struct calls calls;
	double cpu = cpu_seconds(target->server);
	struct figure figure;

	if (in_flight > SLOTS_MAX)
		die("%d requests under way are too many", in_flight);
	calls = (struct calls){.bus = bus,
		.target = target,
		.send = send[what],
		.from_us = from,
		.until_us = from + seconds * 1000000};
	run(&calls, in_flight);
	figure = samples_figure(&calls.samples, (double)seconds);
	figure.failed = calls.failed;
	figure.answered = calls.answered;
	figure.cpu_us =
		(cpu_seconds(target->server) - cpu) * 1e6 / (double)calls.answered;
	samples_done(&calls.samples);
	return figure;
}
