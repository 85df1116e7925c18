// SPDX-License-Identifier: Apache-2.0
#include "common/nats/service.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/ids.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/nats/subjects.h"
#include "common/wire.h"

enum {
	WAIT_MS = 2000,
	PAUSE_MS = 200,
	SERVICE_NAME_SIZE = 64,
	FIRST_TOKENS = 2,
	TENANT_TOKENS = 2
};

static struct metric calls_total = {.type = METRIC_COUNTER,
	.name = "tocsin_rpc_calls_total",
	.help = "Requests answered, by verb and fault",
	.labels = {"verb", "fault"}};
static struct metric call_seconds = {.type = METRIC_HISTOGRAM,
	.name = "tocsin_rpc_seconds",
	.help = "Time to answer a request",
	.labels = {"verb"}};

struct service_runner {
	struct service service;
	struct bus *bus;
	natsSubscription *subscription;
	pthread_mutex_t turn; /* whose it is waits for the next request */
	atomic_bool stopping;
	int started;
	pthread_t threads[];
};

/* tocsin.rpc.<service>.<verb>[.<org>.<team>], cut in place. */
struct address {
	char subject[SUBJECT_SIZE];
	char name[SERVICE_NAME_SIZE];
	const char *org, *team;
};

static bool address_parse(struct address *out, const char *subject)
{
	char *tokens[FIRST_TOKENS + 2 + TENANT_TOKENS + 1], *rest = out->subject;
	size_t count = 0;

	if (snprintf(out->subject, sizeof(out->subject), "%s", subject) >=
		(int)sizeof(out->subject))
		return false;
	while (rest && count < countof(tokens))
		tokens[count++] = strsep(&rest, ".");
	if (rest ||
		(count != FIRST_TOKENS + 2 &&
			count != FIRST_TOKENS + 2 + TENANT_TOKENS))
		return false;
	out->org = count > FIRST_TOKENS + 2 ? tokens[4] : "";
	out->team = count > FIRST_TOKENS + 2 ? tokens[5] : "";
	if (*out->org && (!id_is_name(out->org) || !id_is_name(out->team)))
		return false;
	return snprintf(out->name, sizeof(out->name), "%s.%s", tokens[2], tokens[3]) <
		(int)sizeof(out->name);
}

static const struct service_verb *find(
	const struct service *service, const struct address *address)
{
	for (const struct service_verb *verb = service->verbs; verb->name; verb++)
		if (strcmp(verb->name, address->name) == 0 &&
			verb->has_tenant == (*address->org != '\0'))
			return verb;
	return NULL;
}

/* The handler's reply, packed into `body`. */
static bool call(const struct service_verb *verb, const struct service_call *request_of,
	natsMsg *message, struct wire *body, struct fault *fault)
{
	ProtobufCMessage *request, *reply;
	bool good;

	request = protobuf_c_message_unpack(verb->request, NULL,
		(size_t)natsMsg_GetDataLength(message),
		(const uint8_t *)natsMsg_GetData(message));
	if (!request)
		return fault_set(fault, FAULT_REJECT, "%s: the request cannot be read",
			verb->name);
	/* An empty message unpacks from no bytes: an initialised one for free_unpacked.
	 */
	reply = protobuf_c_message_unpack(verb->reply, NULL, 0, NULL);
	good = reply ? verb->handle(request_of, request, reply, fault)
		     : fault_set(fault, FAULT_RETRY, "no memory");
	good = good && wire_pack(body, reply, fault);
	protobuf_c_message_free_unpacked(request, NULL);
	protobuf_c_message_free_unpacked(reply, NULL);
	return good;
}

static void answer(struct service_runner *runner, natsMsg *message,
	const struct wire *body, const struct fault *fault)
{
	struct wire wire AUTO(wire_done) = {0};
	struct fault trouble = {0};
	pb_rpc_reply reply;
	natsStatus status;

	pb_rpc_reply_init(&reply);
	if (fault->kind == FAULT_NONE)
		reply.body = (ProtobufCBinaryData){body->len, body->data};
	else
		reply.fault = fault->kind == FAULT_REJECT
			? TOCSIN__V1__RPC_REPLY__FAULT__REJECT
			: TOCSIN__V1__RPC_REPLY__FAULT__RETRY;
	reply.fault_text = wire_string(fault->text);
	if (!wire_pack(&wire, &reply.base, &trouble)) {
		log_fault(&trouble, "rpc answer");
		return; /* the caller's time-out is a RETRY */
	}
	status = natsConnection_Publish(bus_connection(runner->bus),
		natsMsg_GetReply(message), wire.data, (int)wire.len);
	if (status != NATS_OK)
		log_line(LOG_WARNING, "rpc answer not sent", "reason=%s",
			log_quote(natsStatus_GetText(status)));
}

