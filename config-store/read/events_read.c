// SPDX-License-Identifier: Apache-2.0
#include "config-store/read/events_read.h"

#include <string.h>

#include "config-store/read/read.h"
#include "config-store/read/runs_read.h"

enum { CURSOR_PARTS = 4 };

#define DECISIONS "('event.routed', 'event.unrouted', 'event.ignored')"
#define ARRIVALS "('event.received', 'event.refused')"

/* Needs `r`, the arrival, and `o`, the router's word; either may be all NULL. */
#define OUTCOME                                                   \
	"CASE WHEN o.action IS NOT NULL THEN substr(o.action, 7)" \
	" WHEN r.action = 'event.refused' THEN 'refused' ELSE 'received' END"

#define EVENT_JSON(event_id)                                                           \
	"json_build_object('event_id', " event_id                                      \
	", 'source', COALESCE(r.source, o.source),"                                    \
	" 'kind', COALESCE(r.kind, o.kind),"                                           \
	" 'delivery_id', COALESCE(r.delivery_id, o.delivery_id),"                      \
	" 'received_at', " READ_TIME(                                                  \
		"COALESCE(r.at, o.at)") ","                                            \
					" 'stored_at', " READ_TIME(                    \
						"r.stored_at") ", 'outcome', " OUTCOME \
							       ","                     \
							       " 'org_id', "           \
							       "COALESCE(o.org, "      \
							       "r.org), 'team_id', "   \
							       "COALESCE(o.team, "     \
							       "r.team),"              \
							       " 'reason', "           \
							       "COALESCE(o.reason, "   \
							       "r.reason))"

/* A refused delivery has no event id: its record's id stands for it. */
#define ARRIVAL_ID "COALESCE(NULLIF(r.event_id, ''), r.id)"

#define CURSOR(row) \
	READ_TIME(row ".at") ", " row ".stream, " row ".epoch, " row ".sequence"

#define PAGE(row)                                                                  \
	" AND " row ".at < COALESCE($7::timestamptz, 'infinity')"                  \
	" AND (" row ".at, " row ".stream, " row ".epoch, " row ".sequence)"       \
	" < ($8::timestamptz, $9::text, $10::int, $11::bigint)"                    \
	" ORDER BY " row ".at DESC, " row ".stream DESC, " row ".epoch DESC, " row \
	".sequence DESC LIMIT $12::int"

/* Along the arrivals: without an organisation or a decision to look for. */
static const char list_arrivals[] = "SELECT " EVENT_JSON(ARRIVAL_ID) ", " CURSOR(
	"r") " FROM audit.record r"
	     " LEFT JOIN LATERAL (SELECT * FROM audit.record d"
	     " WHERE d.event_id = r.event_id AND d.event_id <> '' AND d.action "
	     "IN " DECISIONS " ORDER BY d.at DESC, d.sequence DESC LIMIT 1) o ON true"
	     " WHERE r.action IN " ARRIVALS
	     " AND NOT EXISTS (SELECT FROM audit.record f WHERE f.event_id = r.event_id"
	     " AND f.event_id <> '' AND f.action = 'event.received'"
	     " AND r.action = 'event.received'"
	     " AND (f.at, f.epoch, f.sequence) < (r.at, r.epoch, r.sequence))"
	     " AND ($1::text IS NULL OR r.org = $1) AND ($2::text IS NULL OR r.team = "
	     "$2)"
	     " AND ($3::text IS NULL OR r.source = $3) AND ($4::text IS NULL OR r.kind "
	     "= $4)"
	     " AND ($5::text IS NULL OR $5 = " OUTCOME ")"
	     " AND r.at >= COALESCE($6::timestamptz, '-infinity')" PAGE("r");

/* Along the decisions: few of many events, found by index. */
static const char list_decisions[] = "SELECT " EVENT_JSON("o.event_id") ", " CURSOR(
	"o") " FROM audit.record o"
	     " LEFT JOIN LATERAL (SELECT * FROM audit.record f"
	     " WHERE f.event_id = o.event_id AND f.event_id <> ''"
	     " AND f.action = 'event.received' ORDER BY f.at, f.sequence LIMIT 1) r ON "
	     "true"
	     " WHERE o.action IN " DECISIONS
	     " AND NOT EXISTS (SELECT FROM audit.record d WHERE d.event_id = o.event_id"
	     " AND d.event_id <> '' AND d.action IN " DECISIONS
	     " AND (d.at, d.stream, d.epoch, d.sequence)"
	     " > (o.at, o.stream, o.epoch, o.sequence))"
	     " AND ($1::text IS NULL OR o.org = $1) AND ($2::text IS NULL OR o.team = "
	     "$2)"
	     " AND ($3::text IS NULL OR COALESCE(r.source, o.source) = $3)"
	     " AND ($4::text IS NULL OR COALESCE(r.kind, o.kind) = $4)"
	     " AND ($5::text IS NULL OR o.action = 'event.' || $5)"
	     " AND o.at >= COALESCE($6::timestamptz, '-infinity')" PAGE("o");

