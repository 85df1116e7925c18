// SPDX-License-Identifier: Apache-2.0
#include "config-store/read/export.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "config-store/read/csv.h"
#include "config-store/read/export_guard.h"
#include "config-store/read/export_slots.h"
#include "config-store/read/search.h"

enum {
	ROWS_FIRST = 32, /* a row may be as large as a message */
	ROWS_MAX = 1000,
	PIECE_LEAST = 64 << 10,
	PIECE_MOST = 512 << 10,
	PAGE_QUICK_MS = 200,
	PAGE_SLOW_MS = 1000,
	RETRY_AFTER_S = 5,
};

struct export
{
	const struct export_kind *kind;
	struct store *store;
	size_t slot;
	struct export_guard guard;
	bool csv, searches, begun;
	char *filters[EXPORT_VALUES_MAX];
	int filter_count;
	struct read_cursor cursor;
	int rows; /* of the next page */
};

static void free_export(void *context)
{
	struct export *export = context;

	for (int i = 0; i < export->filter_count; i++)
		free(export->filters[i]);
	export_slots_give(export->store->export_slots, export->slot);
	free(export);
}

static int columns_of(const struct export_kind *kind)
{
	int count = 0;

	while (kind->columns[count])
		count++;
	return count;
}

static void add_header(const struct export *export, struct text *out)
{
	for (int i = 0; export->kind->columns[i]; i++)
		csv_cell(out, export->kind->columns[i], i == 0);
	csv_end(out);
}

static void add_row(
	const struct export *export, struct text *out, const PGresult *rows, int row)
{
	if (!export->csv) {
		text_add(out, db_value(rows, row, 0));
		text_add_char(out, '\n');
		return;
	}
	for (int i = 0; export->kind->columns[i]; i++)
		csv_cell(out, db_value(rows, row, i), i == 0);
	csv_end(out);
}

/*
 * Pages grow while rows are small and found at once, so that a round trip is worth it, and
 * shrink again: a page holds a thread, and a search that is too long is broken off.
 */
static void adapt(struct export *export, size_t piece, int64_t took_ms)
{
	if ((piece > PIECE_MOST || took_ms > PAGE_SLOW_MS) && export->rows > 1)
		export->rows /= 2;
	else if (piece < PIECE_LEAST && took_ms < PAGE_QUICK_MS &&
		export->rows < ROWS_MAX)
		export->rows *= 2;
}

static void go_on(struct export *export, const PGresult *rows, int last)
{
	int first = export->csv ? columns_of(export->kind) : 1;

	for (int i = 0; i < export->kind->cursor_parts; i++)
		(void)snprintf(export->cursor.parts[i], READ_PART_SIZE, "%s",
			db_value(rows, last, first + i));
}

static bool page(
	PGresult **out, const struct export *export, struct db *db, struct fault *fault)
{
	const struct export_kind *kind = export->kind;
	const char *values[EXPORT_VALUES_MAX + READ_CURSOR_PARTS + 1];
	int count = export->filter_count;
	char limit[16];

	(void)snprintf(limit, sizeof(limit), "%d", export->rows);
	for (int i = 0; i < count; i++)
		values[i] = export->filters[i];
	for (int i = 0; i < kind->cursor_parts; i++)
		values[count++] = export->cursor.parts[i];
	values[count++] = limit;
	return (export->searches ? search_query : db_query)(out, db,
		export->csv ? kind->csv_sql : kind->json_sql, values, count, fault);
}

/* Appends what is in `rows`, and goes on behind it. */
static void take(
	struct export *export, struct text *out, const PGresult *rows, bool *end)
{
	int count = PQntuples(rows);

	if (export->csv && !export->begun)
		add_header(export, out);
	export->begun = true;
	for (int i = 0; i < count; i++)
		add_row(export, out, rows, i);
	*end = read_found(rows) < export->rows && read_found(rows) == count;
	if (count > 0)
		go_on(export, rows, count - 1);
	if (count > 0 && read_found(rows) > count)
		export->rows = count;
}

static bool more_of(struct export *export, struct db *db, struct text *out, bool *end,
	struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	int64_t from = clock_mono_ms();

	if (!page(&rows, export, db, fault))
		return false;
	take(export, out, rows, end);
	adapt(export, out->len, clock_mono_ms() - from);
	return true;
}

