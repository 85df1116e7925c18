// SPDX-License-Identifier: Apache-2.0
// Story: databases that older versions have left, with data in them, are brought up to
// date by today's daemons and everything is still there and works. Two that start at once
// are fine, what is newer is refused, and what cannot be done is not half done.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/bus.h"
#include "common/nats/subjects.h"
#include "tests/support/leases.h"
#include "tests/support/schema.h"
#include "tests/support/store_only.h"
#include "tests/support/store_twin.h"

#define TOKEN_ID "00112233445566778899aabbccddeeff"
#define TOKEN_SECRET "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define DONE_RUN "11111111-1111-8111-8111-111111111111"
#define OPEN_RUN "22222222-2222-8222-8222-222222222222"

enum { WAIT_MS = 30000 };

static const struct stack_options options = {0};
static struct stack stack;
static struct bus *bus;

static void start_nats(void)
{
	static char nothing[] = "";
	struct fault fault = {0};

	stack = (struct stack){.directory = place_of_test(), .options = &options};
	stack_nats_start(&stack);
	cr_assert(bus_open(&bus,
			  &(struct daemon_config){.nats_url = stack.nats_url,
				  .nats_credentials = nothing,
				  .nats_ca_file = nothing},
			  "test", &fault),
		"%s", fault.text);
}

static void stop_nats(void)
{
	bus_close(bus);
	stack_nats_stop(&stack);
}

static bool has(const struct migrations *migrations, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(migrations->names[i], name) == 0)
			return true;
	return false;
}

/* An organisation with a unit and a team; the team claims the service pay<count>. */
static void fill_nodes(const char *url, size_t count)
{
	sql_run(url,
		"INSERT INTO config.node (org_id, node_id, parent_id, node_type, name, "
		"depth) VALUES ('acme', 'acme', NULL, 'org', 'Acme', 0), ('acme', "
		"'infra', 'acme', 'unit', 'Infra', 1), ('acme', 'sre', 'infra', "
		"'team', "
		"'SRE', 2); INSERT INTO config.node_config (org_id, node_id, config, "
		"version, updated_by) VALUES ('acme', 'acme', "
		"'{\"runtime\":{\"max_concurrent_runs\":1}}', 1, 'ada'), ('acme', "
		"'infra', '{}', 0, 'ada'), ('acme', 'sre', "
		"'{\"routing\":{\"services\":[\"pay%zu\"]},\"x_kept\":[1,{\"z\":1,"
		"\"a\":"
		"2}]}', 3, 'ada'); INSERT INTO config.node_config_history (org_id, "
		"node_id, previous_version, version, previous_config, config, "
		"changed_by) VALUES ('acme', 'sre', 2, 3, '{}', '{\"a\":1}', 'ada'); "
		"INSERT INTO config.identifier (type, value, org_id, team_id) VALUES "
		"('service', 'pay%zu', 'acme', 'sre')",
		count, count);
}

static void fill(const struct migrations *migrations, size_t count, const char *url)
{
	fill_nodes(url, count);
	if (has(migrations, count, "0002_tokens"))
		sql_run(url,
			"INSERT INTO config.token (token_id, kind, org_id, team_id, "
			"issued_by, salt, hash) SELECT '" TOKEN_ID
			"', 'team', 'acme', 'sre', 'ada', decode(salt, 'hex'), "
			"sha256(convert_to(salt || '." TOKEN_SECRET
			"', 'UTF8')) FROM (VALUES "
			"('0123456789abcdef0123456789abcdef')) AS v (salt); "
			"INSERT INTO config.token (token_id, kind, org_id, team_id, "
			"issued_by, revoked_at) VALUES (repeat('d', 32), 'team', "
			"'closed', 'sre', 'ada', now())");
	if (has(migrations, count, "0003_runs"))
		sql_run(url,
			"INSERT INTO config.run (run_id, org_id, team_id, state, "
			"finished_at) VALUES ('" DONE_RUN
			"', 'acme', 'sre', 'completed', now()), ('" OPEN_RUN
			"', 'acme', 'sre', 'queued', NULL)");
	if (has(migrations, count, "0004_provisioning"))
		sql_run(url,
			"INSERT INTO config.provision_run (id, org_id, team_id, verb, "
			"idempotency_key, request, request_hash, state, finished_at) "
			"VALUES ('p1', 'acme', 'sre', 'provision', 'k', '{}', 'h', "
			"'succeeded', now()); INSERT INTO config.provision_step "
			"(provision_id, name, state) VALUES ('p1', 'node', "
			"'succeeded')");
	if (has(migrations, count, "0005_routes"))
		sql_run(url, "SELECT config.route_mark('acme', 'gone')");
}

