// SPDX-License-Identifier: Apache-2.0
// Short names for the generated protobuf code. Each message X has pb_X, pb_X_init(&x),
// pb_X_unpack(data, len) (NULL for bytes that are no X) and pb_X_free for AUTO.
#pragma once

#include <string.h>

#include "common/auto.h"
#include "tocsin/v1/audit.pb-c.h"
#include "tocsin/v1/command.pb-c.h"
#include "tocsin/v1/event.pb-c.h"
#include "tocsin/v1/result.pb-c.h"
#include "tocsin/v1/route.pb-c.h"
#include "tocsin/v1/rpc.pb-c.h"
#include "tocsin/v1/step.pb-c.h"
#include "tocsin/v1/task.pb-c.h"

#define PROTO_NAME(name, Type)                                                    \
	typedef Tocsin__V1__##Type pb_##name;                                     \
                                                                                  \
	static inline void pb_##name##_init(pb_##name *message)                   \
	{                                                                         \
		tocsin__v1__##name##__init(message);                              \
	}                                                                         \
                                                                                  \
	static inline pb_##name *pb_##name##_unpack(const void *data, size_t len) \
	{                                                                         \
		return tocsin__v1__##name##__unpack(NULL, len, data);             \
	}                                                                         \
                                                                                  \
	static inline void pb_##name##_free(pb_##name *message)                   \
	{                                                                         \
		if (message)                                                      \
			tocsin__v1__##name##__free_unpacked(message, NULL);       \
	}                                                                         \
	DEFINE_AUTO(pb_##name, pb_##name##_free)

PROTO_NAME(admin_read_reply, AdminReadReply)
PROTO_NAME(admin_read_request, AdminReadRequest)
PROTO_NAME(audit_record, AuditRecord)
PROTO_NAME(auth_verify_reply, AuthVerifyReply)
PROTO_NAME(auth_verify_request, AuthVerifyRequest)
PROTO_NAME(body_pieces, BodyPieces)
PROTO_NAME(command, Command)
PROTO_NAME(command_begin_reply, CommandBeginReply)
PROTO_NAME(command_begin_request, CommandBeginRequest)
PROTO_NAME(config_effective_reply, ConfigEffectiveReply)
PROTO_NAME(config_effective_request, ConfigEffectiveRequest)
PROTO_NAME(config_patch_reply, ConfigPatchReply)
PROTO_NAME(config_patch_request, ConfigPatchRequest)
PROTO_NAME(destination, Destination)
PROTO_NAME(event, Event)
PROTO_NAME(found, Found)
PROTO_NAME(header, Header)
PROTO_NAME(identifier, Identifier)
PROTO_NAME(node_delete_reply, NodeDeleteReply)
PROTO_NAME(node_delete_request, NodeDeleteRequest)
PROTO_NAME(node_ensure_reply, NodeEnsureReply)
PROTO_NAME(node_ensure_request, NodeEnsureRequest)
PROTO_NAME(provision_begin_reply, ProvisionBeginReply)
PROTO_NAME(provision_begin_request, ProvisionBeginRequest)
PROTO_NAME(provision_record_reply, ProvisionRecordReply)
PROTO_NAME(provision_record_request, ProvisionRecordRequest)
PROTO_NAME(provision_step, ProvisionStep)
PROTO_NAME(result, Result)
PROTO_NAME(route_document, RouteDocument)
PROTO_NAME(routing_lookup_reply, RoutingLookupReply)
PROTO_NAME(routing_lookup_request, RoutingLookupRequest)
PROTO_NAME(rpc_reply, RpcReply)
PROTO_NAME(run_claim_reply, RunClaimReply)
PROTO_NAME(run_claim_request, RunClaimRequest)
PROTO_NAME(run_finish_reply, RunFinishReply)
PROTO_NAME(run_finish_request, RunFinishRequest)
PROTO_NAME(run_renew_reply, RunRenewReply)
PROTO_NAME(run_renew_request, RunRenewRequest)
PROTO_NAME(schedule_list_reply, ScheduleListReply)
PROTO_NAME(schedule_list_request, ScheduleListRequest)
PROTO_NAME(schedule_remove_reply, ScheduleRemoveReply)
PROTO_NAME(schedule_remove_request, ScheduleRemoveRequest)
PROTO_NAME(schedule_set_reply, ScheduleSetReply)
PROTO_NAME(schedule_set_request, ScheduleSetRequest)
PROTO_NAME(step, Step)
PROTO_NAME(task, Task)
PROTO_NAME(token_issue_reply, TokenIssueReply)
PROTO_NAME(token_issue_request, TokenIssueRequest)
PROTO_NAME(token_revoke_reply, TokenRevokeReply)
PROTO_NAME(token_revoke_request, TokenRevokeRequest)
PROTO_NAME(trigger_override, TriggerOverride)

#undef PROTO_NAME
