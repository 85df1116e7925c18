// SPDX-License-Identifier: Apache-2.0
// Story: two config stores are killed at random moments while teams come, go and change
// what they claim, nats-server is away for a while, the bucket is lost and has strangers
// put into it; and within seconds the bucket says what the tables say.
// TOCSIN_TEST_SEED repeats a run.
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/nats/bus.h"
#include "common/nats/subjects.h"
#include "tests/support/schema.h"
#include "tests/support/store_twin.h"
#include "tests/support/told.h"

enum {
	WRITERS = 4,
	ORGS = 3,
	TEAMS = 12,
	ROUNDS = 20,
	PAUSE_MS = 50,
	PAUSE_MORE_MS = 500,
	AGREE_MS = 30000,
};

/* Never by the timer, but in the test that is about it. */
static const char *const seldom[] = {"TOCSIN_RECONCILE_INTERVAL=1h", NULL};
static const char *const often[] = {"TOCSIN_RECONCILE_INTERVAL=3s", NULL};
static struct stack_options options;
static struct stack stack;
static struct twins twins;
static struct bus *bus;
static atomic_bool enough;
static atomic_long accepted, unanswered, unexpected;

static unsigned seed(void)
{
	const char *given = getenv("TOCSIN_TEST_SEED");
	unsigned value =
		given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);

	(void)fprintf(stderr, "test_routes_survive: TOCSIN_TEST_SEED=%u\n", value);
	return value;
}

static void start(const char *const *settings)
{
	static char nothing[] = "";
	struct fault fault = {0};

	options.settings = settings;
	stack = (struct stack){.directory = place_of_test(), .options = &options};
	twins = (struct twins){.stack = &stack};
	postgres_database(stack.database, sizeof(stack.database));
	stack_nats_start(&stack);
	for (int i = 0; i < TWINS; i++)
		twin_launch(&twins, i);
	for (int i = 0; i < TWINS; i++)
		twin_wait(&twins, i);
	cr_assert(bus_open(&bus,
			  &(struct daemon_config){.nats_url = stack.nats_url,
				  .nats_credentials = nothing,
				  .nats_ca_file = nothing},
			  "test", &fault),
		"%s", fault.text);
	for (int i = 0; i < ORGS; i++) {
		char body[64];

		(void)snprintf(body, sizeof(body), "{\"org_id\":\"org%d\"}", i);
		cr_assert_eq(
			twin_call(&twins, 0, "POST /api/v1/admin/orgs", body, NULL),
			201);
	}
}

static void stop(void)
{
	twins_stop(&twins);
	bus_close(bus);
	stack_nats_stop(&stack);
}

static void note(int status, const char *line)
{
	if (status == 200 || status == 201 || status == 204)
		atomic_fetch_add(&accepted, 1);
	else if (status == 0)
		atomic_fetch_add(&unanswered, 1);
	else if (status != 404 && status != 409 && status != 503) {
		(void)fprintf(stderr, "%s: %d\n", line, status);
		atomic_fetch_add(&unexpected, 1);
	}
}

/* One change of one of the teams, or of what an organisation's teams inherit. */
static void change(unsigned *state)
{
	int org = rand_r(state) % ORGS, team = rand_r(state) % TEAMS;
	int kind = rand_r(state) % 10, which = rand_r(state) % TWINS;
	char line[128], body[128] = "";

	if (kind < 3)
		(void)snprintf(line, sizeof(line),
			"POST /api/v1/admin/orgs/org%d/teams/t%d", org, team);
	else if (kind < 5)
		(void)snprintf(line, sizeof(line),
			"DELETE /api/v1/admin/orgs/org%d/teams/t%d", org, team);
	else if (kind < 9) {
		(void)snprintf(line, sizeof(line),
			"PATCH /api/v1/admin/orgs/org%d/nodes/t%d/config", org, team);
		(void)snprintf(body, sizeof(body),
			"{\"routing\":{\"services\":[\"s%d\",\"o%d-t%d-%d\"]}}",
			rand_r(state) % 40, org, team, rand_r(state) % 1000);
	} else {
		(void)snprintf(line, sizeof(line),
			"PATCH /api/v1/admin/orgs/org%d/nodes/org%d/config", org, org);
		(void)snprintf(body, sizeof(body),
			"{\"output_config\":{\"default_destinations\":[{\"type\":"
			"\"slack\",\"channel_id\":\"C%d\"}]}}",
			rand_r(state) % 1000);
	}
	note(twin_call(&twins, which, line, body, NULL), line);
}