static bool route_has(const char *value)
{
	kvStore *store = NULL;
	kvEntry *entry = NULL;
	pb_route_document *route = NULL;
	bool found;

	if (js_KeyValue(&store, bus_js(bus), BUCKET_ROUTES) == NATS_OK &&
		kvStore_Get(&entry, store, "acme.sre") == NATS_OK)
		route = pb_route_document_unpack(
			kvEntry_Value(entry), (size_t)kvEntry_ValueLen(entry));
	found = route && route->n_identifiers == 1 &&
		strcmp(route->identifiers[0]->value, value) == 0;
	pb_route_document_free(route);
	kvEntry_Destroy(entry);
	kvStore_Destroy(store);
	return found;
}

#define SRE "/api/v1/admin/orgs/acme/nodes/sre/config"

static void check_config(size_t count)
{
	json_t *own AUTO(json_decref) = NULL, *effective AUTO(json_decref) = NULL;
	char value[16], *kept AUTO(free) = NULL;

	(void)snprintf(value, sizeof(value), "pay%zu", count);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, "GET " SRE, "", &own), 200);
	cr_expect_eq(json_integer_or(own, "/version", 0), 3);
	kept = json_dumps(json_at(own, "/config/x_kept"), JSON_COMPACT);
	cr_expect_str_eq(kept, "[1,{\"z\":1,\"a\":2}]");
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, "GET " SRE "/effective", "",
			     &effective),
		200);
	cr_expect_eq(json_integer_or(effective, "/runtime/max_concurrent_runs", 0), 1);
	cr_expect(WAIT_UNTIL(route_has(value), WAIT_MS), "%s has no route", value);
	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN, "PATCH " SRE,
			     "{\"routing\":{\"services\":[\"new\"]}}", NULL),
		200);
	cr_expect(WAIT_UNTIL(route_has("new"), WAIT_MS));
	cr_expect_str_eq(
		rows_of(stack.database,
			"SELECT string_agg(version::text, ',' ORDER BY id) FROM "
			"config.node_config_history WHERE node_id = 'sre'"),
		"3,4");
}

/* Of an organisation that was deleted nothing is left but what had its id. */
static void check_gone(const struct migrations *migrations, size_t count)
{
	bool known = has(migrations, count, "0002_tokens") &&
		!has(migrations, count, "0013_org_gone");

	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN, "POST /api/v1/admin/orgs",
			     "{\"org_id\":\"closed\"}", NULL),
		known ? 409 : 201);
}

static void check_rest(const struct migrations *migrations, size_t count)
{
	struct lease_call done = {bus, "sre", DONE_RUN}, open = {bus, "sre", OPEN_RUN};
	int64_t token;

	if (has(migrations, count, "0002_tokens"))
		cr_expect_eq(stack_call(&stack, TOKEN_ID "." TOKEN_SECRET,
				     "GET /api/v1/config/me/effective", "", NULL),
			200, "the token is no good any more");
	check_gone(migrations, count);
	if (has(migrations, count, "0003_runs"))
		cr_expect_eq(lease_try(&done, 1000, NULL), FINISHED);
	cr_expect_eq(lease_try(&open, 60000, &token), GRANTED);
	cr_expect_eq(lease_try(&(struct lease_call){bus, "sre",
				       "33333333-3333-8333-8333-333333333333"},
			     1000, NULL),
		LIMIT, "the limit that was set is gone");
	cr_expect(lease_finish(&open, token, "completed"));
	if (has(migrations, count, "0004_provisioning"))
		cr_expect_eq(number_of(stack.database,
				     "SELECT count(*) FROM config.provision_step "
				     "WHERE provision_id = 'p1'"),
			1);
	cr_expect(WAIT_UNTIL(number_of(stack.database,
				     "SELECT count(*) FROM config.route_outbox") == 0,
		WAIT_MS));
	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN,
			     "DELETE /api/v1/admin/orgs/acme/teams/sre", "", NULL),
		204);
	cr_expect_eq(
		number_of(stack.database, "SELECT count(*) FROM config.identifier"), 0);
}

