// SPDX-License-Identifier: Apache-2.0
// What the ingress asks for its admin paths: an order's key, and what became of things.
#include <string.h>

#include "common/json.h"
#include "config-store/config/config_view.h"
#include "config-store/read/events_read.h"
#include "config-store/read/runs_read.h"
#include "config-store/rpc.h"

enum { HASH_LEN = 64 };

#define OUTCOME(name) TOCSIN__V1__COMMAND_BEGIN_REPLY__OUTCOME__##name

/* A team may be made by provisioning it, an organisation may not; all else needs both. */
static bool find_tenant(pb_command_begin_reply *out, struct store_thread *thread,
	const struct service_call *call, bool needs_team, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, thread->db,
		    "SELECT bool_or(node_id = $2 AND node_type = 'team')"
		    " FROM config.node WHERE org_id = $1",
		    DB_VALUES(call->org, call->team), fault))
		return false;
	out->outcome = OUTCOME(FIRST);
	if (!db_value(rows, 0, 0))
		out->outcome = OUTCOME(NO_ORG);
	else if (needs_team && !db_bool(rows, 0, 0))
		out->outcome = OUTCOME(NO_TEAM);
	return true;
}

static bool fill_pool(pb_command_begin_reply *out, struct store_thread *thread,
	const struct service_call *call, struct fault *fault)
{
	struct effective *effective AUTO(effective_release) = NULL;
	json_t *document AUTO(json_decref) = NULL;

	return config_effective(&effective, thread, call->org, call->team, fault) &&
		json_parse_object(&document, effective->text, fault) &&
		rpc_string(&out->pool,
			json_string_or(document, "/runtime/pool", "shared"), fault);
}

static bool check(const pb_command_begin_request *in, struct fault *fault)
{
	return (id_is_uuid(in->id) && id_is_name(in->verb) &&
		       strlen(in->request_hash) == HASH_LEN &&
		       strlen(in->idempotency_key) <= RPC_NAME_MAX &&
		       text_is_utf8(
			       in->idempotency_key, strlen(in->idempotency_key))) ||
		fault_set(fault, FAULT_REJECT,
			"command.begin needs an id, a verb, a hash, and a key of at "
			"most %d bytes",
			RPC_NAME_MAX);
}

static bool begin(pb_command_begin_reply *out, struct store_thread *thread,
	const struct service_call *call, const pb_command_begin_request *in,
	struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	char *actor AUTO(free) = NULL;

	if (!rpc_text(&actor, in->actor, RPC_NAME_MAX, fault) ||
		!db_query(&rows, thread->db,
			"SELECT id, is_first, same FROM config.command_begin($1, $2, "
			"$3, "
			"$4, $5, $6, $7)",
			DB_VALUES(in->id, call->org, call->team, in->verb,
				*in->idempotency_key ? in->idempotency_key : in->id,
				in->request_hash, actor),
			fault))
		return false;
	if (!db_bool(rows, 0, 2))
		out->outcome = OUTCOME(CONFLICT);
	else if (!db_bool(rows, 0, 1))
		out->outcome = OUTCOME(KNOWN);
	return rpc_string(&out->id, db_value(rows, 0, 0), fault);
}

bool command_begin(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault)
{
	const pb_command_begin_request *in = (const void *)request;
	pb_command_begin_reply *out = (void *)reply;
	struct store_thread *thread = rpc_thread(call);
	bool is_run = strcmp(in->verb, "run") == 0;
	bool needs_team = strcmp(in->verb, "provision") != 0 &&
		strcmp(in->verb, "deprovision") != 0;

	if (!check(in, fault) || !find_tenant(out, thread, call, needs_team, fault))
		return false;
	if (out->outcome != OUTCOME(FIRST))
		return true;
	return (!is_run || fill_pool(out, thread, call, fault)) &&
		begin(out, thread, call, in, fault);
}

