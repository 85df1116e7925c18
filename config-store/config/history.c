// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/history.h"

#include "config-store/config/config.h"
#include "config-store/config/config_diff.h"
#include "config-store/secrets/secrets.h"

enum { ID, VERSION, PREVIOUS_VERSION, AT, BY, REASON, PREVIOUS, CONFIG };

/* A row that would make the page too large comes without its documents; the first never
 * does. */
static const char list_sql[] =
	"WITH page AS (SELECT *, octet_length(previous_config::text) +"
	"  octet_length(config::text) AS size FROM config.node_config_history"
	"  WHERE org_id = $1 AND node_id = $2"
	"  AND id < coalesce(nullif($3, '')::bigint, 9223372036854775807)"
	"  ORDER BY id DESC LIMIT $4::bigint),"
	" sized AS (SELECT *, sum(size) OVER (ORDER BY id DESC) - size < 4194304 AS "
	"fits"
	"  FROM page)"
	" SELECT id, version, previous_version,"
	" to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
	" changed_by, reason, CASE WHEN fits THEN previous_config END,"
	" CASE WHEN fits THEN config END"
	" FROM sized ORDER BY id DESC";

/* Version numbers of nodes that were deleted before they went on counting may repeat. */
static const char document_sql[] =
	"WITH said AS ((SELECT config, id FROM config.node_config_history"
	"  WHERE org_id = $1 AND node_id = $2 AND version = $3::bigint)"
	" UNION ALL (SELECT previous_config, id FROM config.node_config_history"
	"  WHERE org_id = $1 AND node_id = $2 AND previous_version = $3::bigint)"
	" UNION ALL (SELECT config, 9223372036854775807 FROM config.node_config"
	"  WHERE org_id = $1 AND node_id = $2 AND version = $3::bigint))"
	" SELECT config FROM said ORDER BY id DESC LIMIT 1";

static bool no_memory(struct fault *fault)
{
	return fault_set(fault, FAULT_RETRY, "no memory for a history");
}

static bool describe(json_t **out, const PGresult *rows, int row, struct fault *fault)
{
	json_t *before AUTO(json_decref) = NULL, *after AUTO(json_decref) = NULL;
	json_t *diff AUTO(json_decref) = NULL;

	if (!json_parse_object(&before, db_value(rows, row, PREVIOUS), fault) ||
		!json_parse_object(&after, db_value(rows, row, CONFIG), fault) ||
		!config_diff_make(&diff, before, after, fault))
		return false;
	*out = json_pack("{sI,sI,ss,ss,ss,sO}", "version",
		(json_int_t)db_integer(rows, row, VERSION), "previous_version",
		(json_int_t)db_integer(rows, row, PREVIOUS_VERSION), "changed_at",
		db_value(rows, row, AT), "changed_by", db_value(rows, row, BY),
		"reason", db_value(rows, row, REASON), "diff", diff);
	return *out || no_memory(fault);
}

static bool describe_all(
	json_t **out, const PGresult *rows, long limit, struct fault *fault)
{
	json_t *items AUTO(json_decref) = json_array();
	int count = PQntuples(rows), i = 0;

	for (; i < count && i < limit && db_value(rows, i, CONFIG); i++) {
		json_t *item;

		if (!describe(&item, rows, i, fault))
			return false;
		if (json_array_append_new(items, item) < 0)
			return no_memory(fault);
	}
	*out = json_pack("{sO,ss?}", "items", items, "next",
		i < count ? db_value(rows, i - 1, ID) : NULL);
	return *out || no_memory(fault);
}

static bool check_node(struct store_thread *thread, const struct history_place *place,
	struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, thread->db,
		    "SELECT FROM config.node WHERE org_id = $1 AND node_id = $2",
		    DB_VALUES(place->org, place->node), fault))
		return false;
	return PQntuples(rows) > 0 ||
		config_no_node(thread, place->org, place->node, fault);
}

bool history_list(json_t **out, struct store_thread *thread,
	const struct history_place *place, const char *before, long limit,
	struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	char more[24];

	(void)snprintf(more, sizeof(more), "%ld", limit + 1);
	if (!db_query(&rows, thread->db, list_sql,
		    DB_VALUES(place->org, place->node, before, more), fault))
		return false;
	if (PQntuples(rows) == 0 && !*before && !check_node(thread, place, fault))
		return false;
	return describe_all(out, rows, limit, fault);
}

bool history_document(json_t **out, struct store_thread *thread,
	const struct history_place *place, int64_t version, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)version);
	if (!db_query(&rows, thread->db, document_sql,
		    DB_VALUES(place->org, place->node, text), fault))
		return false;
	if (PQntuples(rows) > 0)
		return json_parse_object(out, db_value(rows, 0, 0), fault);
	return check_node(thread, place, fault) &&
		refuse(thread, fault, 404, "no_such_version",
			"%s/%s never had a version %s", place->org, place->node, text);
}

bool history_show(json_t **out, struct store_thread *thread,
	const struct history_place *place, int64_t version, struct fault *fault)
{
	json_t *document AUTO(json_decref) = NULL;

	if (!history_document(&document, thread, place, version, fault) ||
		!secrets_redact(document, fault))
		return false;
	*out = json_pack("{sI,sO}", "version", (json_int_t)version, "config", document);
	return *out || no_memory(fault);
}

bool history_compare(json_t **out, struct store_thread *thread,
	const struct history_place *place, const int64_t versions[2],
	struct fault *fault)
{
	json_t *from AUTO(json_decref) = NULL, *to AUTO(json_decref) = NULL;
	json_t *diff AUTO(json_decref) = NULL;

	if (!history_document(&from, thread, place, versions[0], fault) ||
		!history_document(&to, thread, place, versions[1], fault) ||
		!config_diff_make(&diff, from, to, fault))
		return false;
	*out = json_pack("{sI,sI,sO}", "from", (json_int_t)versions[0], "to",
		(json_int_t)versions[1], "diff", diff);
	return *out || no_memory(fault);
}
