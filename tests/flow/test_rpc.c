// SPDX-License-Identifier: Apache-2.0
// Story: asking over NATS and answering, with nobody there, with garbage, with faults,
// and with a stop in the middle; and the streams that a start makes or refuses.
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/rpc.h"
#include "common/nats/service.h"
#include "common/nats/streams.h"
#include "common/nats/subjects.h"
#include "common/wire.h"
#include "tests/support/alone.h"

DEFINE_AUTO(jsStreamInfo, jsStreamInfo_Destroy)

enum {
	THREADS = 4,
	SLOW_MS = 400,
	WAIT_MS = 5000,
	MOST_MS = RPC_TIMEOUT_MS + 2000,
	DAY_MS = 86400000
};

static struct stack stack;
static struct bus *bus;
static atomic_bool begun;
static atomic_int together; /* calls that have begun to wait for each other */

/* For all of the burst that call `number` is of. */
static void wait_for_others(int number)
{
	(void)WAIT_UNTIL(
		atomic_load(&together) >= (number / THREADS + 1) * THREADS, WAIT_MS);
}

/* Does what the label says. */
static bool on_issue(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault)
{
	const pb_token_issue_request *asked = (const void *)request;
	pb_token_issue_reply *out = (void *)reply;

	if (strcmp(asked->label, "reject") == 0)
		return fault_set(fault, FAULT_REJECT, "never for %s", call->team);
	if (strcmp(asked->label, "retry") == 0)
		return fault_set(fault, FAULT_RETRY, "not now");
	begun = true;
	if (strcmp(asked->label, "slow") == 0)
		clock_sleep_ms(SLOW_MS);
	if (strcmp(asked->label, "together") == 0)
		wait_for_others(atomic_fetch_add(&together, 1));
	out->created = true;
	out->token_id = strdup(call->org);
	return out->token_id != NULL;
}

static const struct service_verb verbs[] = {
	{"token.issue", true, &tocsin__v1__token_issue_request__descriptor,
		&tocsin__v1__token_issue_reply__descriptor, on_issue},
	{0},
};

static struct service_runner *serve(void)
{
	const struct service service = {.verbs = verbs, .threads = THREADS};
	struct service_runner *runner = NULL;
	struct fault fault = {0};

	cr_assert(service_start(&runner, &service, bus, &fault), "%s", fault.text);
	cr_assert_eq(natsConnection_Flush(bus_connection(bus)), NATS_OK);
	return runner;
}

static bool ask(const char *label, pb_token_issue_reply **reply, struct fault *fault)
{
	pb_token_issue_request request;

	pb_token_issue_request_init(&request);
	request.label = (char *)(uintptr_t)label;
	*fault = (struct fault){0};
	return RPC(bus, "token.issue", "acme", "shop", &request, token_issue, reply,
		fault);
}

static void expect_fault(const char *label, enum fault_kind kind, const char *text)
{
	pb_token_issue_reply *reply = NULL;
	struct fault fault;

	cr_expect_not(ask(label, &reply, &fault));
	cr_expect_eq(fault.kind, kind, "%s: %s", label, fault.text);
	cr_expect_not_null(strstr(fault.text, text), "%s: %s", label, fault.text);
	cr_expect_null(reply);
}

static void stop_all(void)
{
	bus_close(bus);
	stack_nats_stop(&stack);
}

Test(rpc, answers_and_faults_come_back_as_they_were)
{
	pb_token_issue_reply *reply AUTO(pb_token_issue_reply_free) = NULL;
	struct service_runner *runner;
	struct fault fault;

	alone_start(&stack, &bus);
	expect_fault("x", FAULT_RETRY, "no config-store is running");
	runner = serve();
	cr_assert(ask("good", &reply, &fault), "%s", fault.text);
	cr_expect_str_eq(reply->token_id, "acme");
	expect_fault("reject", FAULT_REJECT, "never for shop");
	expect_fault("retry", FAULT_RETRY, "not now");
	service_stop(runner);
	stop_all();
}

