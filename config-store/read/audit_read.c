// SPDX-License-Identifier: Apache-2.0
#include "config-store/read/audit_read.h"

#include <string.h>

#include "common/clock.h"
#include "config-store/read/export.h"
#include "config-store/read/read.h"
#include "config-store/read/search.h"

enum { CURSOR_PARTS = 4, FILTERS = 12, TEXT = 11 };

/* clang-format off */
#define RECORD_JSON \
	"json_build_object('id', r.id, 'at', " READ_TIME("r.at") ", 'area'," \
	" r.area, 'action', r.action, 'org_id', r.org, 'team_id', r.team," \
	" 'event_id', r.event_id, 'run_id', r.run_id, 'actor', r.actor, 'reason'," \
	" r.reason, 'detail', r.detail, 'stream', r.stream, 'sequence'," \
	" r.sequence)"

#define RECORD_CELLS \
	READ_TIME("r.at") ", r.area, r.action, r.org, r.team, r.event_id," \
	" r.run_id, r.actor, r.reason, r.detail::text, r.id, r.stream, r.sequence"

#define NEWEST "at DESC, stream DESC, epoch DESC, sequence DESC"

/* `narrow` is a condition that an index of its own serves. */
#define RECORDS(columns, narrow) \
	"SELECT " columns ", " READ_TIME("r.at") ", r.stream, r.epoch, r.sequence" \
	", r.found FROM " READ_CUT("SELECT r.* FROM audit.record r WHERE r.org = $1 AND r.org <> ''" narrow " AND" \
	" ($2::text IS NULL OR r.team = $2) AND ($3::text IS NULL OR r.action =" \
	" $3) AND ($4::text IS NULL OR r.actor = $4) AND ($5::text = '' OR" \
	" (r.event_id ~>=~ $5 AND r.event_id ~<~ $6)) AND ($7::text = '' OR" \
	" (r.run_id ~>=~ $7 AND r.run_id ~<~ $8)) AND ($9::text IS NULL OR r.area" \
	" = $9) AND r.at >= COALESCE($10::timestamptz, '-infinity') AND r.at <" \
	" COALESCE($11::timestamptz, 'infinity') AND ($12::text IS NULL OR" \
	" position(lower($12) IN lower(r.reason)) > 0 OR position(lower($12) IN" \
	" lower(r.detail::text)) > 0) AND (r.at, r.stream, r.epoch, r.sequence) " \
	"< ($13::timestamptz, $14::text, $15::int, $16::bigint) ORDER BY r.at" \
	" DESC, r.stream DESC, r.epoch DESC, r.sequence DESC LIMIT $17::int", NEWEST) " r ORDER BY " NEWEST

#define ANY ""
#define OF_EVENT \
	" AND r.event_id ~>=~ $5 AND r.event_id ~<~ $6 AND r.event_id <> ''"
#define OF_RUN " AND r.run_id ~>=~ $7 AND r.run_id ~<~ $8 AND r.run_id <> ''"
/* clang-format on */

static const char *const columns[] = {"at", "area", "action", "org_id", "team_id",
	"event_id", "run_id", "actor", "reason", "detail", "id", "stream", "sequence",
	NULL};

static const struct export_kind all = {"audit", columns, RECORDS(RECORD_CELLS, ANY),
	RECORDS(RECORD_JSON, ANY), CURSOR_PARTS};
static const struct export_kind of_event = {"audit", columns,
	RECORDS(RECORD_CELLS, OF_EVENT), RECORDS(RECORD_JSON, OF_EVENT), CURSOR_PARTS};
static const struct export_kind of_run = {"audit", columns,
	RECORDS(RECORD_CELLS, OF_RUN), RECORDS(RECORD_JSON, OF_RUN), CURSOR_PARTS};

struct filters {
	struct read_list list;
	struct read_range event, run;
	const struct export_kind *kind;
	const char *values[FILTERS];
};

static bool read_filters(struct http_request *request, struct filters *filters)
{
	struct read_list *list = &filters->list;

	if (!read_list(request, list, CURSOR_PARTS) ||
		!read_id_filter(request, "event", &filters->event) ||
		!read_id_filter(request, "run", &filters->run))
		return false;
	filters->kind = &all;
	if (*filters->event.from)
		filters->kind = &of_event;
	if (*filters->run.from)
		filters->kind = &of_run;
	const char *const values[FILTERS] = {list->org, http_query(request, "team"),
		http_query(request, "action"), http_query(request, "actor"),
		filters->event.from, filters->event.to, filters->run.from,
		filters->run.to, http_query(request, "area"), list->since, list->until,
		http_query(request, "text")};
	memcpy(filters->values, values, sizeof(values));
	return true;
}

/* False, answered, when it is a search that has to wait. */
static bool begin(struct http_request *request, bool by_text)
{
	struct fault busy;

	if (!by_text || search_begin(read_thread(request)->store))
		return true;
	(void)search_busy(&busy);
	http_answer_unavailable(request, 1, &busy);
	return false;
}

void audit_list(void *context, struct http_request *request)
{
	const char *values[FILTERS + CURSOR_PARTS + 1];
	PGresult *rows AUTO(PQclear) = NULL;
	struct filters filters;
	struct fault fault = {0};
	struct store_thread *own = read_thread(request);
	int count = FILTERS;
	bool by_text, done;

	(void)context;
	if (!read_filters(request, &filters))
		return;
	by_text = filters.values[TEXT] != NULL;
	if (!begin(request, by_text))
		return;
	memcpy(values, filters.values, sizeof(filters.values));
	for (int i = 0; i < CURSOR_PARTS; i++)
		values[count++] = filters.list.cursor.parts[i];
	values[count++] = filters.list.limit_text;
	done = (by_text ? search_query : db_query)(
		&rows, own->db, filters.kind->json_sql, values, count, &fault);
	if (by_text)
		search_end(own->store);
	if (done)
		read_answer_list(request, &filters.list, rows, CURSOR_PARTS);
	else
		read_answer_fault(request, &fault);
}

void audit_export(void *context, struct http_request *request)
{
	enum { UNTIL = 10 };
	struct filters filters;
	char now[CLOCK_TEXT_SIZE];

	(void)context;
	if (!read_filters(request, &filters))
		return;
	/* What is written while it goes on is not part of it. */
	if (!filters.values[UNTIL])
		filters.values[UNTIL] = clock_text(clock_wall_us(), now);
	export_answer(request, filters.kind,
		&(struct export_filters){
			filters.values, FILTERS, filters.values[TEXT] != NULL});
}
