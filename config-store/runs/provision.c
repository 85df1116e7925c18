// SPDX-License-Identifier: Apache-2.0
// The records of provisioning: who works on which command, and which steps are done.
// See migrations/0004_provisioning.sql.
#include <string.h>

#include "common/hmac.h"
#include "common/json.h"
#include "config-store/rpc.h"

enum { REQUEST_MAX = 256 << 10, STEP_RESULT_MAX = 16 << 10 };

static const struct {
	const char *name;
	Tocsin__V1__ProvisionBeginReply__Outcome outcome;
} outcomes[] = {
	{"granted", TOCSIN__V1__PROVISION_BEGIN_REPLY__OUTCOME__GRANTED},
	{"busy", TOCSIN__V1__PROVISION_BEGIN_REPLY__OUTCOME__BUSY},
	{"finished", TOCSIN__V1__PROVISION_BEGIN_REPLY__OUTCOME__FINISHED},
	{"conflict", TOCSIN__V1__PROVISION_BEGIN_REPLY__OUTCOME__CONFLICT},
};

/* The same request has the same hash, in whatever order its keys stand. */
static bool hash_request(char *out, const char *request_json, struct fault *fault)
{
	json_t *request AUTO(json_decref) = NULL;
	char *sorted AUTO(free) = NULL;
	unsigned char digest[HMAC_SIZE];

	if (strlen(request_json) > REQUEST_MAX)
		return fault_set(fault, FAULT_REJECT, "the request is over %d bytes",
			REQUEST_MAX);
	if (!json_parse_object(&request, request_json, fault))
		return false;
	sorted = json_dumps(request, JSON_COMPACT | JSON_SORT_KEYS);
	if (!sorted)
		return fault_set(fault, FAULT_RETRY, "no memory for a request");
	sha256(digest, sorted, strlen(sorted));
	id_hex(out, digest, sizeof(digest));
	return true;
}

static bool fill_step(
	pb_provision_step **out, const PGresult *rows, int row, struct fault *fault)
{
	pb_provision_step *step = malloc(sizeof(*step));

	if (!step)
		return fault_set(fault, FAULT_RETRY, "no memory for a reply");
	pb_provision_step_init(step);
	*out = step;
	return rpc_string(&step->name, db_value(rows, row, 0), fault) &&
		rpc_string(&step->state, db_value(rows, row, 1), fault) &&
		rpc_string(&step->result_json, db_value(rows, row, 2), fault) &&
		rpc_string(&step->error, db_value(rows, row, 3), fault);
}

static bool fill_steps(pb_provision_begin_reply *out, struct db *db, const char *id,
	struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, db,
		    "SELECT name, state, result, error FROM config.provision_step"
		    " WHERE provision_id = $1 ORDER BY number",
		    DB_VALUES(id), fault))
		return false;
	out->steps = calloc((size_t)PQntuples(rows) + 1, sizeof(pb_provision_step *));
	if (!out->steps)
		return fault_set(fault, FAULT_RETRY, "no memory for a reply");
	for (int i = 0; i < PQntuples(rows); i++) {
		bool good = fill_step(&out->steps[i], rows, i, fault);

		out->n_steps += out->steps[i] != NULL;
		if (!good)
			return false;
	}
	return true;
}

static bool fill_begin(pb_provision_begin_reply *out, struct db *db,
	const PGresult *rows, struct fault *fault)
{
	for (size_t i = 0; i < countof(outcomes); i++)
		if (strcmp(outcomes[i].name, db_value(rows, 0, 0)) == 0)
			out->outcome = outcomes[i].outcome;
	out->retry_after_ms = db_integer(rows, 0, 2);
	return rpc_string(&out->id, db_value(rows, 0, 1), fault) &&
		rpc_string(&out->state, db_value(rows, 0, 3), fault) &&
		fill_steps(out, db, out->id, fault);
}

static bool check_begin(const pb_provision_begin_request *in, struct fault *fault)
{
	if (!*in->id || !*in->verb || !*in->worker || strlen(in->id) > RPC_NAME_MAX ||
		strlen(in->verb) > RPC_NAME_MAX ||
		strlen(in->idempotency_key) > RPC_NAME_MAX ||
		!text_is_utf8(in->id, strlen(in->id)) ||
		!text_is_utf8(in->idempotency_key, strlen(in->idempotency_key)) ||
		!id_is_name(in->verb))
		return fault_set(fault, FAULT_REJECT,
			"provision.begin needs id, verb and worker, and an "
			"idempotency_key of at most %d bytes",
			RPC_NAME_MAX);
	return in->lease_ms > 0 && in->lease_ms <= RPC_LEASE_MAX_MS
		? true
		: fault_set(fault, FAULT_REJECT, "a lease of %lld ms: 1 to %d",
			  (long long)in->lease_ms, RPC_LEASE_MAX_MS);
}

