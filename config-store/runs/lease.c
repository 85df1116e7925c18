// SPDX-License-Identifier: Apache-2.0
// Run leases. What is decided is decided in PostgreSQL, in one round trip a call:
// see migrations/0003_runs.sql.
#include <string.h>

#include "config-store/config/defaults.h"
#include "config-store/rpc.h"

enum { OUTCOME, FENCING, ATTEMPT, RETRY_AFTER, STATE };

static const struct {
	const char *name;
	Tocsin__V1__RunClaimReply__Outcome outcome;
} outcomes[] = {
	{"granted", TOCSIN__V1__RUN_CLAIM_REPLY__OUTCOME__GRANTED},
	{"busy", TOCSIN__V1__RUN_CLAIM_REPLY__OUTCOME__BUSY},
	{"limit", TOCSIN__V1__RUN_CLAIM_REPLY__OUTCOME__LIMIT},
	{"finished", TOCSIN__V1__RUN_CLAIM_REPLY__OUTCOME__FINISHED},
};

struct number {
	char text[24];
};

static struct number number(int64_t value)
{
	struct number out;

	(void)snprintf(out.text, sizeof(out.text), "%lld", (long long)value);
	return out;
}

static bool check_run(const char *run, int64_t lease_ms, struct fault *fault)
{
	if (!id_is_uuid(run))
		return fault_set(
			fault, FAULT_REJECT, "the run id '%.80s' is no UUID", run);
	if (lease_ms < 0 || lease_ms > RPC_LEASE_MAX_MS)
		return fault_set(fault, FAULT_REJECT,
			"a lease of %lld ms: must be from 0, for the default, to %d",
			(long long)lease_ms, RPC_LEASE_MAX_MS);
	return true;
}

static int64_t lease_or_default(const struct service_call *call, int64_t lease_ms)
{
	const struct store *store = call->context;

	return lease_ms > 0 ? lease_ms : store->config->lease_ms;
}

static bool fill_claim(pb_run_claim_reply *out, const PGresult *rows,
	const struct service_call *call, const char *run, struct fault *fault)
{
	const char *outcome = db_value(rows, 0, OUTCOME);
	size_t i = 0;

	while (i < countof(outcomes) && strcmp(outcomes[i].name, outcome) != 0)
		i++;
	if (i == countof(outcomes))
		return fault_set(fault, FAULT_REJECT,
			strcmp(outcome, "no_team") == 0
				? "run %s: there is no team %s/%s"
				: "run %s is not one of team %s/%s",
			run, call->org, call->team);
	out->outcome = outcomes[i].outcome;
	out->fencing_token = db_integer(rows, 0, FENCING);
	out->attempt = (int32_t)db_integer(rows, 0, ATTEMPT);
	out->retry_after_ms = db_integer(rows, 0, RETRY_AFTER);
	return rpc_string(&out->state, db_value(rows, 0, STATE), fault);
}

struct claim_texts {
	char *event, *worker, *agent, *source, *text, *actor;
};

static void claim_texts_done(struct claim_texts *texts)
{
	free(texts->event);
	free(texts->worker);
	free(texts->agent);
	free(texts->source);
	free(texts->text);
	free(texts->actor);
}
DEFINE_AUTO_DONE(struct claim_texts, claim_texts_done)

static bool claim_texts_read(
	struct claim_texts *out, const pb_run_claim_request *in, struct fault *fault)
{
	return rpc_text(&out->event, in->event_id, RPC_NAME_MAX, fault) &&
		rpc_text(&out->worker, in->worker, RPC_NAME_MAX, fault) &&
		rpc_text(&out->agent, in->agent, RPC_NAME_MAX, fault) &&
		rpc_text(&out->source, in->source, RPC_NAME_MAX, fault) &&
		rpc_text(&out->text, in->text, RPC_TEXT_MAX, fault) &&
		rpc_text(&out->actor, in->actor, RPC_NAME_MAX, fault);
}

bool lease_claim(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault)
{
	const pb_run_claim_request *in = (const void *)request;
	struct claim_texts texts AUTO(claim_texts_done) = {0};
	PGresult *rows AUTO(PQclear) = NULL;

	if (!check_run(in->run_id, in->lease_ms, fault) ||
		!claim_texts_read(&texts, in, fault))
		return false;
	return db_query(&rows, rpc_thread(call)->db,
		       "SELECT outcome, fencing_token, attempt, retry_after_ms, state"
		       " FROM config.run_claim($1, $2, $3, $4, $5, $6::bigint, $7, $8,"
		       " $9, $10, $11::integer)",
		       DB_VALUES(in->run_id, texts.event, call->org, call->team,
			       texts.worker,
			       number(lease_or_default(call, in->lease_ms)).text,
			       texts.agent, texts.source, texts.text, texts.actor,
			       number(DEFAULT_CONCURRENT_RUNS).text),
		       fault) &&
		fill_claim((void *)reply, rows, call, in->run_id, fault);
}

bool lease_renew(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault)
{
	const pb_run_renew_request *in = (const void *)request;
	pb_run_renew_reply *out = (void *)reply;
	PGresult *rows AUTO(PQclear) = NULL;

	if (!check_run(in->run_id, in->lease_ms, fault) ||
		!db_query(&rows, rpc_thread(call)->db,
			"SELECT held, cancelled FROM config.run_renew($1, $2, $3,"
			" $4::bigint, $5::bigint)",
			DB_VALUES(in->run_id, call->org, call->team,
				number(in->fencing_token).text,
				number(lease_or_default(call, in->lease_ms)).text),
			fault))
		return false;
	out->held = db_bool(rows, 0, 0);
	out->cancelled = db_bool(rows, 0, 1);
	return true;
}

static bool is_final(const char *state)
{
	static const char *const states[] = {
		"completed", "failed", "timeout", "cancelled"};

	for (size_t i = 0; i < countof(states); i++)
		if (strcmp(state, states[i]) == 0)
			return true;
	return false;
}

bool lease_finish(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault)
{
	enum { SUMMARY_MAX = 16000, ERROR_MAX = 4000 };
	const pb_run_finish_request *in = (const void *)request;
	const pb_result *result = in->result;
	pb_run_finish_reply *out = (void *)reply;
	PGresult *rows AUTO(PQclear) = NULL;
	char *summary AUTO(free) = NULL, *error AUTO(free) = NULL;

	if (!result)
		return fault_set(fault, FAULT_REJECT, "run %.40s: there is no result",
			in->run_id);
	if (!is_final(result->state))
		return fault_set(fault, FAULT_REJECT,
			"run %.40s cannot end in state '%.40s': must be completed, "
			"failed, timeout or cancelled",
			in->run_id, result->state);
	if (!check_run(in->run_id, 0, fault) ||
		!rpc_text(&summary, result->summary, SUMMARY_MAX, fault) ||
		!rpc_text(&error, result->error, ERROR_MAX, fault) ||
		!db_query(&rows, rpc_thread(call)->db,
			"SELECT config.run_finish($1, $2, $3, $4::bigint, $5, $6, $7,"
			" $8::integer, $9::integer, $10::bigint, $11::bigint)",
			DB_VALUES(in->run_id, call->org, call->team,
				number(in->fencing_token).text, result->state, summary,
				error, number(result->tool_calls).text,
				number(result->turns).text,
				number(result->input_tokens).text,
				number(result->output_tokens).text),
			fault))
		return false;
	out->finished = db_bool(rows, 0, 0);
	return true;
}
