// SPDX-License-Identifier: Apache-2.0
// Story: hundreds of teams appear, change and go at once, more than the config store
// takes in one go, and one of them has a route that no message holds. The bucket ends up
// as the tables say, and so does one that was lost.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/subjects.h"
#include "proto/names.h"
#include "tests/support/store_only.h"

enum { WAIT_MS = 60000, TEAMS = 1300, TOO_LARGE = 1200000 };

static const struct stack_options options = {0};
static struct stack stack;
static struct bus *bus;

/* As config-store itself would write them, with their marks. */
static void make_teams(void)
{
	(void)rows_of(stack.database,
		"INSERT INTO config.node (org_id, node_id, parent_id, node_type, depth)"
		" VALUES ('many', 'many', NULL, 'org', 0);"
		"INSERT INTO config.node (org_id, node_id, parent_id, node_type, depth)"
		" SELECT 'many', 'team-' || i, 'many', 'team', 1"
		"  FROM generate_series(1, %d) i;"
		"INSERT INTO config.node_config (org_id, node_id, config, updated_by)"
		" SELECT org_id, node_id, json_build_object('routing',"
		"   json_build_object('services', json_build_array('s-' || node_id))),"
		"  'test' FROM config.node WHERE org_id = 'many';"
		"UPDATE config.node_config SET config = json_build_object("
		"  'output_config', json_build_object('trigger_overrides',"
		"   json_build_object(repeat('x', %d), 'use_default')))"
		" WHERE org_id = 'many' AND node_id = 'team-7';"
		"SELECT config.route_mark_below('many', 'many')",
		TEAMS, TOO_LARGE);
}

static long marks(void)
{
	return number_of(stack.database, "SELECT count(*) FROM config.route_outbox");
}

/* How many keys of the organisation are in the bucket. */
static long keys(void)
{
	kvStore *store = NULL;
	kvKeysList list = {0};
	long count = 0;

	if (js_KeyValue(&store, bus_js(bus), BUCKET_ROUTES) == NATS_OK &&
		kvStore_Keys(&list, store, NULL) == NATS_OK)
		for (int i = 0; i < list.Count; i++)
			count += strncmp(list.Keys[i], "many.", 5) == 0;
	kvKeysList_Destroy(&list);
	kvStore_Destroy(store);
	return count;
}

/* The one service that the team's route claims, "" when it has none. */
static const char *service(const char *key)
{
	static char value[64];
	kvStore *store = NULL;
	kvEntry *entry = NULL;
	pb_route_document *document AUTO(pb_route_document_free) = NULL;

	if (js_KeyValue(&store, bus_js(bus), BUCKET_ROUTES) == NATS_OK &&
		kvStore_Get(&entry, store, key) == NATS_OK)
		document = pb_route_document_unpack(
			kvEntry_Value(entry), (size_t)kvEntry_ValueLen(entry));
	kvEntry_Destroy(entry);
	kvStore_Destroy(store);
	(void)snprintf(value, sizeof(value), "%s",
		document && document->n_identifiers == 1
			? document->identifiers[0]->value
			: "");
	return value;
}

static void change_some_and_delete_others(void)
{
	(void)rows_of(stack.database,
		"UPDATE config.node_config SET config ="
		" '{\"routing\":{\"services\":[\"other\"]}}'"
		" WHERE org_id = 'many' AND node_id = 'team-1300';"
		"CREATE TABLE known AS SELECT node_id FROM config.node"
		" WHERE org_id = 'many' AND node_type = 'team';"
		"DELETE FROM config.node WHERE org_id = 'many' AND node_type = 'team'"
		" AND substr(node_id, 6)::integer BETWEEN 101 AND 800;"
		"SELECT config.route_mark('many', node_id) FROM known");
}

static void lose_the_bucket(void)
{
	cr_expect_eq(process_stop(&stack.daemons[CONFIG_STORE], SIGTERM, WAIT_MS), 0);
	cr_assert_eq(
		js_DeleteStream(bus_js(bus), "KV_" BUCKET_ROUTES, NULL, NULL), NATS_OK);
	stack_daemon_start(&stack, CONFIG_STORE);
}

Test(routes_many, the_bucket_is_what_the_tables_say)
{
	store_only_start(&stack, &bus, &options);
	make_teams();
	cr_expect(WAIT_UNTIL(marks() == 1, WAIT_MS), "%ld marks", marks());
	cr_expect_eq(keys(), TEAMS - 1, "%ld", keys());
	cr_expect_str_eq(service("many.team-1"), "s-team-1");
	cr_expect_str_eq(service("many.team-1300"), "s-team-1300");
	cr_expect_str_eq(
		rows_of(stack.database, "SELECT team_id FROM config.route_outbox"),
		"team-7");

	change_some_and_delete_others();
	cr_expect(WAIT_UNTIL(marks() == 1, WAIT_MS), "%ld marks", marks());
	cr_expect_eq(keys(), TEAMS - 1 - 700, "%ld", keys());
	cr_expect_str_eq(service("many.team-1300"), "other");
	cr_expect_str_eq(service("many.team-101"), "");

	lose_the_bucket();
	cr_expect(WAIT_UNTIL(keys() == TEAMS - 1 - 700, WAIT_MS), "%ld", keys());
	cr_expect(WAIT_UNTIL(marks() == 1, WAIT_MS), "%ld marks", marks());
	cr_expect_str_eq(service("many.team-1300"), "other");
	store_only_stop(&stack, bus);
}
