// SPDX-License-Identifier: Apache-2.0
#include "config-store/read/read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 500, PREFIX_MIN = 6, RETRY_S = 5 };

const struct read_cursor read_newest = {{"9999-12-31T23:59:59Z", "0", "0", "0"}};

struct store_thread *read_thread(const struct http_request *request)
{
	return http_thread(request);
}

const char *read_scope(struct http_request *request)
{
	const struct caller *caller = &read_thread(request)->caller;
	const char *org = http_segment(request, "org");

	if (org)
		return org;
	return caller_sees(caller, "") ? NULL : caller->org;
}

const char *read_team(struct http_request *request)
{
	const struct caller *caller = &read_thread(request)->caller;

	return caller->kind == CALLER_TEAM ? caller->team : http_query(request, "team");
}

static bool read_limit(struct http_request *request, struct read_list *list)
{
	const char *text = http_query(request, "limit");
	char *end;

	list->limit = LIMIT_DEFAULT;
	if (text) {
		errno = 0;
		list->limit = strtol(text, &end, 10);
		if (errno || *end || end == text || list->limit < 1 ||
			list->limit > LIMIT_MAX) {
			http_answer_error(request, 400, "invalid_limit",
				"limit=%.40s: must be a number from 1 to %d", text,
				LIMIT_MAX);
			return false;
		}
	}
	(void)snprintf(
		list->limit_text, sizeof(list->limit_text), "%ld", list->limit + 1);
	return true;
}

/* Parts are separated by "~"; the first is a time. PostgreSQL checks the others. */
static bool split_cursor(struct read_cursor *cursor, const char *text, int parts)
{
	int64_t at_us;

	for (int i = 0; i < parts; i++) {
		size_t len = strcspn(text, "~");

		if (len >= READ_PART_SIZE || (text[len] == '~') != (i + 1 < parts))
			return false;
		memcpy(cursor->parts[i], text, len);
		cursor->parts[i][len] = '\0';
		text += len + 1;
	}
	return clock_parse(&at_us, cursor->parts[0]);
}

static bool read_cursor(struct http_request *request, struct read_list *list, int parts)
{
	const char *text = http_query(request, "cursor");

	list->cursor = read_newest;
	if (!text || !*text || split_cursor(&list->cursor, text, parts))
		return true;
	http_answer_error(request, 400, "invalid_cursor",
		"cursor=%.80s: must be `next` of the page before", text);
	return false;
}

static bool read_time(struct http_request *request, const char *name, const char **out)
{
	const char *text = http_query(request, name);
	int64_t at_us;

	*out = text;
	if (!text || clock_parse(&at_us, text))
		return true;
	http_answer_error(request, 400, "invalid_time",
		"%s=%.40s: must be a time like 2026-11-23T16:00:00Z", name, text);
	return false;
}

static bool read_org(struct http_request *request, const char **out)
{
	const char *asked = http_query(request, "org");
	const char *scope = read_scope(request);

	*out = scope ? scope : asked;
	if (!scope || !asked || strcmp(scope, asked) == 0)
		return true;
	http_answer_error(request, 403, "forbidden",
		"this token belongs to organisation %s and sees no other", scope);
	return false;
}

bool read_list(struct http_request *request, struct read_list *list, int parts)
{
	*list = (struct read_list){0};
	return read_org(request, &list->org) && read_limit(request, list) &&
		read_cursor(request, list, parts) &&
		read_time(request, "since", &list->since) &&
		read_time(request, "until", &list->until);
}

bool read_range(struct http_request *request, const char *id, struct read_range *range)
{
	size_t len = strlen(id);

	if (len < PREFIX_MIN || len >= UUID_SIZE ||
		strspn(id, "0123456789abcdef-") != len) {
		http_answer_error(request, 400, "invalid_id",
			"'%.60s' is no id: at least its first %d characters, in lower "
			"case, are needed",
			id, PREFIX_MIN);
		return false;
	}
	(void)snprintf(range->from, sizeof(range->from), "%s", id);
	/* "g" comes after every character of a UUID. */
	(void)snprintf(range->to, sizeof(range->to), "%sg", id);
	return true;
}

bool read_id_filter(
	struct http_request *request, const char *name, struct read_range *range)
{
	const char *id = http_query(request, name);

	*range = (struct read_range){0};
	return !id || read_range(request, id, range);
}

static void answer_ambiguous(
	struct http_request *request, const PGresult *rows, const char *id)
{
	json_t *candidates = json_array();

	for (int i = 0; i < PQntuples(rows); i++)
		(void)json_array_append_new(
			candidates, json_string(db_value(rows, i, 0)));
	http_answer_json(request, 409,
		json_pack("{s:s, s:s+, s:o}", "error", "ambiguous_id", "message", id,
			" is the beginning of several ids: give more of it",
			"candidates", candidates));
}

