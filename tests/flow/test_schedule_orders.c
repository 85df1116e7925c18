// SPDX-License-Identifier: Apache-2.0
// Story: each order about a schedule is carried out once, in the order of the orders,
// whatever happens to the provisioner and the config store meanwhile.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/db.h"
#include "common/nats/subjects.h"
#include "tests/support/schedules.h"

enum { MANY = 12, KILLS = 4 };

Test(schedules, a_key_is_one_order_also_when_it_comes_again_late, .timeout = 150)
{
	const struct order first = {
		schedules_admin.token, SET "?wait=30", "key-1", KEYED("one")};
	json_t *made AUTO(json_decref) = NULL, *again AUTO(json_decref) = NULL;
	long before;

	schedules_start();
	before = schedules_versions();
	made = schedules_carry_out(&first, "succeeded");
	json_decref(schedules_set(KEYED("two")));
	again = schedules_carry_out(&first, "succeeded");
	cr_expect_str_eq(json_string_or(again, "/provisioning_run_id", "?"),
		json_string_or(made, "/provisioning_run_id", ""));
	/* What was ordered since stays. */
	schedules_expect_list("[" ITEM("nightly", "true", "true", "\"two\"") "]");
	cr_expect_eq(schedules_versions(), before + 2);
	order_refused(&schedules_stack,
		&(struct order){schedules_admin.token, SET, "key-1", KEYED("three")},
		409, "idempotency_key_reused");
	order_refused(&schedules_stack,
		&(struct order){schedules_admin.token, DELETE, "key-1",
			"{" SHOP ",\"name\":\"nightly\"}"},
		409, "idempotency_key_reused");
	cr_expect_eq(number_of(schedules_stack.database,
			     "SELECT count(*) FROM config.provision_run"),
		2);
	stack_stop(&schedules_stack);
}

/* An order that was given an hour from now, and has been carried out. */
static void order_later(const char *name)
{
	char id[UUID_SIZE];

	(void)rows_of(schedules_stack.database,
		"WITH given AS (INSERT INTO config.command (id, org_id, team_id, verb, "
		"idempotency_key, request_hash, created_at) VALUES ('%s', 'acme', "
		"'shop', 'unschedule', '%s', '', now() + interval '1 hour')) INSERT "
		"INTO config.provision_run (id, org_id, team_id, verb, "
		"idempotency_key, request, request_hash, state) VALUES ('%s', 'acme', "
		"'shop', 'unschedule', '%s', '{\"name\":\"%s\"}', '', 'succeeded') "
		"RETURNING id",
		id_make(id), id, id, id, name);
}

Test(schedules, an_order_that_a_later_one_came_before_does_nothing, .timeout = 150)
{
	json_t *late AUTO(json_decref) = NULL, *gone AUTO(json_decref) = NULL,
		     *other AUTO(json_decref) = NULL;
	long before;

	schedules_start();
	before = schedules_versions();
	order_later("weekly");
	other = schedules_set(NIGHTLY);
	cr_expect(schedules_result_says(other, "changed"),
		"another schedule's order counted");
	order_later("nightly");
	late = schedules_set(KEYED("late"));
	cr_expect(schedules_result_says(late, "overtaken"));
	gone = schedules_delete("nightly");
	cr_expect(schedules_result_says(gone, "overtaken"));
	schedules_expect_list("[" ITEM("nightly", "true", "true", "\"all well?\"") "]");
	cr_expect_eq(schedules_versions(), before + 1);
	stack_stop(&schedules_stack);
}

static bool run_becomes(const char *id, const char *state)
{
	return WAIT_UNTIL(strcmp(rows_of(schedules_stack.database,
					 "SELECT state FROM config.provision_run "
					 "WHERE id = '%s'",
					 id),
				  state) == 0,
		LATE_MS);
}

/* No configuration can be written while this is held: a step that began goes on waiting. */
static struct db *hold_configurations(void)
{
	struct db *db = NULL;
	PGresult *done AUTO(PQclear) = NULL;
	PGconn *connection;
	struct fault fault = {0};

	cr_assert(db_open(&db, schedules_stack.database, 0, &fault) &&
			db_begin(db, &fault) && db_connection(&connection, db, &fault),
		"%s", fault.text);
	done = PQexec(connection,
		"LOCK TABLE config.node_config_history IN ACCESS "
		"EXCLUSIVE MODE");
	cr_assert_eq(PQresultStatus(done), PGRES_COMMAND_OK);
	return db;
}

