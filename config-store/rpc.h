// SPDX-License-Identifier: Apache-2.0
// What the other daemons ask over NATS: the table of verbs and what they share.
#pragma once

#include "common/nats/service.h"
#include "config-store/store.h"

extern const struct service_verb rpc_verbs[];

/* The thread of a call, ready for it: its caller is `call`'s organisation. */
struct store_thread *rpc_thread(const struct service_call *call);

/* A copy of `value` as a field of a reply. */
NODISCARD bool rpc_string(char **field, const char *value, struct fault *fault);

/* What comes from the bus as text for PostgreSQL, for free(); RETRY without memory. */
NODISCARD bool rpc_text(char **out, const char *value, size_t max, struct fault *fault);

enum { RPC_TEXT_MAX = 500, RPC_NAME_MAX = 200, RPC_LEASE_MAX_MS = 3600000 };

/* lease.c */
bool lease_claim(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault);
bool lease_renew(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault);
bool lease_finish(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault);

/* admin_rpc.c */
bool admin_read(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault);
bool command_begin(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault);

/* lookup_rpc.c */
bool lookup_rpc(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault);

/* schedules_rpc.c */
bool schedule_list(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault);
bool schedule_remove(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault);
bool schedule_set(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault);

/* provision.c */
bool provision_begin(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault);
bool provision_record(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault);