Test(rpc, a_silent_answerer_is_a_retry_in_time)
{
	natsSubscription *silent = NULL;
	int64_t from;

	alone_start(&stack, &bus);
	cr_assert_eq(natsConnection_SubscribeSync(
			     &silent, bus_connection(bus), SUBJECT_RPC_ALL),
		NATS_OK);
	from = clock_mono_ms();
	expect_fault("x", FAULT_RETRY, "token.issue");
	cr_expect_leq(clock_mono_ms() - from, MOST_MS);
	natsSubscription_Destroy(silent);
	stop_all();
}

/* Whoever asks wrongly is told so, and the next one is served. */
Test(rpc, garbage_is_answered_with_a_reject)
{
	static const char good[] = "", bad[] = "\xff\xff\xff\xff garbage";
	static const struct {
		const char *subject, *body;
	} cases[] = {
		{"tocsin.rpc.token.issue.acme.shop", bad},
		{"tocsin.rpc.token.issue", good},
		{"tocsin.rpc.token.issue.acme", good},
		{"tocsin.rpc.token.issue.acme.shop.more", good},
		{"tocsin.rpc.token.issue.ACME!.shop", good},
		{"tocsin.rpc.token.issue.acme.-", good},
		{"tocsin.rpc.token", good},
		{"tocsin.rpc.nothing.here", good},
		{"tocsin.rpc.\x01\x7f\xc3.x", good},
	};
	char longest[900];
	struct service_runner *runner;

	alone_start(&stack, &bus);
	runner = serve();
	(void)snprintf(longest, sizeof(longest), "tocsin.rpc.%0800d.x", 1);
	for (size_t i = 0; i <= countof(cases); i++) {
		bool over = i == countof(cases);
		const char *subject = over ? longest : cases[i].subject;
		const char *body = over ? good : cases[i].body;
		natsMsg *answer AUTO(natsMsg_Destroy) = NULL;
		natsStatus status = natsConnection_Request(&answer, bus_connection(bus),
			subject, body, (int)strlen(body), WAIT_MS);
		pb_rpc_reply *reply AUTO(pb_rpc_reply_free) = NULL;

		cr_assert_eq(status, NATS_OK, "%zu: %s", i, natsStatus_GetText(status));
		reply = pb_rpc_reply_unpack(
			natsMsg_GetData(answer), (size_t)natsMsg_GetDataLength(answer));
		cr_assert_not_null(reply);
		cr_expect_eq(reply->fault, TOCSIN__V1__RPC_REPLY__FAULT__REJECT,
			"%zu: %s", i, reply->fault_text);
	}
	service_stop(runner);
	stop_all();
}

static void *ask_slowly(void *context)
{
	pb_token_issue_reply *reply AUTO(pb_token_issue_reply_free) = NULL;
	struct fault fault;

	*(atomic_bool *)context = ask("slow", &reply, &fault);
	return NULL;
}

Test(rpc, what_is_in_hand_at_a_stop_is_answered_and_later_ones_are_a_retry)
{
	struct service_runner *runner;
	atomic_bool good = false;
	pthread_t thread;

	alone_start(&stack, &bus);
	runner = serve();
	cr_assert_eq(pthread_create(&thread, NULL, ask_slowly, &good), 0);
	cr_assert(WAIT_UNTIL(begun, WAIT_MS));
	service_stop(runner);
	(void)pthread_join(thread, NULL);
	cr_expect(good);
	expect_fault("good", FAULT_RETRY, "no config-store is running");
	stop_all();
}

/* Milliseconds until as many requests, sent at once, are all in hand. */
static int64_t burst(const struct wire *wire)
{
	int64_t from = clock_mono_ms();
	int all = atomic_load(&together) + THREADS;

	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(natsConnection_PublishRequest(bus_connection(bus),
				     "tocsin.rpc.token.issue.acme.shop", "answers",
				     wire->data, (int)wire->len),
			NATS_OK);
	cr_assert(WAIT_UNTIL(atomic_load(&together) == all, WAIT_MS), "%d of %d",
		together, all);
	return clock_mono_ms() - from;
}

