// SPDX-License-Identifier: Apache-2.0
#include "common/nats/rpc.h"

#include <stdio.h>

#include "common/nats/subjects.h"
#include "common/wire.h"

static void print_subject(
	char *out, const char *service, const char *org, const char *team)
{
	if (org)
		(void)snprintf(out, SUBJECT_SIZE, SUBJECT_RPC_TEAM, service, org, team);
	else
		(void)snprintf(out, SUBJECT_SIZE, SUBJECT_RPC, service);
}

static bool read_reply(const char *service, natsMsg *answer,
	const ProtobufCMessageDescriptor *reply_type, void **out, struct fault *fault)
{
	pb_rpc_reply *reply AUTO(pb_rpc_reply_free) = pb_rpc_reply_unpack(
		natsMsg_GetData(answer), (size_t)natsMsg_GetDataLength(answer));
	ProtobufCMessage *message;

	if (!reply)
		return fault_set(
			fault, FAULT_RETRY, "%s: the answer cannot be read", service);
	if (reply->fault == TOCSIN__V1__RPC_REPLY__FAULT__REJECT)
		return fault_set(fault, FAULT_REJECT, "%s", reply->fault_text);
	if (reply->fault != TOCSIN__V1__RPC_REPLY__FAULT__NONE)
		return fault_set(fault, FAULT_RETRY, "%s", reply->fault_text);
	message = protobuf_c_message_unpack(
		reply_type, NULL, reply->body.len, reply->body.data);
	if (!message)
		return fault_set(fault, FAULT_RETRY, "%s: the answer is no %s", service,
			reply_type->name);
	*out = message;
	return true;
}

bool rpc_call(struct bus *bus, const struct rpc_request *request, void **out,
	struct fault *fault)
{
	const char *service = request->service;
	struct wire wire AUTO(wire_done) = {0};
	natsMsg *answer AUTO(natsMsg_Destroy) = NULL;
	char subject[SUBJECT_SIZE];
	natsStatus status;

	if (!wire_pack(&wire, request->request, fault))
		return false;
	print_subject(subject, service, request->org, request->team);
	status = natsConnection_Request(&answer, bus_connection(bus), subject,
		wire.data, (int)wire.len, RPC_TIMEOUT_MS);
	if (status == NATS_NO_RESPONDERS)
		return fault_set(
			fault, FAULT_RETRY, "%s: no config-store is running", service);
	if (status != NATS_OK)
		return fault_set(fault, FAULT_RETRY, "%s: %s", service,
			natsStatus_GetText(status));
	return read_reply(service, answer, request->reply, out, fault);
}