static void check_applied(const struct migrations *migrations)
{
	char sql[128];

	(void)snprintf(sql, sizeof(sql), "SELECT name FROM %s.migration ORDER BY name",
		migrations->schema);
	cr_expect_eq(number_of(stack.database, "SELECT count(*) FROM %s.migration",
			     migrations->schema),
		(long)migrations->count);
	for (size_t i = 0; i < migrations->count; i++)
		cr_expect(strstr(rows_of(stack.database, "%s", sql),
				  migrations->names[i]),
			"%s", migrations->names[i]);
}

Test(migrations, run_forward_from_every_version_with_data_in_place, .timeout = 240)
{
	struct migrations migrations;

	migrations_list(&migrations, "config", "config-store");
	cr_assert_geq(migrations.count, 5);
	start_nats();
	for (size_t count = 1; count <= migrations.count; count++) {
		postgres_database(stack.database, sizeof(stack.database));
		migrations_apply(&migrations, count, stack.database);
		fill(&migrations, count, stack.database);
		stack_daemon_start(&stack, CONFIG_STORE);
		check_applied(&migrations);
		check_config(count);
		check_rest(&migrations, count);
		cr_assert_eq(
			process_stop(&stack.daemons[CONFIG_STORE], SIGTERM, WAIT_MS),
			0);
	}
	stop_nats();
}

Test(migrations, of_the_audit_sink_keep_the_trail, .timeout = 240)
{
	struct migrations migrations;

	migrations_list(&migrations, "audit", "audit-sink");
	start_nats();
	for (size_t count = 1; count <= migrations.count; count++) {
		postgres_database(stack.database, sizeof(stack.database));
		migrations_apply(&migrations, count, stack.database);
		sql_run(stack.database,
			"INSERT INTO audit.stream (name, epoch, created) VALUES "
			"('AUDIT', 1, '2020-01-01'); INSERT INTO audit.record (stream, "
			"epoch, sequence, stored_at, id, at, area, action, org, team, "
			"event_id, run_id, actor, reason, traceparent, source, kind, "
			"delivery_id) VALUES ('AUDIT', 1, 7, now(), 'r1', now(), "
			"'router', 'event.routed', 'acme', 'sre', "
			"'00000000-0000-8000-8000-000000000007', '', '', 'because', "
			"'', 'github', 'push', 'd7')");
		stack_daemon_start(&stack, AUDIT_SINK);
		stack_daemon_start(&stack, CONFIG_STORE);
		check_applied(&migrations);
		cr_expect_eq(stack_call(&stack, ADMIN_TOKEN,
				     "GET /api/v1/admin/events/"
				     "00000000-0000-8000-8000-000000000007",
				     "", NULL),
			200);
		/* A stream made anew counts from 1 again, and takes no row's place. */
		cr_expect_eq(stack_call(&stack, ADMIN_TOKEN, "POST /api/v1/admin/orgs",
				     "{\"org_id\":\"acme\"}", NULL),
			201);
		cr_expect(
			WAIT_UNTIL(number_of(stack.database,
					   "SELECT count(*) FROM audit.record WHERE "
					   "epoch > 1 AND action = 'node.created'") > 0,
				WAIT_MS));
		cr_expect_eq(
			number_of(stack.database,
				"SELECT count(*) FROM audit.record WHERE epoch = 1 "
				"AND reason = 'because'"),
			1);
		cr_assert_eq(
			process_stop(&stack.daemons[CONFIG_STORE], SIGTERM, WAIT_MS),
			0);
		cr_assert_eq(
			process_stop(&stack.daemons[AUDIT_SINK], SIGTERM, WAIT_MS), 0);
	}
	stop_nats();
}

