// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/config.h"

#include <string.h>

#include "config-store/config/config_check.h"
#include "config-store/config/merge.h"
#include "config-store/secrets/secrets.h"
#include "config-store/tell.h"
#include "config-store/tree/identifiers.h"

enum { PATHS_MAX = 100 };

void config_change_done(struct config_change *change)
{
	json_decref(change->config);
	json_decref(change->paths);
	change->config = change->paths = NULL;
}

static bool no_memory(struct fault *fault)
{
	return fault_set(fault, FAULT_RETRY, "no memory for a configuration");
}

static bool store(struct store_thread *thread, const struct config_change *change,
	const json_t *before, const json_t *after, struct fault *fault)
{
	char *old AUTO(free) = json_print(before), *new AUTO(free) = json_print(after);
	char previous[24], version[24];

	if (!old || !new)
		return no_memory(fault);
	(void)snprintf(previous, sizeof(previous), "%lld",
		(long long)change->previous_version);
	(void)snprintf(version, sizeof(version), "%lld", (long long)change->version);
	return db_execute(thread->db,
		       "UPDATE config.node_config SET config = $3::json,"
		       " version = $4::bigint, updated_at = now(), updated_by = $5"
		       " WHERE org_id = $1 AND node_id = $2",
		       DB_VALUES(
			       change->org, change->node, new, version, change->actor),
		       NULL, fault) &&
		db_execute(thread->db,
			"INSERT INTO config.node_config_history (org_id, node_id,"
			" previous_version, version, previous_config, config,"
			" changed_by, reason) VALUES ($1, $2, $3::bigint, $4::bigint,"
			" $5::json, $6::json, $7, $8)",
			DB_VALUES(change->org, change->node, previous, version, old,
				new, change->actor,
				change->reason ? change->reason : ""),
			NULL, fault) &&
		db_execute(thread->db, "SELECT config.route_mark_below($1, $2)",
			DB_VALUES(change->org, change->node), NULL, fault);
}

static bool claim(struct store_thread *thread, const struct config_change *change,
	const json_t *document, struct fault *fault)
{
	json_t *problems AUTO(json_decref) = json_array();
	json_t *list AUTO(json_decref) = identifiers_of(document, problems);

	if (!list)
		return no_memory(fault);
	return identifiers_claim(thread, change->org, change->team, list, fault);
}

/* `before` is what is there; `wanted` has passed every check and is sealed. */
static bool finish(struct store_thread *thread, struct config_change *change,
	const json_t *before, json_t *wanted, struct fault *fault)
{
	change->paths = merge_changes(before, wanted, PATHS_MAX);
	change->changed = json_array_size(change->paths) > 0;
	change->version = change->previous_version + change->changed;
	change->config = json_deep_copy(wanted);
	if (!change->paths || !change->config)
		return no_memory(fault);
	if (!secrets_redact(change->config, fault))
		return false;
	if (!change->changed)
		return true;
	return (!*change->team || claim(thread, change, wanted, fault)) &&
		store(thread, change, before, wanted, fault);
}

static bool write_node(struct store_thread *thread, void *context, struct fault *fault)
{
	struct config_change *change = context;
	struct config_plan plan AUTO(config_plan_done) = {0};

	config_change_done(change);
	if (!config_plan(&plan, thread, change, fault))
		return false;
	return !plan.node ||
		(config_check(thread, plan.tree, plan.node, plan.wanted, fault) &&
			finish(thread, change, plan.before, plan.wanted, fault));
}

bool config_write(
	struct store_thread *thread, struct config_change *change, struct fault *fault)
{
	json_t *detail AUTO(json_decref) = NULL;

	if (!store_transact(thread, change->org, write_node, change, fault))
		return false;
	if (!change->changed)
		return true;
	detail = json_pack("{ss,sI,sI,sO}", "node_id", change->node, "previous_version",
		(json_int_t)change->previous_version, "version",
		(json_int_t)change->version, "paths", change->paths);
	if (detail && change->kind == CONFIG_RESTORE)
		(void)json_object_set_new(
			detail, "restored_version", json_integer(change->restored));
	tell(thread->store,
		&(struct audit){.area = "config",
			.action = "config.changed",
			.org = change->org,
			.team = *change->team ? change->team : NULL,
			.actor = change->actor,
			.reason = change->reason},
		detail);
	return true;
}

bool config_read(json_t **out, int64_t *version, struct store_thread *thread,
	const char *org, const char *node, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	json_t *config AUTO(json_decref) = NULL;

	if (!db_query(&rows, thread->db,
		    "SELECT config, version FROM config.node_config"
		    " WHERE org_id = $1 AND node_id = $2",
		    DB_VALUES(org, node), fault))
		return false;
	if (PQntuples(rows) == 0)
		return config_no_node(thread, org, node, fault);
	if (!json_parse_object(&config, db_value(rows, 0, 0), fault) ||
		!secrets_redact(config, fault))
		return false;
	*version = db_integer(rows, 0, 1);
	*out = TAKE(config);
	return true;
}
