// SPDX-License-Identifier: Apache-2.0
// The same look-up for the other daemons.
#include <string.h>

#include "config-store/routing/lookup.h"
#include "config-store/rpc.h"

/* Appends to a repeated field, which has room. */
static bool append(char **list, size_t *count, const char *word, struct fault *fault)
{
	if (!rpc_string(&list[*count], word, fault))
		return false;
	(*count)++;
	return true;
}

static bool allocate(pb_routing_lookup_reply *out, size_t unknown, struct fault *fault)
{
	out->tried = calloc(IDENTIFIER_TYPES, sizeof(char *));
	out->invalid = calloc(IDENTIFIER_TYPES, sizeof(char *));
	out->unknown = calloc(unknown + 1, sizeof(char *));
	return (out->tried && out->invalid && out->unknown) ||
		fault_set(fault, FAULT_RETRY, "no memory for a reply");
}

static bool add_try(pb_routing_lookup_reply *out, const struct lookup *lookup, int i,
	struct fault *fault)
{
	const struct lookup_try *try = &lookup->tries[i];
	const char *name = identifier_kinds[i].name;

	if (try->asked && !try->valid)
		return append(out->invalid, &out->n_invalid, name, fault);
	if (try->valid && (lookup->matched < 0 || i <= lookup->matched))
		return append(out->tried, &out->n_tried, name, fault);
	return true;
}

static bool print(
	pb_routing_lookup_reply *out, const struct lookup *lookup, struct fault *fault)
{
	const struct lookup_try *winner =
		lookup->matched < 0 ? NULL : &lookup->tries[lookup->matched];
	const json_t *name;
	size_t i;

	if (!allocate(out, json_array_size(lookup->unknown), fault))
		return false;
	for (int type = 0; type < IDENTIFIER_TYPES; type++)
		if (!add_try(out, lookup, type, fault))
			return false;
	json_array_foreach(lookup->unknown, i, name)
	{
		if (!append(out->unknown, &out->n_unknown, json_string_value(name),
			    fault))
			return false;
	}
	if (!winner)
		return true;
	out->found = true;
	return rpc_string(&out->org, winner->org, fault) &&
		rpc_string(&out->team, winner->team, fault) &&
		rpc_string(&out->matched_by, identifier_kinds[lookup->matched].name,
			fault) &&
		rpc_string(&out->matched_value, winner->value, fault);
}

bool lookup_rpc(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault)
{
	const pb_routing_lookup_request *in = (const void *)request;
	struct lookup lookup AUTO(lookup_done) = {.org = in->org};

	if (*in->org && !id_is_name(in->org))
		return fault_set(fault, FAULT_REJECT, "'%.80s' is no organisation's id",
			in->org);
	for (size_t i = 0; i < in->n_identifiers; i++)
		if (!lookup_add(&lookup, in->identifiers[i]->type,
			    in->identifiers[i]->value, fault))
			return false;
	return lookup_run(&lookup, rpc_thread(call), fault) &&
		print((void *)reply, &lookup, fault);
}