static void serve(struct service_runner *runner, void *thread, natsMsg *message)
{
	const struct service *service = &runner->service;
	struct wire body AUTO(wire_done) = {0};
	struct address address;
	struct fault fault = {0};
	const struct service_verb *verb = NULL;
	int64_t from = clock_mono_us();

	if (!natsMsg_GetReply(message))
		return; /* nobody waits for an answer */
	if (address_parse(&address, natsMsg_GetSubject(message)))
		verb = find(service, &address);
	if (!verb)
		(void)fault_set(&fault, FAULT_REJECT, "%.160s: there is no such call",
			natsMsg_GetSubject(message));
	else if (!call(verb,
			 &(struct service_call){.org = address.org,
				 .team = address.team,
				 .thread = thread,
				 .context = service->context},
			 message, &body, &fault) &&
		fault.kind != FAULT_REJECT)
		log_fault(&fault, "rpc %s", verb->name);
	answer(runner, message, &body, &fault);
	metric_add(metric_with(&calls_total, verb ? verb->name : "unknown",
			   fault_kind_name(fault.kind), NULL),
		1);
	if (verb)
		metric_observe_us(metric_with(&call_seconds, verb->name, NULL, NULL),
			clock_mono_us() - from);
}

/*
 * One thread waits at a time, and hands its turn on before it serves what has come. nats.c
 * wakes one thread when its queue was empty and nobody for what comes behind: with several
 * waiting there, requests that come together were served one after the other.
 */
static natsStatus next(struct service_runner *runner, natsMsg **message)
{
	natsStatus status = NATS_TIMEOUT;

	(void)pthread_mutex_lock(&runner->turn);
	if (!runner->stopping)
		status = natsSubscription_NextMsg(
			message, runner->subscription, WAIT_MS);
	(void)pthread_mutex_unlock(&runner->turn);
	return status;
}

static void *run(void *context)
{
	struct service_runner *runner = context;
	const struct service *service = &runner->service;
	struct fault fault = {0};
	void *thread = NULL;

	if (service->thread_open &&
		!service->thread_open(&thread, service->context, &fault)) {
		log_fault(&fault, "rpc thread");
		return NULL;
	}
	while (!runner->stopping) {
		natsMsg *message AUTO(natsMsg_Destroy) = NULL;
		natsStatus status = next(runner, &message);

		if (status == NATS_OK)
			serve(runner, thread, message);
		else if (status != NATS_TIMEOUT)
			clock_sleep_ms(PAUSE_MS);
	}
	if (service->thread_close)
		service->thread_close(thread);
	return NULL;
}

bool service_start(struct service_runner **out, const struct service *service,
	struct bus *bus, struct fault *fault)
{
	struct service_runner *runner AUTO(service_stop) = calloc(
		1, sizeof(*runner) + (size_t)service->threads * sizeof(pthread_t));
	natsStatus status;

	if (!runner)
		return fault_set(fault, FAULT_FATAL, "no memory");
	(void)pthread_mutex_init(&runner->turn, NULL);
	runner->service = *service;
	runner->bus = bus;
	status = natsConnection_QueueSubscribeSync(&runner->subscription,
		bus_connection(bus), SUBJECT_RPC_ALL, RPC_QUEUE_GROUP);
	if (status != NATS_OK)
		return fault_set(fault, FAULT_FATAL, "%s: %s", SUBJECT_RPC_ALL,
			natsStatus_GetText(status));
	while (runner->started < service->threads &&
		pthread_create(&runner->threads[runner->started], NULL, run, runner) ==
			0)
		runner->started++;
	if (runner->started < service->threads)
		return fault_set(fault, FAULT_FATAL, "rpc threads cannot be started");
	*out = TAKE(runner);
	return true;
}

void service_stop(struct service_runner *runner)
{
	if (!runner)
		return;
	/* Messages that come now go to another config-store, or time out into a RETRY.
	 */
	if (runner->subscription)
		(void)natsSubscription_Unsubscribe(runner->subscription);
	runner->stopping = true;
	for (int i = 0; i < runner->started; i++)
		(void)pthread_join(runner->threads[i], NULL);
	natsSubscription_Destroy(runner->subscription);
	(void)pthread_mutex_destroy(&runner->turn);
	free(runner);
}