/*
 * What comes in one packet is not served one after the other while threads are idle, until
 * those look again by themselves, which is seconds. One slow burst is somebody else's.
 */
Test(rpc, what_comes_at_once_is_in_hand_at_once)
{
	enum { BURSTS = 9, AT_ONCE_MS = 400 };
	struct wire wire AUTO(wire_done) = {0};
	struct service_runner *runner;
	pb_token_issue_request request;
	struct fault fault = {0};
	int quick = 0;

	alone_start(&stack, &bus);
	runner = serve();
	pb_token_issue_request_init(&request);
	request.label = wire_string("together");
	cr_assert(wire_pack(&wire, &request.base, &fault));
	for (int i = 0; i < BURSTS; i++)
		quick += burst(&wire) <= AT_ONCE_MS;
	cr_expect_gt(quick, BURSTS / 2, "%d of %d", quick, BURSTS);
	service_stop(runner);
	stop_all();
}

static bool ensure(struct fault *fault)
{
	static const char *const names[] = {
		STREAM_STEPS, STREAM_TASKS, BUCKET_ROUTES, NULL};
	const struct streams_config config = {.replicas = 1,
		.duplicates_ms = DAY_MS,
		.events_age_ms = DAY_MS,
		.audit_age_ms = DAY_MS};

	*fault = (struct fault){0};
	return streams_ensure(bus, &config, names, fault);
}

/* STEPS as an operator may have made it. */
static void make_steps(void (*change)(jsStreamConfig *config))
{
	jsStreamConfig config;
	jsErrCode code = 0;
	natsStatus status;

	(void)js_DeleteStream(bus_js(bus), STREAM_STEPS, NULL, NULL);
	(void)jsStreamConfig_Init(&config);
	config.Name = STREAM_STEPS;
	config.Subjects = (const char *[]){"tocsin.step.>"};
	config.SubjectsLen = 1;
	config.Discard = js_DiscardNew;
	change(&config);
	status = js_AddStream(NULL, bus_js(bus), &config, NULL, &code);
	cr_assert_eq(status, NATS_OK, "%s", natsStatus_GetText(status));
}

static void limit_by_hand(jsStreamConfig *config)
{
	config->MaxBytes = 12345678;
}

static void drop_old(jsStreamConfig *config)
{
	config->MaxBytes = 12345678;
	config->Discard = js_DiscardOld;
}

static void keep_last(jsStreamConfig *config)
{
	config->MaxMsgsPerSubject = 5;
}

static void other_subject(jsStreamConfig *config)
{
	static const char *subject = "tocsin.step.acme.>";

	config->Subjects = &subject;
}

static void work_queue(jsStreamConfig *config)
{
	config->Retention = js_WorkQueuePolicy;
}

Test(rpc, streams_are_made_left_alone_or_refused)
{
	static void (*const refused[])(jsStreamConfig *) = {
		drop_old, keep_last, other_subject, work_queue};
	jsStreamInfo *info AUTO(jsStreamInfo_Destroy) = NULL;
	jsStreamInfo *after AUTO(jsStreamInfo_Destroy) = NULL;
	struct fault fault;

	alone_start(&stack, &bus);
	cr_assert(ensure(&fault), "%s", fault.text);
	cr_assert_eq(js_GetStreamInfo(&info, bus_js(bus), STREAM_TASKS, NULL, NULL),
		NATS_OK);
	cr_expect_eq(info->Config->Retention, js_WorkQueuePolicy);
	cr_expect_eq(info->Config->Discard, js_DiscardNew);

	make_steps(limit_by_hand);
	cr_assert(ensure(&fault), "%s", fault.text);
	cr_assert_eq(js_GetStreamInfo(&after, bus_js(bus), STREAM_STEPS, NULL, NULL),
		NATS_OK);
	cr_expect_eq(after->Config->MaxBytes, 12345678);
	for (size_t i = 0; i < countof(refused); i++) {
		make_steps(refused[i]);
		cr_expect_not(ensure(&fault), "%zu", i);
		cr_expect_eq(fault.kind, FAULT_FATAL, "%zu: %s", i, fault.text);
	}
	stop_all();
}
