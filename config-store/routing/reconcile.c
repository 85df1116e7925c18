// SPDX-License-Identifier: Apache-2.0
#include "config-store/routing/reconcile.h"

#include <string.h>

#include "common/log.h"
#include "common/nats/subjects.h"
#include "config-store/routing/bucket.h"
#include "config-store/routing/route_document.h"
#include "config-store/tree/tree.h"

enum { KEY_SIZE = 160, PAUSE_AFTER = 50, TRIES = 3 };

struct comparison {
	struct store_thread *thread;
	struct bucket_list bucket;
	json_t *places; /* key to index; what has been compared is taken out */
	long marked;
};

static void comparison_done(struct comparison *comparison)
{
	bucket_list_done(&comparison->bucket);
	json_decref(comparison->places);
}
DEFINE_AUTO_DONE(struct comparison, comparison_done)

static bool mark(struct comparison *comparison, const char *org, const char *team,
	struct fault *fault)
{
	comparison->marked++;
	return db_execute(comparison->thread->db, "SELECT config.route_mark($1, $2)",
		DB_VALUES(org, team), NULL, fault);
}

/* The same for all of one organisation in one round trip. */
static bool mark_all(struct comparison *comparison, const char *org,
	const json_t *teams, struct fault *fault)
{
	char *printed AUTO(free) = NULL;

	if (json_array_size(teams) == 0)
		return true;
	printed = json_print(teams);
	if (!printed)
		return fault_set(fault, FAULT_RETRY, "no memory for a comparison");
	comparison->marked += (long)json_array_size(teams);
	return db_execute(comparison->thread->db,
		"SELECT config.route_mark($1, team)"
		" FROM json_array_elements_text($2::json) AS team",
		DB_VALUES(org, printed), NULL, fault);
}

/* There is nothing to compare with: of a new system, or of a bucket that was lost. */
static bool mark_everything(struct comparison *comparison, struct fault *fault)
{
	return db_execute(comparison->thread->db,
		"SELECT config.route_mark(org_id, node_id) FROM config.node"
		" WHERE node_type = 'team' ORDER BY org_id, node_id",
		NULL, 0, &comparison->marked, fault);
}

/* Adds the team to `differ` unless the bucket says what it should. */
static bool compare_team(struct comparison *comparison, const char *org,
	const struct tree_node *team, json_t *differ, struct fault *fault)
{
	const char *const tenant[2] = {org, team->id};
	struct wire document AUTO(wire_done) = {0};
	const struct bucket_entry *entry = NULL;
	char key[KEY_SIZE];
	json_t *place;

	if (!route_document(&document, tenant, team->effective, 0, fault))
		return false;
	(void)snprintf(key, sizeof(key), ROUTE_KEY, org, team->id);
	place = json_object_get(comparison->places, key);
	if (place) {
		entry = &comparison->bucket.entries[json_integer_value(place)];
		(void)json_object_del(comparison->places, key);
	}
	if (entry &&
		route_is_same(entry->data, entry->len, document.data, document.len))
		return true;
	return json_array_append_new(differ, json_string(team->id)) == 0 ||
		fault_set(fault, FAULT_RETRY, "no memory for a comparison");
}

static bool compare_org(
	struct comparison *comparison, const char *org, struct fault *fault)
{
	struct tree *tree AUTO(tree_free) = NULL;
	json_t *differ AUTO(json_decref) = json_array();

	if (!tree_load(&tree, comparison->thread->db, org, org, TREE_BELOW, fault) ||
		!tree_merge(tree, TREE_REDACTED, NULL, fault))
		return false;
	for (size_t i = 0; i < tree->count; i++)
		if (tree_is_team(&tree->nodes[i]) &&
			!compare_team(comparison, org, &tree->nodes[i], differ, fault))
			return false;
	return mark_all(comparison, org, differ, fault);
}

/* What the bucket has and no team is: marked, so that it is deleted. */
/* No team can have such a key, so nobody else would ever delete it. */
static bool delete_key(
	struct comparison *comparison, const char *key, struct fault *fault)
{
	const struct store *store = comparison->thread->store;
	bool lost = true;

	log_line(LOG_WARNING, "no route", "bucket=" BUCKET_ROUTES " key=%s",
		log_quote(key));
	for (int tried = 0; lost && tried < TRIES; tried++) {
		struct bucket_entry entry AUTO(bucket_entry_done) = {0};

		if (!bucket_read(&entry, store->bus, key, fault))
			return false;
		if (!entry.data)
			return true;
		if (!bucket_write(store->publisher, &entry, NULL, 0, &lost, fault))
			return false;
	}
	return true; /* who writes it that often meets the next comparison */
}

static bool mark_strangers(struct comparison *comparison, struct fault *fault)
{
	const char *key;
	json_t *place;

	json_object_foreach(comparison->places, key, place)
	{
		char org[KEY_SIZE];
		char *dot;

		(void)snprintf(org, sizeof(org), "%s", key);
		dot = strchr(org, '.');
		if (dot)
			*dot = '\0';
		if (!dot || !id_is_name(org) || !id_is_name(dot + 1)) {
			if (!delete_key(comparison, key, fault))
				return false;
		} else if (!mark(comparison, org, dot + 1, fault))
			return false;
	}
	return true;
}

static bool index_bucket(struct comparison *comparison)
{
	comparison->places = json_object();
	for (size_t i = 0; comparison->places && i < comparison->bucket.count; i++)
		if (json_object_set_new(comparison->places,
			    comparison->bucket.entries[i].key,
			    json_integer((json_int_t)i)) < 0)
			return false;
	return comparison->places != NULL;
}

static bool compare_all(struct comparison *comparison,
	const struct reconcile_pause *pause, struct fault *fault)
{
	PGresult *orgs AUTO(PQclear) = NULL;

	if (!db_query(&orgs, comparison->thread->db,
		    "SELECT org_id FROM config.node WHERE node_type = 'org'"
		    " ORDER BY org_id",
		    NULL, 0, fault))
		return false;
	for (int i = 0; i < PQntuples(orgs); i++)
		if (!compare_org(comparison, db_value(orgs, i, 0), fault) ||
			(i % PAUSE_AFTER == PAUSE_AFTER - 1 &&
				!pause->run(pause->context, fault)))
			return false;
	return mark_strangers(comparison, fault);
}

bool reconcile(struct store_thread *thread, const struct reconcile_pause *pause,
	struct fault *fault)
{
	struct comparison comparison AUTO(comparison_done) = {.thread = thread};

	if (!bucket_list_read(&comparison.bucket, thread->store->bus, fault))
		return false;
	if (!index_bucket(&comparison))
		return fault_set(fault, FAULT_RETRY, "no memory for a comparison");
	if (comparison.bucket.count == 0 ? !mark_everything(&comparison, fault)
					 : !compare_all(&comparison, pause, fault))
		return false;
	if (comparison.marked > 0)
		log_line(LOG_INFO, "routes differ", "teams=%ld", comparison.marked);
	return true;
}
