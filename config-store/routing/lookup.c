// SPDX-License-Identifier: Apache-2.0
#include "config-store/routing/lookup.h"

#include <string.h>

#include "common/json.h"

void lookup_done(struct lookup *lookup)
{
	json_decref(lookup->unknown);
	lookup->unknown = NULL;
}

static bool no_memory(struct fault *fault)
{
	return fault_set(fault, FAULT_RETRY, "no memory for a look-up");
}

static bool add_unknown(struct lookup *lookup, const char *type, struct fault *fault)
{
	char *name AUTO(free) = store_text(type, LOOKUP_WORDS_MAX);

	if (!lookup->unknown)
		lookup->unknown = json_array();
	return (name &&
		       json_array_append_new(lookup->unknown, json_string(name)) ==
			       0) ||
		no_memory(fault);
}

bool lookup_add(
	struct lookup *lookup, const char *type, const char *value, struct fault *fault)
{
	enum identifier_type found;
	struct fault why = {.text = "must be a string"};
	struct lookup_try *try;

	if (!identifier_type_parse(&found, type))
		return add_unknown(lookup, type, fault);
	try = &lookup->tries[found];
	*try = (struct lookup_try){.asked = true};
	try->valid = value && identifier_normalise(try->value, found, value, &why);
	if (!try->valid) {
		try->value[0] = '\0';
		(void)snprintf(try->problem, sizeof(try->problem), "%.*s",
			(int)text_cut(why.text, sizeof(try->problem) - 1), why.text);
	}
	return true;
}

/* The first column tells which of `asked` a row is of. */
static void fill(struct lookup *lookup, const PGresult *rows, const int *asked)
{
	for (int i = 0; i < PQntuples(rows); i++) {
		struct lookup_try *try = &lookup->tries[asked[db_integer(rows, i, 0)]];

		(void)snprintf(try->org, sizeof(try->org), "%s", db_value(rows, i, 1));
		(void)snprintf(
			try->team, sizeof(try->team), "%s", db_value(rows, i, 2));
	}
}

/* Owned by a team that the look-up is about. */
static bool counts(const struct lookup *lookup, const struct lookup_try *try)
{
	return try->team[0] &&
		(!lookup->org || !*lookup->org || strcmp(try->org, lookup->org) == 0);
}

/* clang-format off */
#define FIND(number, type, value) \
	"SELECT " #number ", org_id, team_id FROM config.identifier" \
	" WHERE type = $" #type " AND value = $" #value
#define AND_FIND(number, type, value) " UNION ALL " FIND(number, type, value)

#define FIND_1 FIND(0, 1, 2)
#define FIND_2 FIND_1 AND_FIND(1, 3, 4)
#define FIND_3 FIND_2 AND_FIND(2, 5, 6)
#define FIND_4 FIND_3 AND_FIND(3, 7, 8)
#define FIND_5 FIND_4 AND_FIND(4, 9, 10)
#define FIND_6 FIND_5 AND_FIND(5, 11, 12)
#define FIND_7 FIND_6 AND_FIND(6, 13, 14)
/* clang-format on */

/*
 * A statement for each number of identifiers, mostly one: so many looks at the primary
 * key, and nothing for PostgreSQL to guess. A list as a parameter, unpacked there, costs
 * it twice as much.
 */
static const char *const find_sql[] = {
	NULL, FIND_1, FIND_2, FIND_3, FIND_4, FIND_5, FIND_6, FIND_7};

_Static_assert(
	countof(find_sql) == IDENTIFIER_TYPES + 1, "one for each number of types");

static bool find(struct lookup *lookup, struct db *db, struct fault *fault)
{
	const char *values[2 * IDENTIFIER_TYPES];
	int asked[IDENTIFIER_TYPES], count = 0, filled = 0;
	PGresult *rows AUTO(PQclear) = NULL;

	for (int i = 0; i < IDENTIFIER_TYPES; i++)
		if (lookup->tries[i].valid) {
			values[filled++] = identifier_kinds[i].name;
			values[filled++] = lookup->tries[i].value;
			asked[count++] = i;
		}
	if (count == 0)
		return true;
	if (!db_query(&rows, db, find_sql[count], values, filled, fault))
		return false;
	fill(lookup, rows, asked);
	return true;
}

bool lookup_run(struct lookup *lookup, struct store_thread *thread, struct fault *fault)
{
	if (!find(lookup, thread->db, fault))
		return false;
	lookup->matched = 0;
	while (lookup->matched < IDENTIFIER_TYPES &&
		!counts(lookup, &lookup->tries[lookup->matched]))
		lookup->matched++;
	if (lookup->matched == IDENTIFIER_TYPES)
		lookup->matched = -1;
	return true;
}

