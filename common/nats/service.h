// SPDX-License-Identifier: Apache-2.0
// Answering requests on tocsin.rpc.*: a table of calls, served by threads in a queue
// group.
#pragma once

#include "common/nats/bus.h"
#include "proto/names.h"

/* Who asks for whom, from the subject; org and team are "" for calls without a tenant.
 */
struct service_call {
	const char *org, *team;
	void *thread; /* what service.thread_open made for this thread */
	void *context;
};

/*
 * Fills `reply`, which is initialised, and whose fields the handler allocates as
 * protobuf-c does (malloc; they are freed with it).
 */
typedef bool (*service_handler)(const struct service_call *call,
	const ProtobufCMessage *request, ProtobufCMessage *reply, struct fault *fault);

struct service_verb {
	const char *name; /* "run.claim"; NULL ends the table */
	bool has_tenant;  /* ends in .<org>.<team> */
	const ProtobufCMessageDescriptor *request, *reply;
	service_handler handle;
};

struct service {
	const struct service_verb *verbs;
	int threads;
	bool (*thread_open)(void **thread, void *context, struct fault *fault);
	void (*thread_close)(void *thread);
	void *context;
};

struct service_runner;

/*
 * Starts answering. Unknown verbs and bytes that are no request are answered with REJECT.
 * `bus` is best one of bus_open_prompt(): over another each answer waits a millisecond.
 */
NODISCARD bool service_start(struct service_runner **out, const struct service *service,
	struct bus *bus, struct fault *fault);

/* Stops taking requests, finishes those in hand. */
void service_stop(struct service_runner *runner);
DEFINE_AUTO(struct service_runner, service_stop)