static void *write_on(void *context)
{
	unsigned state = *(const unsigned *)context;

	while (!atomic_load(&enough))
		change(&state);
	return NULL;
}

static bool agree(bool tell)
{
	char *tables AUTO(free) = told_by_tables(&stack),
		     *bucket AUTO(free) = told_by_bucket(bus);
	bool same = tables && bucket && strcmp(tables, bucket) == 0;

	if (tell && !same)
		(void)fprintf(stderr, "tables:\n%s\nbucket:\n%s\n", tables,
			bucket ? bucket : "(none)");
	return same;
}

static void expect_agreement(const char *after)
{
	int64_t since = clock_mono_ms();

	cr_expect(WAIT_UNTIL(agree(false), AGREE_MS), "after %s", after);
	cr_expect(agree(true), "after %s", after);
	cr_expect(WAIT_UNTIL(number_of(stack.database,
				     "SELECT count(*) FROM config.route_outbox") == 0,
			  AGREE_MS),
		"marks are left after %s", after);
	(void)fprintf(stderr, "test_routes_survive: agreed %lld ms after %s\n",
		(long long)(clock_mono_ms() - since), after);
}

static void write_while(void (*trouble)(unsigned *state), unsigned state)
{
	pthread_t writers[WRITERS];
	unsigned states[WRITERS];

	atomic_store(&enough, false);
	for (int i = 0; i < WRITERS; i++) {
		states[i] = (unsigned)rand_r(&state);
		cr_assert_eq(
			pthread_create(&writers[i], NULL, write_on, &states[i]), 0);
	}
	trouble(&state);
	atomic_store(&enough, true);
	for (int i = 0; i < WRITERS; i++)
		(void)pthread_join(writers[i], NULL);
	(void)fprintf(stderr, "test_routes_survive: %ld changes, %ld unanswered\n",
		atomic_load(&accepted), atomic_load(&unanswered));
	cr_expect_eq(atomic_load(&unexpected), 0);
}

static void pause_a_little(unsigned *state)
{
	clock_sleep_ms(PAUSE_MS + rand_r(state) % PAUSE_MORE_MS);
}

static void kill_stores(unsigned *state)
{
	for (int i = 0; i < ROUNDS; i++) {
		int which = rand_r(state) % TWINS;

		pause_a_little(state);
		process_kill(&twins.stores[which]);
		twin_launch(&twins, which);
	}
	for (int i = 0; i < TWINS; i++)
		twin_wait(&twins, i);
}

/* Away for a while, once in order and once killed; a store dies meanwhile, too. */
static void stop_nats(unsigned *state)
{
	long before = atomic_load(&accepted);

	pause_a_little(state);
	stack_nats_stop(&stack);
	cr_expect(WAIT_UNTIL(atomic_load(&accepted) > before + 20, AGREE_MS),
		"changes are taken while NATS is away");
	process_kill(&twins.stores[0]);
	twin_launch(&twins, 0);
	pause_a_little(state);
	stack_nats_start(&stack);
	pause_a_little(state);
	process_kill(&stack.nats);
	pause_a_little(state);
	stack_nats_start(&stack);
	pause_a_little(state);
}

Test(routes_survive, kills_of_two_stores, .timeout = 170)
{
	start(seldom);
	write_while(kill_stores, seed());
	expect_agreement("the kills");
	cr_expect_gt(atomic_load(&accepted), 50);
	cr_expect_gt(atomic_load(&unanswered), 0, "nothing was hit");
	stop();
}

Test(routes_survive, nats_that_is_away_and_comes_back, .timeout = 170)
{
	start(seldom);
	write_while(stop_nats, seed());
	expect_agreement("NATS was away");
	stop();
}

#define CLAIM "{\"routing\":{\"services\":[\"pay\"]}}"