/* The types whose values were compared: in order, up to the one that decided. */
static json_t *tried(const struct lookup *lookup)
{
	json_t *list = json_array();
	int last = lookup->matched < 0 ? IDENTIFIER_TYPES - 1 : lookup->matched;

	for (int i = 0; i <= last; i++)
		if (lookup->tries[i].valid &&
			json_array_append_new(
				list, json_string(identifier_kinds[i].name)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *invalid(const struct lookup *lookup)
{
	json_t *list = json_array();

	for (int i = 0; i < IDENTIFIER_TYPES; i++)
		if (lookup->tries[i].asked && !lookup->tries[i].valid &&
			json_array_append_new(list,
				json_pack("{ss,ss}", "type", identifier_kinds[i].name,
					"message", lookup->tries[i].problem)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

/* What became of a try, and why in words. */
static const char *outcome(const struct lookup *lookup, int which, const char **why)
{
	const struct lookup_try *try = &lookup->tries[which];

	if (!try->asked) {
		*why = "the event has no identifier of this type";
		return "absent";
	}
	if (!try->valid) {
		*why = try->problem;
		return "invalid";
	}
	if (!try->team[0]) {
		*why = "no team claims this value";
		return "unclaimed";
	}
	if (which == lookup->matched) {
		*why = "the first in order that a team claims";
		return "matched";
	}
	if (!counts(lookup, try)) {
		*why = "its team is not in the organisation that was asked for";
		return "other_organisation";
	}
	*why = "a type before it in order decided";
	return "shadowed";
}

/* Adds whose it is, as far as the caller may know. */
static bool add_owner(
	json_t *object, const struct lookup_try *try, const struct caller *caller)
{
	bool visible = try && try->team[0] && caller_sees(caller, try->org);

	if (try && try->team[0] && !visible &&
		json_object_set_new(
			object, "owner", json_string("another organisation")) < 0)
		return false;
	return json_object_set_new(object, "org_id",
		       visible ? json_string(try->org) : json_null()) == 0 &&
		json_object_set_new(object, "team_node_id",
			visible ? json_string(try->team) : json_null()) == 0;
}

static json_t *explain_one(
	const struct lookup *lookup, int which, const struct caller *caller)
{
	const struct lookup_try *try = &lookup->tries[which];
	const char *why, *word = outcome(lookup, which, &why);
	json_t *line AUTO(json_decref) = json_pack("{ss,ss?,sb,ss,ss}", "type",
		identifier_kinds[which].name, "value", try->valid ? try->value : NULL,
		"known", try->team[0] != '\0', "outcome", word, "why", why);

	if (!line || !add_owner(line, try, caller))
		return NULL;
	return TAKE(line);
}

static json_t *explain(const struct lookup *lookup, const struct caller *caller)
{
	json_t *list AUTO(json_decref) = json_array();

	for (int i = 0; i < IDENTIFIER_TYPES; i++)
		if (json_array_append_new(list, explain_one(lookup, i, caller)) < 0)
			return NULL;
	return TAKE(list);
}

/* team_id is what this was called before; both are there. */
static bool add_winner(
	json_t *answer, const struct lookup_try *winner, const struct caller *caller)
{
	return add_owner(answer, winner, caller) &&
		json_object_set(answer, "team_id",
			json_object_get(answer, "team_node_id")) == 0;
}

json_t *lookup_print(
	const struct lookup *lookup, const struct caller *caller, bool explains)
{
	int matched = lookup->matched;
	const struct lookup_try *winner = matched < 0 ? NULL : &lookup->tries[matched];
	json_t *answer AUTO(json_decref) = json_pack("{sb,sn,ss?,ss?,so,so,sO?}",
		"found", winner != NULL, "team_token", "matched_by",
		winner ? identifier_kinds[matched].name : NULL, "matched_value",
		winner ? winner->value : NULL, "tried", tried(lookup), "invalid",
		invalid(lookup), "unknown", lookup->unknown);

	if (!answer || !add_winner(answer, winner, caller))
		return NULL;
	if (!lookup->unknown &&
		json_object_set_new(answer, "unknown", json_array()) < 0)
		return NULL;
	if (explains &&
		json_object_set_new(answer, "explain", explain(lookup, caller)) < 0)
		return NULL;
	return TAKE(answer);
}
