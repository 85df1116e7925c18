// SPDX-License-Identifier: Apache-2.0
// Story: an admin searches his organisation's audit trail, page by page, and slow searches
// hold nobody up.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/reads.h"
#include "tests/support/rows.h"

/* Page after page; how many there were, each of them once and older than the last. */
static int walk(const char *path)
{
	json_t *seen AUTO(json_decref) = json_object();
	char line[1024], before[64] = "9999", cursor[256] = "";
	int count = 0;

	for (;;) {
		json_t *page AUTO(json_decref) = NULL;
		const json_t *one;
		size_t i;

		(void)snprintf(line, sizeof(line), "GET %s&cursor=%s", path, cursor);
		cr_assert_eq(
			reads_ask(reads_admin, line, NULL, &page), 200, "%s", line);
		json_array_foreach(json_at(page, "/items"), i, one)
		{
			const char *at = json_string_or(one, "/at", "");
			const char *id = json_string_or(one, "/id", "");

			cr_expect_leq(strcmp(at, before), 0);
			cr_expect_null(json_object_get(seen, id));
			(void)json_object_set_new(seen, id, json_true());
			(void)snprintf(before, sizeof(before), "%s", at);
			reads_expect(one, "/org_id", "acme");
			count++;
		}
		if (!json_string_at(page, "/next"))
			return count;
		(void)snprintf(cursor, sizeof(cursor), "%s",
			json_string_or(page, "/next", ""));
	}
}

Test(trail, the_trail_is_searched_page_by_page, .timeout = 90)
{
	static const struct {
		const char *query;
		int count;
	} cases[] = {
		{"limit=500", 1000},
		{"limit=7&area=config", 500},
		{"limit=100&action=run.completed", 500},
		{"limit=100&actor=tester&team=sre", 1000},
		{"limit=100&team=other", 0},
		{"limit=100&actor=nobody", 0},
		{"limit=9&event=00000000-0000-7000-8000-000000000003", 100},
		{"limit=9&run=00000000-0000-7000-8000-000000000004&area=run", 0},
		{"limit=9&run=00000000-0000-7000-8000-000000000004&area=config", 100},
		{"limit=50&text=REASON%20999", 1},
		{"limit=50&text=%25", 0},
		{"limit=50&text=%22number%22:%2017%7D", 1},
		{"limit=50&since=2026-01-01T00:00:11Z&until=2026-01-01T00:00:21Z", 10},
	};
	char path[512];

	reads_start();
	rows_add_records(&reads_stack, "acme", "sre", 1000);
	rows_add_records(&reads_stack, "rival", "sre", 100);
	for (size_t i = 0; i < countof(cases); i++) {
		/* What the start has told itself is later. */
		(void)snprintf(path, sizeof(path), "/api/v1/admin/orgs/acme/audit?%s%s",
			cases[i].query,
			strstr(cases[i].query, "until")
				? ""
				: "&until=2026-01-02T00:00:00Z");
		cr_expect_eq(walk(path), cases[i].count, "%s", cases[i].query);
	}
	cr_expect_eq(reads_ask(reads_admin, "GET /api/v1/admin/orgs/rival/audit", NULL,
			     NULL),
		403);
	cr_expect_eq(reads_ask(reads_admin,
			     "GET /api/v1/admin/orgs/acme/audit?cursor=x", NULL, NULL),
		400);
	cr_expect_eq(reads_ask(reads_admin, "GET /api/v1/admin/orgs/acme/audit?event='",
			     NULL, NULL),
		400);
	reads_stop();
}

Test(trail, a_page_of_large_records_is_cut_and_goes_on, .timeout = 90)
{
	static const char path[] = "/api/v1/admin/orgs/acme/audit?limit=500&"
				   "until=2026-01-02T00:00:00Z";
	json_t *page AUTO(json_decref) = NULL;
	size_t count;

	reads_start();
	rows_add_records(&reads_stack, "acme", "sre", 20);
	cr_assert_eq(number_of(reads_stack.database,
			     "WITH changed AS (UPDATE audit.record SET detail = "
			     "jsonb_build_object('x', repeat('y', 1000000)) WHERE "
			     "stream = 'AUDIT-acme' RETURNING 1) SELECT count(*) FROM "
			     "changed"),
		20);
	cr_assert_eq(reads_ask(reads_admin,
			     "GET /api/v1/admin/orgs/acme/audit?limit=500&"
			     "until=2026-01-02T00:00:00Z",
			     NULL, &page),
		200);
	count = json_array_size(json_at(page, "/items"));
	cr_expect(count >= 4 && count <= 6, "%zu of 1 MB each", count);
	cr_expect_eq(walk(path), 20, "all come, page after page");
	reads_stop();
}

Test(trail, slow_searches_leave_threads_for_others, .timeout = 90)
{
	enum { MOST = 2 };
	char headers[256];

	reads_start();
	(void)snprintf(
		headers, sizeof(headers), "Authorization: Bearer %s\r\n", reads_admin);
	cr_expect_eq(rows_search_locked(&reads_stack,
			     "GET /api/v1/admin/orgs/acme/audit?text=x", headers),
		LOCKED_SEARCHES - MOST);
	cr_expect_eq(reads_ask(reads_admin, "GET /api/v1/admin/orgs/acme/audit?text=x",
			     NULL, NULL),
		200);
	reads_stop();
}