/* All take $1, the id, and $2, the organisation or NULL: document, and whether it ended. */
static const char provision_sql[] =
	"SELECT json_build_object('provisioning_run_id', p.id, 'status', p.state,"
	" 'verb', p.verb, 'org_id', p.org_id, 'team_id', p.team_id,"
	" 'team_node_id', p.team_id, 'error', nullif(p.error, ''),"
	" 'steps', coalesce((SELECT json_object_agg(s.name, json_build_object("
	" 'state', s.state, 'error', nullif(s.error, ''),"
	" 'result', nullif(s.result, '')::json)"
	" ORDER BY s.number) FROM config.provision_step s"
	" WHERE s.provision_id = p.id), '{}')), p.state <> 'running'"
	" FROM config.provision_run p WHERE p.id = $1"
	" AND ($2::text IS NULL OR p.org_id = $2)"
	" UNION ALL SELECT json_build_object('provisioning_run_id', c.id, 'status',"
	" 'queued', 'verb', c.verb, 'org_id', c.org_id, 'team_id', c.team_id,"
	" 'team_node_id', c.team_id, 'error', NULL, 'steps', json_build_object()), "
	"false"
	" FROM config.command c WHERE c.id = $1"
	" AND c.verb <> 'run'"
	" AND ($2::text IS NULL OR c.org_id = $2)"
	" AND NOT EXISTS (SELECT FROM config.provision_run p WHERE p.id = $1)";

static const char run_sql[] =
	"SELECT json_build_object('run_id', run.run_id, 'event_id', run.event_id,"
	" 'status', run.state, 'org_id', run.org_id, 'team_id', run.team_id,"
	" 'team_node_id', run.team_id, 'agent_name', run.agent,"
	" 'agent_result', " RUN_JSON("") "), run.finished_at IS NOT NULL"
					 " FROM config.run run WHERE run.run_id = $1"
					 " AND ($2::text IS NULL OR run.org_id = $2)";

static const char known_sql[] =
	"SELECT json_build_object('event', json_build_object('event_id', c.id,"
	" 'source', 'admin', 'kind', c.verb, 'outcome', 'queued', 'org_id', c.org_id,"
	" 'team_id', c.team_id), 'hops', json_build_array(), 'runs',"
	" json_build_array()), false FROM config.command c WHERE c.id = $1"
	" AND c.verb = 'run' AND ($2::text IS NULL OR c.org_id = $2)";

static bool read_with(pb_admin_read_reply *out, struct store_thread *thread,
	const char *sql, const pb_admin_read_request *in, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, thread->db, sql,
		    DB_VALUES(in->id, *in->org ? in->org : NULL), fault))
		return false;
	if (PQntuples(rows) == 0)
		return true;
	out->ended = PQnfields(rows) > 1 && db_bool(rows, 0, 1);
	return rpc_string(&out->document_json, db_value(rows, 0, 0), fault);
}

/* The story of an id that nobody knows is empty, but a story. */
static bool is_empty_story(const char *text)
{
	json_t *story AUTO(json_decref) = json_loads(text, 0, NULL);

	return json_array_size(json_object_get(story, "hops")) == 0 &&
		json_array_size(json_object_get(story, "runs")) == 0;
}

/* Back to what protobuf-c means by empty, which is not for free(). */
static void empty_string(char **field)
{
	if (*field != protobuf_c_empty_string)
		free(*field);
	*field = (char *)(uintptr_t)protobuf_c_empty_string;
}

static bool read_event(pb_admin_read_reply *out, struct store_thread *thread,
	const pb_admin_read_request *in, struct fault *fault)
{
	if (!read_with(out, thread, events_story_sql(), in, fault))
		return false;
	if (!is_empty_story(out->document_json))
		return true;
	empty_string(&out->document_json);
	return read_with(out, thread, known_sql, in, fault);
}

bool admin_read(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault)
{
	const pb_admin_read_request *in = (const void *)request;
	pb_admin_read_reply *out = (void *)reply;
	struct store_thread *thread = rpc_thread(call);

	if (!id_is_uuid(in->id) || (*in->org && !id_is_name(in->org)))
		return fault_set(
			fault, FAULT_REJECT, "admin.read needs an id and an org's id");
	if (strcmp(in->what, "event") == 0)
		return read_event(out, thread, in, fault);
	if (strcmp(in->what, "provision") == 0)
		return read_with(out, thread, provision_sql, in, fault);
	if (strcmp(in->what, "run") == 0)
		return read_with(out, thread, run_sql, in, fault);
	return fault_set(fault, FAULT_REJECT, "admin.read of '%.40s'", in->what);
}
