// SPDX-License-Identifier: Apache-2.0
// One command being carried out: what the steps are told, and where the saga is kept
// (in the config store, over rpc, under a lease).
#pragma once

#include "common/audit.h"
#include "common/nats/rpc.h"
#include "common/payload.h"
#include "proto/names.h"
#include "provisioner/saga.h"

/* The world, as functions: main.c gives the real one, tests give their own. */
struct order_world {
	void *context;

	/* As rpc_call(). */
	bool (*ask)(void *context, const struct rpc_request *call, void **reply,
		struct fault *fault);

	/* As audit_wait(). */
	bool (*tell)(void *context, const struct audit *audit, struct fault *fault);
};

/* All borrowed but run. */
struct order {
	const struct order_world *world;
	const pb_command *command;
	struct job *job; /* that brought it */
	enum verb verb;
	const json_t *payload; /* from payload_parse() */
	const char *worker; /* who carries it out: unlike that of any other attempt */
	long lease_ms;

	pb_provision_begin_reply *run; /* from order_begin() */
};

/*
 * Asks for the run of this order: order->run->outcome says whether it may be carried
 * out. Frees nothing; order_done() does.
 */
NODISCARD bool order_begin(struct order *order, struct fault *fault);

void order_done(struct order *order);
DEFINE_AUTO_DONE(struct order, order_done)

/* The key under which this order is done once, however often it is sent. */
const char *order_key(const struct order *order);

/* True when a record says that `step` has succeeded. */
bool order_is_done(const struct order *order, const char *step);

/*
 * Tells the audit trail, then records. RETRY when the lease has been lost: another
 * provisioner is at work, or will be.
 */
NODISCARD bool order_record(const struct order *order, const struct saga_record *record,
	struct fault *fault);

/* Tells that the run has started; told twice it is the same record. */
NODISCARD bool order_tell_started(const struct order *order, struct fault *fault);

/*
 * For an order that is never begun: a REJECT with these words, told to the audit trail
 * as provision.failed. Always false.
 */
bool order_refuse(const struct order *order, struct fault *fault, const char *why, ...)
	PRINTF_LIKE(3, 4);

/* Gives the lease up, so that the next attempt need not wait for its end. */
void order_release(const struct order *order);

/* ORDER_ASK(order, "node.ensure", &request, node_ensure, &reply, fault) */
#define ORDER_ASK(order, service, request, name, out, fault) \
	order_ask(order, service, &(request)->base,          \
		&tocsin__v1__##name##_reply__descriptor, (void **)(out), fault)

NODISCARD bool order_ask(const struct order *order, const char *service,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply,
	void **out, struct fault *fault);