bool provision_begin(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault)
{
	const pb_provision_begin_request *in = (const void *)request;
	struct store_thread *thread = rpc_thread(call);
	PGresult *rows AUTO(PQclear) = NULL;
	char *actor AUTO(free) = NULL, *worker AUTO(free) = NULL;
	char hash[HMAC_HEX_SIZE], lease[24];

	if (!check_begin(in, fault) || !hash_request(hash, in->request_json, fault) ||
		!rpc_text(&actor, in->actor, RPC_NAME_MAX, fault) ||
		!rpc_text(&worker, in->worker, RPC_NAME_MAX, fault))
		return false;
	(void)snprintf(lease, sizeof(lease), "%lld", (long long)in->lease_ms);
	return db_query(&rows, thread->db,
		       "SELECT outcome, id, retry_after_ms, state"
		       " FROM config.provision_begin($1, $2, $3, $4, $5, $6::json, $7,"
		       " $8, $9, $10::bigint)",
		       DB_VALUES(in->id, call->org, call->team, in->verb,
			       *in->idempotency_key ? in->idempotency_key : in->id,
			       *in->request_json ? in->request_json : "{}", hash, actor,
			       worker, lease),
		       fault) &&
		fill_begin((void *)reply, thread->db, rows, fault);
}

static bool is_end(const char *state)
{
	return strcmp(state, "succeeded") == 0 || strcmp(state, "failed") == 0;
}

static bool check_record(const pb_provision_record_request *in, struct fault *fault)
{
	if (in->lease_ms < 0 || in->lease_ms > RPC_LEASE_MAX_MS)
		return fault_set(fault, FAULT_REJECT, "a lease of %lld ms: 0 to %d",
			(long long)in->lease_ms, RPC_LEASE_MAX_MS);
	if (*in->state && !is_end(in->state))
		return fault_set(fault, FAULT_REJECT,
			"the state '%.40s' must be succeeded, failed or empty",
			in->state);
	if (in->step && (!is_end(in->step->state) || !id_is_name(in->step->name)))
		return fault_set(fault, FAULT_REJECT,
			"step '%.80s' in state '%.40s': needs a name, and succeeded or "
			"failed",
			in->step->name, in->step->state);
	return true;
}

struct record_texts {
	char *id, *worker, *result, *step_error, *error;
};

static void record_texts_done(struct record_texts *texts)
{
	free(texts->id);
	free(texts->worker);
	free(texts->result);
	free(texts->step_error);
	free(texts->error);
}
DEFINE_AUTO_DONE(struct record_texts, record_texts_done)

/* Who reads it takes it for JSON: it is there whole, or a word that it was too long. */
static bool read_result(char **out, const char *result_json, struct fault *fault)
{
	json_t *result AUTO(json_decref) = NULL;
	size_t len = strlen(result_json);
	char told[64];

	if (len > 0 && !json_parse(&result, result_json, len, fault))
		return false;
	if (len <= STEP_RESULT_MAX)
		return rpc_text(out, result_json, STEP_RESULT_MAX, fault);
	(void)snprintf(told, sizeof(told), "{\"too_long\":true,\"bytes\":%zu}", len);
	return rpc_text(out, told, sizeof(told), fault);
}

static bool record_texts_read(struct record_texts *out,
	const pb_provision_record_request *in, struct fault *fault)
{
	return rpc_text(&out->id, in->id, RPC_NAME_MAX, fault) &&
		rpc_text(&out->worker, in->worker, RPC_NAME_MAX, fault) &&
		read_result(
			&out->result, in->step ? in->step->result_json : "", fault) &&
		rpc_text(&out->step_error, in->step ? in->step->error : "",
			STEP_RESULT_MAX, fault) &&
		rpc_text(&out->error, in->error, STEP_RESULT_MAX, fault);
}

bool provision_record(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault)
{
	const pb_provision_record_request *in = (const void *)request;
	pb_provision_record_reply *out = (void *)reply;
	struct record_texts texts AUTO(record_texts_done) = {0};
	PGresult *rows AUTO(PQclear) = NULL;
	char lease[24];

	if (!check_record(in, fault) || !record_texts_read(&texts, in, fault))
		return false;
	(void)snprintf(lease, sizeof(lease), "%lld", (long long)in->lease_ms);
	if (!db_query(&rows, rpc_thread(call)->db,
		    "SELECT config.provision_record($1, $2, $3, $4, $5::bigint, $6, $7,"
		    " $8, $9, $10, $11)",
		    DB_VALUES(texts.id, call->org, call->team, texts.worker, lease,
			    in->step ? in->step->name : "",
			    in->step ? in->step->state : "", texts.result,
			    texts.step_error, in->state, texts.error),
		    fault))
		return false;
	out->held = db_bool(rows, 0, 0);
	return true;
}