Test(migrations, two_that_start_at_once_are_fine, .timeout = 240)
{
	enum { ROUNDS = 5 };
	struct migrations migrations;
	struct twins twins = {.stack = &stack};

	migrations_list(&migrations, "config", "config-store");
	start_nats();
	for (size_t i = 0; i < ROUNDS; i++) {
		postgres_database(stack.database, sizeof(stack.database));
		if (i > 0)
			migrations_apply(&migrations, i, stack.database);
		for (int k = 0; k < TWINS; k++)
			twin_launch(&twins, k);
		for (int k = 0; k < TWINS; k++)
			twin_wait(&twins, k);
		check_applied(&migrations);
		twins_stop(&twins);
	}
	stop_nats();
}

static bool log_says(enum stack_daemon which, const char *words)
{
	char line[2048];
	FILE *file = fopen(stack.daemons[which].log, "re");
	bool found = false;

	cr_assert(file);
	while (!found && fgets(line, sizeof(line), file))
		found = strstr(line, words) != NULL;
	(void)fclose(file);
	return found;
}

/* Starts it, and it must end by itself and say why. */
static void expect_refusal(enum stack_daemon which, const char *words)
{
	stack_daemon_launch(&stack, which);
	cr_expect_eq(process_stop(&stack.daemons[which], 0, WAIT_MS), 1);
	cr_expect(log_says(which, words), "its log does not say: %s", words);
}

Test(migrations, a_database_of_a_newer_version_is_refused, .timeout = 120)
{
	static const struct {
		enum stack_daemon which;
		const char *schema, *folder;
	} cases[] = {{CONFIG_STORE, "config", "config-store"},
		{AUDIT_SINK, "audit", "audit-sink"}};

	start_nats();
	for (size_t i = 0; i < countof(cases); i++) {
		struct migrations migrations;

		migrations_list(&migrations, cases[i].schema, cases[i].folder);
		postgres_database(stack.database, sizeof(stack.database));
		migrations_apply(&migrations, 1, stack.database);
		sql_run(stack.database,
			"INSERT INTO %s.migration (name) VALUES ('9999_from_later')",
			cases[i].schema);
		expect_refusal(cases[i].which,
			"has the migration 9999_from_later, which this program does "
			"not know: the database is newer");
		cr_expect_eq(
			number_of(stack.database, "SELECT count(*) FROM %s.migration",
				cases[i].schema),
			2, "something was done to it all the same");
	}
	stop_nats();
}

/* Something in the way of the last one: none of them is done. */
Test(migrations, what_cannot_be_done_is_not_half_done, .timeout = 120)
{
	struct migrations migrations;

	migrations_list(&migrations, "config", "config-store");
	start_nats();
	postgres_database(stack.database, sizeof(stack.database));
	migrations_apply(&migrations, 1, stack.database);
	fill_nodes(stack.database, 1);
	sql_run(stack.database, "CREATE TABLE config.route_outbox (mine text)");
	expect_refusal(CONFIG_STORE, "migration 0005_routes");
	cr_expect_str_eq(rows_of(stack.database, "SELECT name FROM config.migration"),
		"0001_nodes");
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM pg_tables WHERE schemaname = "
			     "'config' AND tablename = 'run'"),
		0);
	sql_run(stack.database, "DROP TABLE config.route_outbox");
	stack_daemon_start(&stack, CONFIG_STORE);
	check_applied(&migrations);
	check_config(1);
	cr_expect_eq(process_stop(&stack.daemons[CONFIG_STORE], SIGTERM, WAIT_MS), 0);
	stop_nats();
}