static void *claim_pay(void *context)
{
	*(int *)context = twin_call(&twins, 0,
		"PATCH /api/v1/admin/orgs/org0/nodes/t0/config", CLAIM, NULL);
	return NULL;
}

/*
 * A value is let go of while another team's claim is between its two statements: it was in
 * the way of the first, and the second one does not see it any more.
 */
Test(routes_survive, a_value_that_is_freed_while_it_is_claimed, .timeout = 170)
{
	pthread_t claimer;
	int status = 0;

	start(seldom);
	for (int i = 0; i < 2; i++) {
		char line[64];

		(void)snprintf(line, sizeof(line),
			"POST /api/v1/admin/orgs/org%d/teams/t0", i);
		cr_assert_eq(twin_call(&twins, 0, line, "", NULL), 201);
	}
	cr_assert_eq(
		twin_call(&twins, 0, "PATCH /api/v1/admin/orgs/org1/nodes/t0/config",
			CLAIM, NULL),
		200);
	sql_run(stack.database,
		"CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS "
		"'BEGIN PERFORM pg_sleep(1); RETURN NULL; END'; CREATE TRIGGER slowly "
		"AFTER INSERT ON config.identifier FOR EACH STATEMENT EXECUTE FUNCTION "
		"slowly()");
	cr_assert_eq(pthread_create(&claimer, NULL, claim_pay, &status), 0);
	cr_assert(WAIT_UNTIL(number_of(stack.database,
				     "SELECT count(*) FROM pg_stat_activity WHERE "
				     "wait_event = 'PgSleep'") > 0,
		AGREE_MS));
	sql_run(stack.database,
		"UPDATE config.node_config SET config = '{}', version = version + 1 "
		"WHERE org_id = 'org1' AND node_id = 't0'; DELETE FROM "
		"config.identifier WHERE org_id = 'org1'; SELECT "
		"config.route_mark('org1', 't0')");
	(void)pthread_join(claimer, NULL);
	cr_expect_eq(status, 200);
	cr_expect_str_eq(
		rows_of(stack.database, "SELECT org_id, value FROM config.identifier"),
		"org0|pay");
	expect_agreement("the value went to the next");
	stop();
}

static void make_teams(unsigned *state)
{
	cr_expect(WAIT_UNTIL(number_of(stack.database,
				     "SELECT count(*) FROM config.node WHERE "
				     "node_type = 'team'") > 10,
		AGREE_MS));
	(void)state;
}

static kvStore *open_bucket(void)
{
	kvStore *store = NULL;

	cr_assert_eq(js_KeyValue(&store, bus_js(bus), BUCKET_ROUTES), NATS_OK);
	return store;
}

Test(routes_survive, what_others_did_to_the_bucket, .timeout = 170)
{
	static const char *const strangers[] = {
		"org0.nobody", "nobody.t1", "one", "a.b.c.d", "org0._x"};
	kvStore *store;

	start(often);
	write_while(make_teams, seed());
	expect_agreement("the start");
	store = open_bucket();
	for (size_t i = 0; i < countof(strangers); i++)
		cr_assert_eq(
			kvStore_PutString(NULL, store, strangers[i], "x"), NATS_OK);
	expect_agreement("strangers");
	kvStore_Destroy(store);
	cr_assert_eq(js_DeleteKeyValue(bus_js(bus), BUCKET_ROUTES), NATS_OK);
	expect_agreement("the bucket was lost");
	stop();
}

/* An older bucket than the one that was there: a store directory from a backup, say. */
Test(routes_survive, a_nats_server_that_comes_back_empty, .timeout = 170)
{
	char store[PATH_SIZE + 16], aside[PATH_SIZE + 16];

	start(seldom);
	write_while(make_teams, seed());
	expect_agreement("the start");
	stack_nats_stop(&stack);
	(void)snprintf(store, sizeof(store), "%s/js", stack.directory);
	(void)snprintf(aside, sizeof(aside), "%s/aside", stack.directory);
	cr_assert_eq(rename(store, aside), 0);
	stack_nats_start(&stack);
	expect_agreement("NATS came back empty");
	stop();
}