/* $2 is the organisation that the caller is held to, or NULL. */
static const char find_id[] =
	"SELECT DISTINCT event_id FROM audit.record WHERE event_id ~>=~ $1"
	" AND event_id ~<~ $3 AND event_id <> '' AND ($2::text IS NULL OR org = $2)"
	" UNION SELECT id FROM audit.record WHERE id ~>=~ $1 AND id ~<~ $3"
	" AND action = 'event.refused' AND event_id = ''"
	" AND ($2::text IS NULL OR org = $2) ORDER BY 1 LIMIT 10";

/* $1 the id, $2 as above. An organisation also sees how its own event came in. */
static const char show_event[] =
	"WITH runs AS (SELECT * FROM config.run WHERE event_id = $1"
	" AND ($2::text IS NULL OR org_id = $2)),"
	" found AS (SELECT * FROM audit.record WHERE event_id = $1 AND event_id <> ''"
	" UNION SELECT r.* FROM runs JOIN audit.record r ON r.run_id = runs.run_id"
	" AND r.run_id <> ''"
	" UNION SELECT * FROM audit.record WHERE id = $1 AND action = 'event.refused'),"
	" hops AS (SELECT * FROM found WHERE $2::text IS NULL OR org = $2"
	" OR (org = '' AND action = 'event.received'))"
	" SELECT json_build_object('event', (SELECT " EVENT_JSON(
		"$1") " FROM (SELECT) one"
		      " LEFT JOIN LATERAL (SELECT * FROM hops WHERE action IN " ARRIVALS
		      " ORDER BY at, sequence LIMIT 1) r ON true"
		      " LEFT JOIN LATERAL (SELECT * FROM hops WHERE action "
		      "IN " DECISIONS
		      " ORDER BY at DESC, sequence DESC LIMIT 1) o ON true),"
		      " 'hops', (SELECT COALESCE(json_agg(" HOP_JSON
		      "), '[]') FROM (SELECT * FROM hops"
		      " ORDER BY at, stored_at, sequence) h),"
		      " 'runs', (SELECT COALESCE(json_agg(" RUN_JSON(
			      ", 'steps', " STEPS_JSON) "), '[]')"
							" FROM (SELECT * FROM runs "
							"ORDER BY created_at, run_id) "
							"run))";

const char *events_story_sql(void)
{
	return show_event;
}

static bool is_outcome(const char *word)
{
	static const char *const outcomes[] = {
		"received", "routed", "unrouted", "ignored", "refused"};

	for (size_t i = 0; i < countof(outcomes); i++)
		if (strcmp(word, outcomes[i]) == 0)
			return true;
	return false;
}

/* Whether the list is made of what the router decided. */
static bool wants_decisions(
	const struct read_list *list, const char *team, const char *outcome)
{
	if (outcome &&
		(strcmp(outcome, "received") == 0 || strcmp(outcome, "refused") == 0))
		return false;
	return list->org || team || outcome;
}

void events_list(void *context, struct http_request *request)
{
	const char *team = http_query(request, "team");
	const char *outcome = http_query(request, "outcome");
	PGresult *rows AUTO(PQclear) = NULL;
	struct fault fault = {0};
	struct read_list list;
	const char *sql;

	(void)context;
	if (!read_list(request, &list, CURSOR_PARTS))
		return;
	if (outcome && !is_outcome(outcome)) {
		http_answer_error(request, 400, "invalid_outcome",
			"outcome=%.40s: must be received, routed, unrouted, ignored or "
			"refused",
			outcome);
		return;
	}
	sql = wants_decisions(&list, team, outcome) ? list_decisions : list_arrivals;
	if (db_query(&rows, read_thread(request)->db, sql,
		    DB_VALUES(list.org, team, http_query(request, "source"),
			    http_query(request, "kind"), outcome, list.since,
			    list.until, list.cursor.parts[0], list.cursor.parts[1],
			    list.cursor.parts[2], list.cursor.parts[3],
			    list.limit_text),
		    &fault))
		read_answer_list(request, &list, rows, CURSOR_PARTS);
	else
		read_answer_fault(request, &fault);
}

void events_show(void *context, struct http_request *request)
{
	(void)context;
	read_show(request, "event", find_id, show_event);
}
