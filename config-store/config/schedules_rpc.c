// SPDX-License-Identifier: Apache-2.0
// A team's schedules, one by one: set and removed by the provisioner as any other change
// of the team's configuration, and listed for the ingress.
#include <stdlib.h>
#include <string.h>

#include "config-store/config/config.h"
#include "config-store/config/config_view.h"
#include "config-store/rpc.h"

static const char section[] = "schedules";

/* `order_id` may be "". */
static bool check_ids(const char *name, const char *order_id, struct fault *fault)
{
	if (*order_id && !id_is_uuid(order_id))
		return fault_set(
			fault, FAULT_REJECT, "the order '%.80s' is no UUID", order_id);
	return id_is_name(name) ||
		fault_set(fault, FAULT_REJECT,
			"/schedules: the schedule '%.80s' must be named by 1 to 63 "
			"letters, digits, '-' or '_', a letter or digit first",
			name);
}

/*
 * Of two orders for one schedule that wait at the same time the later may be carried out
 * first. The earlier then does nothing: what was ordered last holds.
 */
static bool is_overtaken(bool *out, const struct service_call *call, const char *name,
	const char *order_id, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, rpc_thread(call)->db,
		    "SELECT EXISTS (SELECT FROM config.command mine"
		    " JOIN config.command later ON later.org_id = mine.org_id"
		    " AND later.team_id = mine.team_id"
		    " AND later.created_at > mine.created_at"
		    " JOIN config.provision_run run ON run.id = later.id"
		    " WHERE mine.id = $1 AND mine.org_id = $2 AND mine.team_id = $3"
		    " AND run.verb IN ('schedule', 'unschedule')"
		    " AND run.state = 'succeeded' AND run.request->>'name' = $4)",
		    DB_VALUES(order_id, call->org, call->team, name), fault))
		return false;
	*out = db_bool(rows, 0, 0);
	return true;
}

static bool write_member(struct config_change *change, const struct service_call *call,
	const char *given_actor, struct fault *fault)
{
	char *actor AUTO(free) = NULL;

	if (!rpc_text(&actor, given_actor, RPC_NAME_MAX, fault))
		return false;
	change->org = call->org;
	change->node = call->team;
	change->kind = CONFIG_MEMBER;
	change->section = section;
	change->actor = actor;
	return config_write(rpc_thread(call), change, fault);
}

bool schedule_set(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault)
{
	const pb_schedule_set_request *in = (const void *)request;
	pb_schedule_set_reply *out = (void *)reply;
	struct config_change change AUTO(config_change_done) = {
		.member = in->name, .reason = "schedule"};
	json_t *document AUTO(json_decref) = NULL;
	bool overtaken;

	if (!check_ids(in->name, in->order_id, fault))
		return false;
	if (!json_parse_object(&document, in->schedule_json, fault)) {
		json_forget_quote(fault);
		return false;
	}
	if (!is_overtaken(&overtaken, call, in->name, in->order_id, fault))
		return false;
	out->overtaken = overtaken;
	if (overtaken)
		return true;
	change.document = document;
	if (!write_member(&change, call, in->actor, fault))
		return false;
	out->version = change.version;
	out->changed = change.changed;
	return true;
}

/* There is no such team: not a fault of the call, but its answer. */
static bool is_no_team(const struct store_thread *thread, struct fault *fault)
{
	if (thread->refusal.status != 404)
		return false;
	*fault = (struct fault){0};
	return true;
}

static bool load_effective(json_t **out, struct store_thread *thread,
	const struct service_call *call, struct fault *fault)
{
	struct effective *effective AUTO(effective_release) = NULL;

	return config_effective(&effective, thread, call->org, call->team, fault) &&
		json_parse_object(out, effective->text, fault);
}

static bool is_there(bool *out, const struct service_call *call, const char *name,
	struct fault *fault)
{
	struct store_thread *thread = rpc_thread(call);
	json_t *document AUTO(json_decref) = NULL;

