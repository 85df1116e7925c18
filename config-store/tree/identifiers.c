// SPDX-License-Identifier: Apache-2.0
#include "config-store/tree/identifiers.h"

#include <string.h>

#include "common/identifier.h"
#include "common/json.h"
#include "config-store/config/problem.h"

enum { VALUES_MAX = 1000, TRIES = 10 };

struct claim {
	enum identifier_type type;
	char value[IDENTIFIER_SIZE];
};

struct claims {
	struct claim *items;
	size_t count;
};

static int compare(const void *a, const void *b)
{
	const struct claim *left = a, *right = b;
	int by_type = strcmp(
		identifier_kinds[left->type].name, identifier_kinds[right->type].name);

	return by_type ? by_type : strcmp(left->value, right->value);
}

static void add_value(struct claims *claims, enum identifier_type type,
	const json_t *value, size_t index, json_t *problems)
{
	struct claim *claim = &claims->items[claims->count];
	struct fault fault = {0};
	char path[128];

	claim->type = type;
	if (json_is_string(value) &&
		identifier_normalise(
			claim->value, type, json_string_value(value), &fault)) {
		claims->count++;
		return;
	}
	(void)snprintf(path, sizeof(path), "/routing/%s/%zu",
		identifier_kinds[type].config_key, index);
	problem_add(problems, path, "%s",
		json_is_string(value) ? fault.text : "must be a string");
}

static void add_values(struct claims *claims, enum identifier_type type,
	const json_t *values, json_t *problems)
{
	const json_t *value;
	char path[128];
	size_t index;

	(void)snprintf(
		path, sizeof(path), "/routing/%s", identifier_kinds[type].config_key);
	if (values && !json_is_array(values))
		problem_add(problems, path, "must be an array of strings");
	else if (json_array_size(values) > VALUES_MAX)
		problem_add(problems, path, "has %zu values; %d is the most",
			json_array_size(values), VALUES_MAX);
	else
		json_array_foreach(values, index, value)
			add_value(claims, type, value, index, problems);
}

static json_t *print(struct claims *claims)
{
	json_t *list AUTO(json_decref) = json_array();

	if (claims->count > 0)
		qsort(claims->items, claims->count, sizeof(*claims->items), compare);
	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *claim = &claims->items[i];

		if (i > 0 && compare(claim - 1, claim) == 0)
			continue;
		if (json_array_append_new(list,
			    json_pack("{ss,ss}", "type",
				    identifier_kinds[claim->type].name, "value",
				    claim->value)) < 0)
			return NULL;
	}
	return TAKE(list);
}

json_t *identifiers_of(const json_t *config, json_t *problems)
{
	const json_t *routing = json_object_get(config, "routing");
	struct claims claims = {0};
	json_t *list = NULL;
	size_t most = 1;

	for (int type = 0; type < IDENTIFIER_TYPES; type++)
		most += json_array_size(
			json_object_get(routing, identifier_kinds[type].config_key));
	claims.items = calloc(most, sizeof(struct claim));
	if (!claims.items)
		return NULL;
	for (int type = 0; type < IDENTIFIER_TYPES; type++)
		add_values(&claims, type,
			json_object_get(routing, identifier_kinds[type].config_key),
			problems);
	list = print(&claims);
	free(claims.items);
	return list;
}

static const char claim_sql[] =
	"WITH wanted AS (SELECT type, value FROM json_to_recordset($3::json)"
	"  AS wanted(type text, value text)),"
	" dropped AS (DELETE FROM config.identifier mine WHERE org_id = $1"
	"  AND team_id = $2 AND NOT EXISTS (SELECT FROM wanted WHERE"
	"  wanted.type = mine.type AND wanted.value = mine.value))"
	" INSERT INTO config.identifier (type, value, org_id, team_id)"
	" SELECT type, value, $1, $2 FROM wanted ORDER BY type, value"
	" ON CONFLICT DO NOTHING";

