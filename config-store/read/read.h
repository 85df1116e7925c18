// SPDX-License-Identifier: Apache-2.0
// What the reads of events and runs share: filters and cursors of a list, ids of which
// only the start is given, and answers that PostgreSQL has made as JSON already.
#pragma once

#include <stdint.h>

#include "common/db.h"
#include "common/http/http_server.h"
#include "config-store/store.h"

/* RFC 3339 in UTC; the argument is SQL. NULL stays NULL. */
#define READ_TIME(sql) \
	"to_char(" sql " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

/* clang-format off */
/*
 * The rows of `page` (SQL) that fit into one answer: about 4 MiB and one row, and never
 * none. `order` is the page's. Column `found` says how many there were.
 */
#define READ_CUT(page, order) \
	"(SELECT * FROM (SELECT page.*, count(*) OVER () AS found," \
	" sum(octet_length(page::text)) OVER (ORDER BY " order " ROWS BETWEEN" \
	" UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM (" page ") page)" \
	" sized WHERE COALESCE(before, 0) < 4194304)"
/* clang-format on */

/* How many rows there were before READ_CUT; the statement selects `found`. */
int read_found(const PGresult *rows);

enum { READ_CURSOR_PARTS = 4, READ_PART_SIZE = 72, READ_ID_SIZE = 40 };

/* The place after which a page begins: the sort key of the row before it. */
struct read_cursor {
	char parts[READ_CURSOR_PARTS][READ_PART_SIZE];
};

struct read_list {
	const char *org; /* NULL: all. An org admin's own, whatever was asked */
	const char *since, *until;
	long limit;
	char limit_text[24]; /* one more than limit, to know whether there is more */
	struct read_cursor cursor; /* before the newest when none was given */
};

/* Before every row. */
extern const struct read_cursor read_newest;

/* The thread's own, with the caller of this request. */
struct store_thread *read_thread(const struct http_request *request);

/*
 * Reads limit, cursor, org, since and until. `parts` is how many a cursor of this list
 * has. Answers with 400 or 403 and returns false when they are not good.
 */
NODISCARD bool read_list(
	struct http_request *request, struct read_list *list, int parts);

/*
 * What the caller is held to: the {org} of the path, which authorize() has let pass, or
 * the caller's own; NULL for those who see all, on a path without.
 */
const char *read_scope(struct http_request *request);

/* team=, but a team's caller is held to its own. NULL: all. */
const char *read_team(struct http_request *request);

/*
 * The id in the query parameter `name`, of which the start will do; both bounds are ""
 * when it was not given. Answers 400 and returns false for what is no id.
 */
struct read_range;
NODISCARD bool read_id_filter(
	struct http_request *request, const char *name, struct read_range *range);

/*
 * The bounds of a text range that holds every id beginning with the id in the path or
 * query: at least six characters of a UUID. Answers 400 and returns false otherwise.
 */
struct read_range {
	char from[READ_ID_SIZE], to[READ_ID_SIZE];
};
NODISCARD bool read_range(
	struct http_request *request, const char *id, struct read_range *range);

/*
 * Answers {"items", "next"}: column 0 of each row is its JSON, the next `parts` columns
 * its cursor. A row past `limit` only says that there is more.
 */
void read_answer_list(struct http_request *request, const struct read_list *list,
	const PGresult *rows, int parts);

/*
 * Answers with the one `what` whose id, or its beginning, is the request's {id}; 404 for
 * none, 409 with `candidates` for several. `find_sql` gets the first and last id of the
 * range and the caller's org between them, `show_sql` the whole id and the org.
 */
void read_show(struct http_request *request, const char *what, const char *find_sql,
	const char *show_sql);

/* Answers a failed query; a schema that is not there yet is a 503 that says so. */
void read_answer_fault(struct http_request *request, const struct fault *fault);
