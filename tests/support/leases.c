// SPDX-License-Identifier: Apache-2.0
#include "tests/support/leases.h"

#include <criterion/criterion.h>
#include <stdint.h>

#include "common/nats/rpc.h"

enum { LEASE_MS = 60000 };

pb_run_claim_reply *lease_claim(const struct lease_call *call, long lease_ms)
{
	pb_run_claim_request request;
	pb_run_claim_reply *reply = NULL;
	struct fault fault = {0};

	pb_run_claim_request_init(&request);
	request.run_id = (char *)(uintptr_t)call->run;
	request.worker = (char[]){"test"};
	request.lease_ms = lease_ms;
	/* Cut in the middle of a character, as a careless caller would. */
	request.text = (char[]){"caf\xc3"};
	if (!RPC(call->bus, "run.claim", "acme", call->team, &request, run_claim,
		    &reply, &fault))
		cr_assert_eq(fault.kind, FAULT_REJECT, "%s", fault.text);
	return reply;
}

int lease_try(const struct lease_call *call, long lease_ms, int64_t *token)
{
	pb_run_claim_reply *reply AUTO(pb_run_claim_reply_free) =
		lease_claim(call, lease_ms);

	if (token)
		*token = reply ? reply->fencing_token : 0;
	return reply ? (int)reply->outcome : -1;
}

bool lease_finish(const struct lease_call *call, int64_t token, const char *state)
{
	pb_run_finish_request request;
	pb_result result;
	pb_run_finish_reply *reply AUTO(pb_run_finish_reply_free) = NULL;
	struct fault fault = {0};

	pb_run_finish_request_init(&request);
	request.run_id = (char *)(uintptr_t)call->run;
	request.fencing_token = token;
	pb_result_init(&result);
	result.state = (char *)(uintptr_t)state;
	request.result = &result;
	cr_assert(RPC(call->bus, "run.finish", "acme", call->team, &request, run_finish,
			  &reply, &fault),
		"%s", fault.text);
	return reply->finished;
}

bool lease_renew(const struct lease_call *call, int64_t token)
{
	pb_run_renew_request request;
	pb_run_renew_reply *reply AUTO(pb_run_renew_reply_free) = NULL;
	struct fault fault = {0};

	pb_run_renew_request_init(&request);
	request.run_id = (char *)(uintptr_t)call->run;
	request.fencing_token = token;
	request.lease_ms = LEASE_MS;
	cr_assert(RPC(call->bus, "run.renew", "acme", call->team, &request, run_renew,
			  &reply, &fault),
		"%s", fault.text);
	return reply->held;
}
