// SPDX-License-Identifier: Apache-2.0
// What people think of runs: one word for each user and source, the latest, however
// often it is sent; and how many there are of each.
#include <string.h>

#include "common/clock.h"
#include "common/metrics.h"
#include "config-store/body.h"
#include "config-store/handlers.h"
#include "config-store/read/read.h"

enum { WORD_MAX_BYTES = 40, NAME_MAX_BYTES = 200 };

static struct metric feedback_total = {.type = METRIC_COUNTER,
	.name = "tocsin_feedback_total",
	.help = "Opinions about runs that were stored, repeated ones too",
	.labels = {"feedback"}};

/* clang-format off */
static const char put_sql[] =
	"WITH run AS (SELECT run_id, org_id, team_id FROM config.run WHERE run_id"
	" = $1 AND ($7::text IS NULL OR (org_id = $7 AND team_id = $8))), put AS"
	" (INSERT INTO config.feedback AS old (id, run_id, org_id, team_id, "
	"feedback, source, user_id, correlation_id) SELECT $2, run.run_id,"
	" run.org_id, run.team_id, $3, $4, $5, $6 FROM run ON CONFLICT (run_id,"
	" user_id, source) DO UPDATE SET feedback = excluded.feedback, "
	"changed_at = CASE WHEN old.feedback = excluded.feedback THEN"
	" old.changed_at ELSE clock_timestamp() END RETURNING old.*, old.xmax = 0"
	" AS created) SELECT json_build_object('id', id, 'run_id', run_id, "
	"'feedback_type', feedback, 'source', source, 'user_id', user_id, "
	"'created_at', " READ_TIME("created_at") ", 'changed_at', "
	READ_TIME("changed_at") "), created FROM put";

static const char stats_sql[] =
	"WITH counted AS (SELECT source, count(*) FILTER (WHERE feedback ="
	" 'positive') AS positive, count(*) FILTER (WHERE feedback = 'negative')"
	" AS negative FROM config.feedback WHERE ($1::text IS NULL OR org_id ="
	" $1) AND ($2::text IS NULL OR team_id = $2) AND created_at >="
	" COALESCE($3::timestamptz, '-infinity') AND created_at <"
	" COALESCE($4::timestamptz, 'infinity') GROUP BY source), summed AS"
	" (SELECT COALESCE(sum(positive), 0) AS positive, "
	"COALESCE(sum(negative), 0) AS negative FROM counted) SELECT"
	" json_build_object('total', positive + negative, 'positive', positive,"
	" 'negative', negative, 'positive_rate', COALESCE(round(positive /"
	" NULLIF(positive + negative, 0), 4), 0), 'by_source', COALESCE((SELECT"
	" json_object_agg(source, json_build_object( 'positive',"
	" counted.positive, 'negative', counted.negative)) FROM counted), '{}'))"
	" FROM summed";
/* clang-format on */

struct opinion {
	const char *run, *feedback, *source, *user, *correlation;
};

static bool is_source(const char *word)
{
	size_t len = strlen(word);

	return len > 0 && len <= WORD_MAX_BYTES &&
		strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}

static bool check(
	const struct call *call, const struct opinion *opinion, struct fault *fault)
{
	if (strcmp(opinion->feedback, "positive") != 0 &&
		strcmp(opinion->feedback, "negative") != 0)
		return refuse(call->thread, fault, 400, "invalid_feedback",
			"'feedback' must be positive or negative");
	if (!is_source(opinion->source))
		return refuse(call->thread, fault, 400, "invalid_body",
			"'source' must be a word of at most %d small letters, digits, "
			"'_' and '-'",
			WORD_MAX_BYTES);
	return body_run(call, opinion->run, fault);
}

static bool read_opinion(const struct call *call, struct opinion *opinion,
	const json_t *body, const char *source, struct fault *fault)
{
	return call_needed(call, &opinion->feedback, body, "feedback", fault) &&
		call_string(call, &opinion->source, body, "source", source, fault) &&
		body_short(call, &opinion->user, body, "user_id", NAME_MAX_BYTES, "",
			fault) &&
		body_short(call, &opinion->correlation, body, "correlation_id",
			NAME_MAX_BYTES, "", fault) &&
		check(call, opinion, fault);
}

/* `caller` NULL: any run; else only its team's, others are as if they were not. */
static bool put(const struct call *call, const struct opinion *opinion,
	const struct caller *caller, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	char id[UUID_SIZE];

	if (!db_query(&rows, call->thread->db, put_sql,
		    DB_VALUES(opinion->run, id_make(id), opinion->feedback,
			    opinion->source, opinion->user, opinion->correlation,
			    caller ? caller->org : NULL, caller ? caller->team : NULL),
		    fault))
		return false;
	if (PQntuples(rows) == 0)
		return refuse(call->thread, fault, 404, "not_found",
			"there is no run %s", opinion->run);
	metric_add(metric_with(&feedback_total, opinion->feedback, NULL, NULL), 1);
	body_answer(call, db_bool(rows, 0, 1) ? 201 : 200, db_value(rows, 0, 0));
	return true;
}

bool feedback_post(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	struct opinion opinion;

	return call_body(call, &body, false, fault) &&
		call_needed(call, &opinion.run, body, "run_id", fault) &&
		read_opinion(call, &opinion, body, "unknown", fault) &&
		put(call, &opinion, NULL, fault);
}

bool feedback_post_team(struct call *call, struct fault *fault)
{
	json_t *body AUTO(json_decref) = NULL;
	struct opinion opinion = {.run = call_segment(call, "id")};

	return call_body(call, &body, false, fault) &&
		read_opinion(call, &opinion, body, "team", fault) &&
		put(call, &opinion, &call->thread->caller, fault);
}

static bool read_time(const struct call *call, const char **out, const char *name,
	struct fault *fault)
{
	int64_t at_us;

	*out = http_query(call->request, name);
	return !*out || clock_parse(&at_us, *out) ||
		refuse(call->thread, fault, 400, "invalid_time",
			"%s must be a time like 2026-11-23T16:00:00Z", name);
}

static bool answer_stats(
	const struct call *call, const char *org, const char *team, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	const char *since, *until;

	if (!read_time(call, &since, "since", fault) ||
		!read_time(call, &until, "until", fault) ||
		!db_query(&rows, call->thread->db, stats_sql,
			DB_VALUES(org, team, since, until), fault))
		return false;
	body_answer(call, 200, db_value(rows, 0, 0));
	return true;
}

/* A team's id may be another organisation's too. */
bool feedback_stats(struct call *call, struct fault *fault)
{
	const char *org = http_query(call->request, "org_id");
	const char *team = http_query(call->request, "team_node_id");

	if (team && !org)
		return refuse(call->thread, fault, 400, "org_needed",
			"team_node_id needs org_id: the id of a team says nothing "
			"without its organisation's");
	return answer_stats(call, org, team, fault);
}

bool feedback_stats_org(struct call *call, struct fault *fault)
{
	return answer_stats(call, call_segment(call, "org"),
		http_query(call->request, "team"), fault);
}

bool feedback_stats_team(struct call *call, struct fault *fault)
{
	const struct caller *caller = &call->thread->caller;

	return answer_stats(call, caller->org, caller->team, fault);
}
