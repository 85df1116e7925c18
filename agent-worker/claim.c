// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/claim.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/nats/rpc.h"
#include "common/wire.h"

enum { TEXT_MAX = 500, SUMMARY_MAX = 500, SOON_MS = 1000 };

const char *claim_state(const char *state)
{
	static const char *const states[] = {"completed", "timeout", "cancelled"};

	for (size_t i = 0; i < countof(states); i++)
		if (strcmp(states[i], state) == 0)
			return states[i];
	return "failed";
}

bool claim_config(struct run *run, struct fault *fault)
{
	pb_config_effective_reply *reply AUTO(pb_config_effective_reply_free) = NULL;
	pb_config_effective_request request;

	pb_config_effective_request_init(&request);
	return RPC(run->process->bus, "config.effective", run->task->org,
		       run->task->team, &request, config_effective, &reply, fault) &&
		json_parse_object(&run->config, reply->config_json, fault);
}

static bool ask(pb_run_claim_reply **reply, struct run *run, struct fault *fault)
{
	const pb_task *task = run->task;
	char text[TEXT_MAX + 1];
	pb_run_claim_request request;

	(void)snprintf(text, sizeof(text), "%.*s", (int)text_cut(task->text, TEXT_MAX),
		task->text);
	pb_run_claim_request_init(&request);
	request.run_id = task->run_id;
	request.event_id = task->event_id;
	request.worker = wire_string(run->process->worker);
	request.lease_ms = leases_length_ms(run->process->leases);
	request.agent = wire_string(run->name);
	request.source = task->source;
	request.text = text;
	request.actor = task->actor;
	return RPC(run->process->bus, "run.claim", task->org, task->team, &request,
		run_claim, reply, fault);
}

static void postpone(struct run *run, const pb_run_claim_reply *reply)
{
	bool busy = reply->outcome == TOCSIN__V1__RUN_CLAIM_REPLY__OUTCOME__BUSY;
	long ms = reply->retry_after_ms > 0 ? (long)reply->retry_after_ms : SOON_MS;

	log_line(LOG_DEBUG, "run postponed", "run=%s reason=%s delay_ms=%ld",
		run->task->run_id, busy ? "busy" : "limit", ms);
	job_postpone(run->job, ms);
}

bool claim(struct run *run, bool *granted, struct fault *fault)
{
	pb_run_claim_reply *reply AUTO(pb_run_claim_reply_free) = NULL;
	int64_t asked_ms = clock_mono_ms();

	/* Delivered twice, and the first delivery is at work in another thread. */
	if (leases_have(run->process->leases, run->task->run_id)) {
		job_postpone(run->job, leases_length_ms(run->process->leases));
		return true;
	}
	if (!ask(&reply, run, fault))
		return false;
	if (reply->outcome == TOCSIN__V1__RUN_CLAIM_REPLY__OUTCOME__FINISHED)
		return true;
	if (reply->outcome != TOCSIN__V1__RUN_CLAIM_REPLY__OUTCOME__GRANTED) {
		postpone(run, reply);
		return true;
	}
	run->attempt = reply->attempt;
	run->fencing_token = reply->fencing_token;
	*granted = true;
	return lease_begin(&run->lease, run->process->leases,
		&(struct lease_terms){.org = run->task->org,
			.team = run->task->team,
			.run = run->task->run_id,
			.fencing_token = reply->fencing_token,
			.asked_ms = asked_ms},
		fault);
}

bool claim_finish(struct run *run, const struct answer *answer, struct fault *fault)
{
	pb_run_finish_reply *reply AUTO(pb_run_finish_reply_free) = NULL;
	const struct journal *journal = &run->steps.journal;
	char summary[SUMMARY_MAX + 1];
	pb_run_finish_request request;
	pb_result result;

	(void)snprintf(summary, sizeof(summary), "%.*s",
		(int)text_cut(answer->text, SUMMARY_MAX), answer->text);
	pb_result_init(&result);
	result.state = wire_string(answer->state);
	result.summary = summary;
	result.error = answer->error;
	result.turns = (int32_t)journal_count(journal, ENTRY_MODEL);
	result.tool_calls = (int32_t)journal_count(journal, ENTRY_TOOL_RESULT);
	journal_usage(journal, &result.input_tokens, &result.output_tokens);
	pb_run_finish_request_init(&request);
	request.run_id = run->task->run_id;
	request.fencing_token = run->fencing_token;
	request.result = &result;
	if (!RPC(run->process->bus, "run.finish", run->task->org, run->task->team,
		    &request, run_finish, &reply, fault))
		return false;
	if (reply->finished)
		return true;
	run->leave = LEAVE_LOST;
	return fault_set(fault, FAULT_RETRY, "somebody else has, or finished, the run");
}