/* A second statement: it sees what others committed while the first one waited. */
static const char clash_sql[] =
	"SELECT type, value, org_id, team_id FROM config.identifier"
	" JOIN json_to_recordset($3::json) AS wanted(type text, value text)"
	"  USING (type, value)"
	" WHERE (org_id, team_id) <> ($1, $2) ORDER BY type, value";

static json_t *describe(const struct caller *caller, const PGresult *rows, int row)
{
	const char *type = db_value(rows, row, 0), *value = db_value(rows, row, 1);
	const char *org = db_value(rows, row, 2);

	if (!caller_sees(caller, org))
		return json_pack("{ss,ss,ss}", "type", type, "value", value, "owner",
			"taken by another organisation");
	return json_pack("{ss,ss,ss,ss}", "type", type, "value", value, "org_id", org,
		"team_id", db_value(rows, row, 3));
}

static bool refuse_clashes(
	struct store_thread *thread, const PGresult *rows, struct fault *fault)
{
	bool visible = caller_sees(&thread->caller, db_value(rows, 0, 2));
	json_t *clashes AUTO(json_decref) = json_array();

	for (int i = 0; i < PQntuples(rows); i++)
		if (json_array_append_new(clashes, describe(&thread->caller, rows, i)) <
			0)
			return fault_set(fault, FAULT_RETRY, "no memory for clashes");
	(void)refuse(thread, fault, 409, "identifier_taken",
		"%s %s belongs to %s%s%s; %d in all are taken. Remove them here or "
		"there, then send this again",
		db_value(rows, 0, 0), db_value(rows, 0, 1),
		visible ? db_value(rows, 0, 2) : "another organisation",
		visible ? "/" : "", visible ? db_value(rows, 0, 3) : "",
		PQntuples(rows));
	refuse_with_list(thread, "clashes", TAKE(clashes));
	return false;
}

static bool check_clashes(struct store_thread *thread, const char *org,
	const char *team, const char *wanted, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	return db_query(&rows, thread->db, clash_sql, DB_VALUES(org, team, wanted),
		       fault) &&
		(PQntuples(rows) == 0 || refuse_clashes(thread, rows, fault));
}

static const char missing_sql[] =
	"SELECT count(*) FROM json_to_recordset($3::json)"
	" AS wanted(type text, value text)"
	" LEFT JOIN config.identifier mine ON mine.type = wanted.type"
	"  AND mine.value = wanted.value AND mine.org_id = $1 AND mine.team_id = $2"
	" WHERE mine.type IS NULL";

static bool count_missing(
	int64_t *out, struct db *db, const char *const claim[3], struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, db, missing_sql, claim, 3, fault))
		return false;
	*out = db_integer(rows, 0, 0);
	return true;
}

/*
 * An owner who lets go of a value between the two statements was in the way of the first
 * one, and the second one does not see it any more: then all begins anew.
 */
bool identifiers_claim(struct store_thread *thread, const char *org, const char *team,
	const json_t *list, struct fault *fault)
{
	char *wanted AUTO(free) = json_print(list);
	int64_t missing = 1;

	if (!wanted)
		return fault_set(fault, FAULT_RETRY, "no memory for identifiers");
	for (int tried = 0; missing > 0 && tried < TRIES; tried++)
		if (!db_execute(thread->db, claim_sql, DB_VALUES(org, team, wanted),
			    NULL, fault) ||
			!check_clashes(thread, org, team, wanted, fault) ||
			!count_missing(&missing, thread->db,
				(const char *const[]){org, team, wanted}, fault))
			return false;
	return missing == 0 ||
		fault_set(fault, FAULT_RETRY,
			"%s/%s: others claim and free its identifiers all the time",
			org, team);
}

bool identifiers_free(struct store_thread *thread, const char *org, const char *team,
	const json_t *list, struct fault *fault)
{
	char *wanted AUTO(free) = json_print(list);

	if (!wanted)
		return fault_set(fault, FAULT_RETRY, "no memory for identifiers");
	return check_clashes(thread, org, team, wanted, fault);
}
