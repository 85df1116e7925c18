// SPDX-License-Identifier: Apache-2.0
#include "tests/support/rows.h"

#include <criterion/criterion.h>

void rows_add_records(
	const struct stack *stack, const char *org, const char *team, int count)
{
	cr_assert_eq(
		number_of(stack->database,
			"WITH added AS (INSERT INTO audit.record SELECT 'AUDIT-%s', 1, "
			"n, now(), gen_random_uuid()::text, timestamptz "
			"'2026-01-01T00:00:00Z' + n * interval '1 second', CASE n %% 2 "
			"WHEN 0 THEN 'config' ELSE 'run' END, CASE n %% 2 WHEN 0 THEN "
			"'config.changed' ELSE 'run.completed' END, '%s', '%s', "
			"'00000000-0000-7000-8000-' || lpad((n %% 10)::text, 12, '0'), "
			"'00000000-0000-7000-8000-' || lpad((n %% 10)::text, 12, '0'), "
			"'tester', 'reason ' || n, json_build_object('number', n, "
			"'words', repeat('detail, \"quoted\" ', 10))::jsonb, '', '', "
			"'', '' FROM generate_series(1, %d) n RETURNING 1) SELECT "
			"count(*) FROM added",
			org, org, team, count),
		count);
}

void rows_add_tool_call(const struct stack *stack, const char *run, const char *call)
{
	cr_assert_eq(number_of(stack->database,
			     "WITH added AS (INSERT INTO audit.step SELECT 'STEPS', 1, "
			     "1000 + (SELECT count(*) FROM audit.step) + n, now(), "
			     "'%s', '', 'acme', 'sre', 1 + (SELECT count(*) FROM "
			     "audit.step) + n, 1, 'w', CASE n WHEN 0 THEN "
			     "'tool_started' ELSE 'tool_result' END, 'get_logs', "
			     "now(), 7, CASE n WHEN 0 THEN json_build_object('call', "
			     "'%s', 'arguments', json_build_object('q', 'x'))::jsonb "
			     "ELSE json_build_object('call', '%s', 'status', 'ok', "
			     "'result', 'three lines')::jsonb END FROM "
			     "generate_series(0, 1) n RETURNING 1) SELECT count(*) "
			     "FROM added",
			     run, call, call),
		2);
}

int rows_search_locked(const struct stack *stack, const char *line, const char *headers)
{
	struct exchange searches[LOCKED_SEARCHES] = {0};
	PGconn *db = PQconnectdb(stack->database);
	int refused = 0;

	PQclear(PQexec(db, "BEGIN; LOCK TABLE audit.record"));
	for (int i = 0; i < LOCKED_SEARCHES; i++)
		request_write(&searches[i].request, line, headers, "", 0);
	exchange_run_all(searches, LOCKED_SEARCHES, stack->addresses[CONFIG_STORE],
		LOCKED_SEARCHES);
	for (int i = 0; i < LOCKED_SEARCHES; i++) {
		cr_expect_eq(searches[i].status, 503, "all are cut off");
		refused += strstr(searches[i].body, "as many searches") != NULL;
		exchange_done(&searches[i]);
	}
	PQfinish(db);
	return refused;
}