static bool somebody_waits(void)
{
	return number_of(schedules_stack.database,
		       "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
		       "'config.node_config_history'::regclass") > 0;
}

Test(schedules, a_provisioner_killed_in_the_middle_is_gone_on_from, .timeout = 200)
{
	struct db *held;
	json_t *order AUTO(json_decref) = NULL;
	const char *id;
	long before;

	schedules_start();
	before = schedules_versions();
	held = hold_configurations();
	cr_assert_eq(order_send(&schedules_stack,
			     &(struct order){schedules_admin.token, SET, NULL, NIGHTLY},
			     &order),
		202);
	id = json_string_or(order, "/provisioning_run_id", "");
	cr_assert(WAIT_UNTIL(somebody_waits(), SOON_MS), "the step has not begun");
	process_kill(&schedules_stack.daemons[PROVISIONER]);
	db_rollback(held);
	db_close(held);
	stack_daemon_start(&schedules_stack, PROVISIONER);
	cr_assert(run_becomes(id, "succeeded"));
	schedules_expect_list("[" ITEM("nightly", "true", "true", "\"all well?\"") "]");
	cr_expect_eq(schedules_versions(), before + 1);
	cr_expect(WAIT_UNTIL(number_of(schedules_stack.database,
				     "SELECT count(*) FROM audit.record WHERE action "
				     "LIKE 'provision.%%'") == 3,
		SOON_MS));
	cr_expect_eq(number_of(schedules_stack.database,
			     "SELECT count(*) FROM config.provision_step WHERE state "
			     "= 'succeeded'"),
		1);
	cr_expect_eq(stack_stream_count(&schedules_stack, STREAM_DEAD), 0);
	stack_stop(&schedules_stack);
}

/* Different schedules of one team at once: no order writes over another's. */
Test(schedules, killed_again_and_again_each_order_is_done_once, .timeout = 300)
{
	long before;

	schedules_start();
	before = schedules_versions();
	for (int i = 0; i < MANY; i++) {
		char body[LINE_SIZE];

		(void)snprintf(body, sizeof(body),
			"{" SHOP ",\"name\":\"s%d\",\"cron\":\"%d 3 * * *\","
			"\"message\":\"m\"}",
			i, i);
		cr_assert_eq(
			order_send(&schedules_stack,
				&(struct order){schedules_admin.token, SET, NULL, body},
				NULL),
			202);
	}
	for (int i = 0; i < KILLS; i++) {
		unsigned char pause;

		id_random(&pause, 1);
		clock_sleep_ms(pause);
		process_kill(&schedules_stack.daemons[PROVISIONER]);
		stack_daemon_start(&schedules_stack, PROVISIONER);
	}
	cr_assert(WAIT_UNTIL(
		stack_stream_is_done(&schedules_stack, STREAM_COMMANDS), LATE_MS));
	cr_expect_eq(schedules_versions(), before + MANY);
	cr_expect_eq(number_of(schedules_stack.database,
			     "SELECT count(*) FROM config.node_config, "
			     "json_object_keys(config->'schedules') WHERE node_id = "
			     "'shop'"),
		MANY);
	cr_expect_eq(number_of(schedules_stack.database,
			     "SELECT count(*) FROM config.provision_run WHERE state = "
			     "'succeeded'"),
		MANY);
	cr_expect_eq(stack_stream_count(&schedules_stack, STREAM_DEAD), 0);
	stack_stop(&schedules_stack);
}

Test(schedules, wait_for_a_config_store_that_is_away, .timeout = 150)
{
	json_t *order AUTO(json_decref) = NULL;

	schedules_start();
	cr_expect_eq(
		process_stop(&schedules_stack.daemons[PROVISIONER], SIGTERM, SOON_MS),
		0);
	cr_assert_eq(order_send(&schedules_stack,
			     &(struct order){schedules_admin.token, SET, NULL, NIGHTLY},
			     &order),
		202);
	cr_expect_eq(
		process_stop(&schedules_stack.daemons[CONFIG_STORE], SIGTERM, SOON_MS),
		0);
	order_refused(&schedules_stack,
		&(struct order){schedules_admin.token, LIST, NULL, NULL}, 503,
		"unavailable");
	stack_daemon_start(&schedules_stack, PROVISIONER);
	stack_daemon_start(&schedules_stack, CONFIG_STORE);
	cr_assert(run_becomes(
		json_string_or(order, "/provisioning_run_id", ""), "succeeded"));
	schedules_expect_list("[" ITEM("nightly", "true", "true", "\"all well?\"") "]");
	stack_stop(&schedules_stack);
}