/*
 * A page of a search needs its turn among the searches. The first is refused without, as a
 * list is; a later one is an empty piece then, and asked for again.
 */
static bool more(
	void *context, void *thread, struct text *out, bool *end, struct fault *fault)
{
	struct store_thread *own = thread;
	struct export *export = context;
	bool done;

	if (!export_guard_check(&export->guard, own, fault))
		return false;
	if (!export->searches)
		return more_of(export, own->db, out, end, fault);
	if (!search_begin(own->store))
		return export->begun || search_busy(fault);
	done = more_of(export, own->db, out, end, fault);
	search_end(own->store);
	return done;
}

static bool read_format(struct http_request *request, bool *csv)
{
	const char *format = http_query(request, "format");

	*csv = !format || strcmp(format, "csv") == 0;
	if (*csv || strcmp(format, "ndjson") == 0)
		return true;
	http_answer_error(request, 400, "invalid_format",
		"format=%.40s: must be csv or ndjson", format);
	return false;
}

static void answer_bound(
	struct http_request *request, enum export_bound bound, const char *org)
{
	struct fault fault;

	if (bound == EXPORT_BOUND_ALL) {
		(void)fault_set(&fault, FAULT_RETRY,
			"%d exports are under way, of all organisations together, and "
			"no more may be",
			EXPORT_SLOTS);
		http_answer_unavailable(request, RETRY_AFTER_S, &fault);
		return;
	}
	(void)fault_set(&fault, FAULT_RETRY,
		"%d exports of organisation %s are under way, and no more may be",
		EXPORT_SLOTS_OF_ORG, org);
	http_answer_too_many(request, "too_many_exports", RETRY_AFTER_S, &fault);
}

/* NULL, answered, when there are too many already. */
static struct export *begin(
	struct http_request *request, const struct export_kind *kind, bool csv)
{
	const struct fault no_memory = {FAULT_RETRY, 0, "no memory for an export"};
	struct store *store = read_thread(request)->store;
	const char *org = http_segment(request, "org");
	struct export *export = calloc(1, sizeof(*export));
	enum export_bound bound;

	if (!export) {
		http_answer_unavailable(request, RETRY_AFTER_S, &no_memory);
		return NULL;
	}
	bound = export_slots_take(store->export_slots, org, &export->slot);
	if (bound != EXPORT_BOUND_NONE) {
		free(export);
		answer_bound(request, bound, org);
		return NULL;
	}
	export->kind = kind;
	export->store = store;
	export->csv = csv;
	export->rows = ROWS_FIRST;
	export->cursor = read_newest;
	return export;
}

static bool copy_filters(struct export *export, const struct export_filters *filters)
{
	export->searches = filters->searches;
	for (int i = 0; i < filters->count; i++) {
		const char *value = filters->values[i];

		export->filters[i] = value ? strdup(value) : NULL;
		if (value && !export->filters[i])
			return false;
		export->filter_count = i + 1;
	}
	return true;
}

static bool start(struct http_request *request, struct export *export,
	const char *disposition, struct fault *fault)
{
	return http_answer_stream(request,
		&(struct http_stream){.content_type = export->csv
				? "text/csv; charset=utf-8"
				: "application/x-ndjson",
			.headers =
				(const struct http_answer_header[]){
					{"Content-Disposition", disposition},
					{"Cache-Control", "no-store"}, {NULL, NULL}},
			.more = more,
			.done = free_export,
			.context = export},
		fault);
}

void export_answer(struct http_request *request, const struct export_kind *kind,
	const struct export_filters *filters)
{
	struct fault fault = {.kind = FAULT_RETRY, .text = "no memory for an export"};
	struct export *export;
	char disposition[160];
	bool csv;

	if (!read_format(request, &csv) || !(export = begin(request, kind, csv)))
		return;
	/* {org} of the path is an id, and safe to quote. */
	(void)snprintf(disposition, sizeof(disposition),
		"attachment; filename=\"%s-%s.%s\"", http_segment(request, "org"),
		kind->name, csv ? "csv" : "ndjson");
	if (copy_filters(export, filters) &&
		export_guard_begin(&export->guard, request, &fault) &&
		start(request, export, disposition, &fault))
		return;
	free_export(export);
	read_answer_fault(request, &fault);
}
