// SPDX-License-Identifier: Apache-2.0
// Asking another daemon over NATS request/reply. Org and team go into the subject.
#pragma once

#include "common/nats/bus.h"
#include "proto/names.h"

enum { RPC_TIMEOUT_MS = 5000 };

/* A question; all borrowed. Org and team are NULL where the call has none. */
struct rpc_request {
	const char *service; /* "run.claim" */
	const char *org, *team;
	const ProtobufCMessage *request;
	const ProtobufCMessageDescriptor *reply;
};

/*
 * Sends it and unpacks the answer into *out, which the caller owns. RETRY when nobody
 * answers within RPC_TIMEOUT_MS; else the fault of the answerer.
 */
NODISCARD bool rpc_call(struct bus *bus, const struct rpc_request *request, void **out,
	struct fault *fault);

/*
 * The same with the types filled in:
 *
 *	pb_run_claim_reply *reply AUTO(pb_run_claim_reply_free) = NULL;
 *
 *	if (!RPC(bus, "run.claim", org, team, &request, run_claim, &reply, fault))
 */
#define RPC(bus, service, org, team, request, name, out, fault)             \
	rpc_call(bus,                                                       \
		&(struct rpc_request){service, org, team, &(request)->base, \
			&tocsin__v1__##name##_reply__descriptor},           \
		(void **)(out), fault)
