// SPDX-License-Identifier: Apache-2.0
// The calls of a worker about runs of organisation acme, over rpc.
#pragma once

#include "common/nats/bus.h"
#include "proto/names.h"

#define GRANTED TOCSIN__V1__RUN_CLAIM_REPLY__OUTCOME__GRANTED
#define BUSY TOCSIN__V1__RUN_CLAIM_REPLY__OUTCOME__BUSY
#define LIMIT TOCSIN__V1__RUN_CLAIM_REPLY__OUTCOME__LIMIT
#define FINISHED TOCSIN__V1__RUN_CLAIM_REPLY__OUTCOME__FINISHED

struct lease_call {
	struct bus *bus;
	const char *team, *run;
};

/* For pb_run_claim_reply_free(); NULL when it is refused. The test ends at any other. */
pb_run_claim_reply *lease_claim(const struct lease_call *call, long lease_ms);

/* The outcome of a claim, -1 when it is refused; *token may be NULL. */
int lease_try(const struct lease_call *call, long lease_ms, int64_t *token);

/* Whether it was finished, and whether the lease is held, by who has `token`. */
bool lease_finish(const struct lease_call *call, int64_t token, const char *state);
bool lease_renew(const struct lease_call *call, int64_t token);