	if (!load_effective(&document, thread, call, fault))
		return is_no_team(thread, fault);
	*out = json_object_get(json_object_get(document, section), name) != NULL;
	return true;
}

bool schedule_remove(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault)
{
	const pb_schedule_remove_request *in = (const void *)request;
	pb_schedule_remove_reply *out = (void *)reply;
	struct config_change change AUTO(config_change_done) = {
		.member = in->name, .missing_ok = true, .reason = "unschedule"};
	bool inherited = false, overtaken;

	if (!check_ids(in->name, in->order_id, fault) ||
		!is_overtaken(&overtaken, call, in->name, in->order_id, fault))
		return false;
	out->overtaken = overtaken;
	if (overtaken)
		return true;
	if (!write_member(&change, call, in->actor, fault) ||
		!is_there(&inherited, call, in->name, fault))
		return false;
	out->version = change.version;
	out->removed = change.changed;
	out->inherited = inherited;
	return true;
}

/* Null for what is not said, and for anything but text: it may stand for a secret. */
static const char *text_of(const json_t *schedule, const char *key)
{
	return json_string_value(json_object_get(schedule, key));
}

static json_t *describe(const char *name, const json_t *schedule, const json_t *own)
{
	const char *zone = text_of(schedule, "time_zone");

	return json_pack("{s:s, s:s?, s:s, s:s?, s:s?, s:b, s:b}", "name", name, "cron",
		text_of(schedule, "cron"), "time_zone", zone ? zone : "UTC", "agent",
		text_of(schedule, "agent"), "message", text_of(schedule, "message"),
		"enabled", json_bool_or(schedule, "/enabled", true), "own",
		json_object_get(json_object_get(own, section), name) != NULL);
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The keys of `object`, sorted; borrowed, the list is for free(). */
static const char **sorted_names(json_t *object)
{
	const char **names = calloc(json_object_size(object) + 1, sizeof(*names));
	const char *name;
	json_t *ignored;
	size_t count = 0;

	if (!names)
		return NULL;
	json_object_foreach(object, name, ignored) names[count++] = name;
	qsort(names, count, sizeof(*names), by_name);
	return names;
}

/* By name; NULL when memory runs out. */
static json_t *describe_all(const json_t *effective, const json_t *own)
{
	json_t *list AUTO(json_decref) = json_array();
	json_t *schedules = json_object_get(effective, section);
	const char **names AUTO(free) = sorted_names(schedules);

	for (size_t i = 0; names && names[i]; i++)
		if (json_array_append_new(list,
			    describe(names[i], json_object_get(schedules, names[i]),
				    own)) != 0)
			return NULL;
	return names ? TAKE(list) : NULL;
}

static bool fill_list(pb_schedule_list_reply *out, const json_t *effective,
	const json_t *own, struct fault *fault)
{
	json_t *list AUTO(json_decref) = describe_all(effective, own);
	char *printed = json_print(list);

	if (!printed)
		return fault_set(fault, FAULT_RETRY, "no memory for a reply");
	out->schedules_json = printed;
	out->found = true;
	return true;
}

/* Units have schedules to pass on, but none that are theirs. */
static bool is_team(bool *out, struct store_thread *thread,
	const struct service_call *call, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, thread->db,
		    "SELECT EXISTS (SELECT FROM config.node WHERE org_id = $1"
		    " AND node_id = $2 AND node_type = 'team')",
		    DB_VALUES(call->org, call->team), fault))
		return false;
	*out = db_bool(rows, 0, 0);
	return true;
}

bool schedule_list(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault)
{
	struct store_thread *thread = rpc_thread(call);
	json_t *effective AUTO(json_decref) = NULL, *own AUTO(json_decref) = NULL;
	int64_t version;
	bool found;

	(void)request;
	if (!is_team(&found, thread, call, fault))
		return false;
	if (!found)
		return true;
	if (load_effective(&effective, thread, call, fault) &&
		config_read(&own, &version, thread, call->org, call->team, fault))
		return fill_list((void *)reply, effective, own, fault);
	return is_no_team(thread, fault);
}