/* `rows` are at most two matches. Answers 404 or 409 unless there is only one. */
static bool only_match(struct http_request *request, const PGresult *rows,
	const char *what, const char *id, char *out)
{
	if (PQntuples(rows) == 0) {
		http_answer_error(request, 404, "not_found",
			"there is no %s whose id begins with %s, or not yet", what, id);
		return false;
	}
	if (PQntuples(rows) > 1) {
		answer_ambiguous(request, rows, id);
		return false;
	}
	(void)snprintf(out, UUID_SIZE, "%s", db_value(rows, 0, 0));
	return true;
}

int read_found(const PGresult *rows)
{
	int column = PQfnumber(rows, "found"), count = PQntuples(rows);

	return column < 0 || count == 0 ? count : (int)db_integer(rows, 0, column);
}

static void add_next(struct text *body, const PGresult *rows, int last, int parts)
{
	text_add(body, ",\"next\":\"");
	for (int i = 0; i < parts; i++) {
		if (i > 0)
			text_add_char(body, '~');
		text_add(body, db_value(rows, last, 1 + i));
	}
	text_add(body, "\"}");
}

static void answer_text(struct http_request *request, const struct text *body)
{
	const struct fault fault = {FAULT_RETRY, 0, "no memory for the answer"};

	if (text_failed(body))
		http_answer_unavailable(request, RETRY_S, &fault);
	else
		http_answer(request,
			&(struct http_answer){.status = 200,
				.body = text_string(body),
				.len = body->len});
}

void read_answer_list(struct http_request *request, const struct read_list *list,
	const PGresult *rows, int parts)
{
	struct text body AUTO(text_done) = {0};
	int count = PQntuples(rows);
	bool more = count > list->limit || read_found(rows) > count;

	count = count > list->limit ? (int)list->limit : count;
	text_add(&body, "{\"items\":[");
	for (int i = 0; i < count; i++) {
		if (i > 0)
			text_add_char(&body, ',');
		text_add(&body, db_value(rows, i, 0));
	}
	text_add_char(&body, ']');
	if (more)
		add_next(&body, rows, count - 1, parts);
	else
		text_add(&body, ",\"next\":null}");
	answer_text(request, &body);
}

static void answer_row(struct http_request *request, const PGresult *rows)
{
	struct text body AUTO(text_done) = {0};

	text_add(&body, db_value(rows, 0, 0));
	answer_text(request, &body);
}

void read_answer_fault(struct http_request *request, const struct fault *fault)
{
	const char *state = db_sqlstate(read_thread(request)->db);
	const struct fault missing = {FAULT_RETRY, 0,
		"schema audit is not there yet: tocsin-audit-sink makes it when it "
		"starts"};

	const struct fault slow = {FAULT_RETRY, 0,
		"this takes too long: narrow it with since, until, team or area"};

	if (strncmp(state, "22", 2) != 0)
		log_fault(fault, "%s %s request=%s", http_method(request),
			http_route_path(request), http_request_id(request));
	if (strcmp(state, "57014") == 0)
		http_answer_unavailable(request, RETRY_S, &slow);
	else if (strcmp(state, "42P01") == 0 || strcmp(state, "3F000") == 0)
		http_answer_unavailable(request, RETRY_S, &missing);
	else if (fault->kind == FAULT_RETRY)
		http_answer_unavailable(request, RETRY_S, fault);
	else if (strncmp(state, "22", 2) == 0)
		http_answer_error(request, 400, "invalid_filter",
			"a filter or the cursor is not good: %s", fault->text);
	else
		http_answer_error(request, 500, "internal",
			"this is a mistake of ours; the log has it under %s",
			http_request_id(request));
}

/* The id that the request's {id} means. */
static bool resolve(
	struct http_request *request, const char *what, const char *find_sql, char *out)
{
	const char *id = http_segment(request, "id");
	PGresult *rows AUTO(PQclear) = NULL;
	struct read_range range;
	struct fault fault = {0};

	if (!read_range(request, id, &range))
		return false;
	if (!db_query(&rows, read_thread(request)->db, find_sql,
		    DB_VALUES(range.from, read_scope(request), range.to), &fault)) {
		read_answer_fault(request, &fault);
		return false;
	}
	return only_match(request, rows, what, id, out);
}

void read_show(struct http_request *request, const char *what, const char *find_sql,
	const char *show_sql)
{
	PGresult *rows AUTO(PQclear) = NULL;
	struct fault fault = {0};
	char id[UUID_SIZE];

	if (!resolve(request, what, find_sql, id))
		return;
	if (db_query(&rows, read_thread(request)->db, show_sql,
		    DB_VALUES(id, read_scope(request)), &fault))
		answer_row(request, rows);
	else
		read_answer_fault(request, &fault);
}
