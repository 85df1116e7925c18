// SPDX-License-Identifier: Apache-2.0
// Story: the ingress believes what the config store said of a token for seconds: not a moment
// longer than that, nor than the token lives, and a token that may only read orders nothing.
// The config store is played by this test, which counts how often it is asked.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/service.h"
#include "common/nats/subjects.h"
#include "tests/support/alone.h"

enum { CALL_MS = 20000, STOP_MS = 20000, CACHE_MS = 2000, LIFE_MS = 2000, OFTEN = 20 };

#define SHOW "GET /api/v1/admin/events/none"
#define PROVISION "POST /api/v1/admin/provision/team"

static const struct stack_options options = {
	.settings = (const char *const[]){"TOCSIN_INGRESS_AUTH_CACHE=2s", NULL}};
/* Longer than any of these tests. */
static const struct stack_options patient = {
	.settings = (const char *const[]){"TOCSIN_INGRESS_AUTH_CACHE=10m", NULL}};

static struct stack stack;
static struct bus *bus;
static struct service_runner *config_store;
static atomic_int asked;
static atomic_bool revoked;
static _Atomic int64_t ends_us; /* of the token "mortal" */

static bool set(char **field, const char *value)
{
	*field = strdup(value);
	return *field != NULL;
}

/* Every token is an admin of acme; its name says what is particular about it. */
static bool on_verify(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault)
{
	const char *token =
		((const pb_auth_verify_request *)(const void *)request)->token;
	pb_auth_verify_reply *out = (void *)reply;
	bool mortal = strcmp(token, "mortal") == 0;

	(void)call;
	atomic_fetch_add(&asked, 1);
	if (atomic_load(&revoked) ||
		(mortal && clock_wall_us() >= atomic_load(&ends_us)))
		return set(&out->kind, "") && set(&out->reason, "it is over");
	out->read_only = strcmp(token, "reader") == 0;
	out->expires_at_us = mortal ? atomic_load(&ends_us) : 0;
	out->scopes = calloc(1, sizeof(*out->scopes));
	if (!out->scopes || !set(&out->scopes[0], "admin:*"))
		return fault_set(fault, FAULT_RETRY, "no memory");
	out->n_scopes = 1;
	return set(&out->kind, "org_admin") && set(&out->org, "acme") &&
		set(&out->subject, token) && set(&out->auth_kind, "admin_token");
}

static const struct service_verb verbs[] = {
	{"auth.verify", false, &tocsin__v1__auth_verify_request__descriptor,
		&tocsin__v1__auth_verify_reply__descriptor, on_verify},
	{0},
};

static void start(const struct stack_options *with)
{
	struct fault fault = {0};

	alone_start(&stack, &bus);
	stack.options = with;
	cr_assert(service_start(&config_store,
			  &(struct service){.verbs = verbs, .threads = 2}, bus, &fault),
		"%s", fault.text);
	stack_daemon_start(&stack, INGRESS);
}

static void stop(void)
{
	cr_expect_eq(process_stop(&stack.daemons[INGRESS], SIGTERM, STOP_MS), 0);
	service_stop(config_store);
	bus_close(bus);
	stack_nats_stop(&stack);
}

/* The status; `said`, if not NULL, must be in the answer. */
static int call_with(const char *headers, const char *line, const char *said)
{
	struct exchange exchange AUTO(exchange_done) = {0};

	request_write(&exchange.request, line, headers, "{}",
		strncmp(line, "GET", 3) == 0 ? 0 : 2);
	(void)exchange_run(&exchange, stack.addresses[INGRESS], CALL_MS);
	if (said)
		cr_expect(strstr(exchange.body, said), "'%s': %s", said, exchange.body);
	return exchange.status;
}

static int call(const char *token, const char *line, const char *said)
{
	char headers[128];

	(void)snprintf(headers, sizeof(headers), "Authorization: Bearer %s\r\n", token);
	return call_with(headers, line, said);
}

/* Whoever is let in is told that "none" is no id. */
Test(admin_auth, who_may_only_read_reads_and_orders_nothing, .timeout = 60)
{
	start(&patient);
	cr_expect_eq(call("reader", SHOW, "is no id"), 404);
	cr_expect_eq(call("reader", PROVISION, "may only read"), 403);
	cr_expect_eq(call("reader", "DELETE /api/v1/admin/provision/team", "only read"),
		403);
	cr_expect_eq(call("reader", "POST /api/v1/admin/agents/run", "only read"), 403);
	cr_expect_eq(call("writer", PROVISION, NULL), 400, "an empty order");
	/* Also when what is remembered answers. */
	cr_expect_eq(call("reader", PROVISION, "may only read"), 403);
	cr_expect_eq(asked, 2);
	cr_expect_eq(stack_stream_count(&stack, STREAM_COMMANDS), 0);
	cr_expect_eq(stack_stream_count(&stack, STREAM_TASKS), 0);
	stop();
}

Test(admin_auth, a_token_that_is_there_twice_is_nobodys, .timeout = 60)
{
	start(&patient);
	cr_expect_eq(call_with("Authorization: Bearer writer\r\n"
			       "Authorization: Bearer reader\r\n",
			     SHOW, "several Authorization"),
		401);
	cr_expect_eq(call_with("X-Admin-Token: writer\r\nX-Admin-Token: reader\r\n",
			     SHOW, "several X-Admin-Token"),
		401);
	cr_expect_eq(call_with("Authorization: Basic d3JpdGVyOg==\r\n"
			       "X-Admin-Token: writer\r\n",
			     SHOW, "no token"),
		401);
	cr_expect_eq(asked, 0);
	cr_expect_eq(call_with("X-Admin-Token: writer\r\n", SHOW, NULL), 404);
	cr_expect_eq(call_with("Authorization: bearer  writer\r\n", SHOW, NULL), 404);
	cr_expect_eq(asked, 1, "it is one token, however it is sent");
	stop();
}

/* A call that began after `end_us` must be refused; one that was over before, served. */
static void expect_end(const char *token, int64_t end_us, bool served_before)
{
	int served = 0, refused = 0;

	for (int i = 0; refused == 0; i++) {
		int64_t began_us = clock_wall_us();
		int status = call(token, SHOW, NULL);

		served += status == 404;
		refused += status == 401;
		cr_assert(status == 404 || status == 401, "%d", status);
		if (began_us > end_us)
			cr_expect_eq(status, 401, "served %lld ms too late",
				(long long)(began_us - end_us) / 1000);
		if (served_before && clock_wall_us() < end_us)
			cr_expect_eq(status, 404, "refused while it was good");
		clock_sleep_ms(OFTEN);
	}
	if (served_before)
		cr_expect_gt(served, 0);
}

/* What is remembered does not outlive the token, however long it would be believed. */
Test(admin_auth, a_token_that_ends_is_not_believed_beyond_its_end, .timeout = 60)
{
	start(&patient);
	ends_us = clock_wall_us() + LIFE_MS * 1000;
	expect_end("mortal", ends_us, true);
	cr_expect_leq(asked, 3, "it was asked once while it was good");
	stop();
}

Test(admin_auth, a_revoked_token_is_believed_for_the_seconds_that_are_set,
	.timeout = 60)
{
	start(&options);
	cr_expect_eq(call("writer", SHOW, NULL), 404);
	cr_expect_eq(asked, 1);
	revoked = true;
	expect_end("writer", clock_wall_us() + CACHE_MS * 1000, false);
	revoked = false;
	cr_expect_eq(call("writer", SHOW, NULL), 404, "a refusal was remembered");
	stop();
}
