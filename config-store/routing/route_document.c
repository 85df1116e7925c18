// SPDX-License-Identifier: Apache-2.0
#include "config-store/routing/route_document.h"

#include <stdint.h>
#include <string.h>

#include "config-store/tree/identifiers.h"
#include "proto/names.h"

/* What the document points to: arrays of pointers as protobuf-c wants them. */
struct parts {
	pb_identifier *identifiers, **identifier_list;
	pb_destination *destinations, **destination_list;
	pb_trigger_override *overrides, **override_list;
};

static void parts_done(struct parts *parts)
{
	free(parts->identifiers);
	free(parts->identifier_list);
	free(parts->destinations);
	free(parts->destination_list);
	free(parts->overrides);
	free(parts->override_list);
}
DEFINE_AUTO_DONE(struct parts, parts_done)

static bool parts_new(struct parts *parts, const size_t counts[3])
{
	parts->identifiers = calloc(counts[0] + 1, sizeof(*parts->identifiers));
	parts->identifier_list = calloc(counts[0] + 1, sizeof(pb_identifier *));
	parts->destinations = calloc(counts[1] + 1, sizeof(*parts->destinations));
	parts->destination_list = calloc(counts[1] + 1, sizeof(pb_destination *));
	parts->overrides = calloc(counts[2] + 1, sizeof(*parts->overrides));
	parts->override_list = calloc(counts[2] + 1, sizeof(pb_trigger_override *));
	return parts->identifiers && parts->identifier_list && parts->destinations &&
		parts->destination_list && parts->overrides && parts->override_list;
}

static void fill_identifiers(
	pb_route_document *out, struct parts *parts, const json_t *claims)
{
	const json_t *claim;
	size_t i;

	json_array_foreach(claims, i, claim)
	{
		pb_identifier *one = &parts->identifiers[i];

		pb_identifier_init(one);
		one->type = wire_string(json_string_at(claim, "/type"));
		one->value = wire_string(json_string_at(claim, "/value"));
		parts->identifier_list[i] = one;
	}
	out->n_identifiers = json_array_size(claims);
	out->identifiers = parts->identifier_list;
}

static void fill_destinations(
	pb_route_document *out, struct parts *parts, const json_t *destinations)
{
	const json_t *from;
	size_t i;

	json_array_foreach(destinations, i, from)
	{
		pb_destination *one = &parts->destinations[i];

		pb_destination_init(one);
		one->type = wire_string(json_string_at(from, "/type"));
		one->channel = wire_string(json_string_at(from, "/channel_id"));
		one->thread = wire_string(json_string_at(from, "/thread_ts"));
		one->repository = wire_string(json_string_at(from, "/repo"));
		one->number = json_integer_or(from, "/number", 0);
		one->url = wire_string(json_string_at(from, "/url"));
		parts->destination_list[i] = one;
	}
	out->n_default_destinations = json_array_size(destinations);
	out->default_destinations = parts->destination_list;
}

static void fill_overrides(
	pb_route_document *out, struct parts *parts, const json_t *overrides)
{
	const char *source;
	json_t *mode;

	json_object_foreach((json_t *)(uintptr_t)overrides, source, mode)
	{
		pb_trigger_override *one = &parts->overrides[out->n_trigger_overrides];

		pb_trigger_override_init(one);
		one->source = wire_string(source);
		one->mode = wire_string(json_string_value(mode));
		parts->override_list[out->n_trigger_overrides++] = one;
	}
	out->trigger_overrides = parts->override_list;
}

bool route_document(struct wire *out, const char *const tenant[2],
	const json_t *effective, int64_t revision, struct fault *fault)
{
	const json_t *destinations =
		json_at(effective, "/output_config/default_destinations");
	const json_t *overrides =
		json_at(effective, "/output_config/trigger_overrides");
	json_t *problems AUTO(json_decref) = json_array();
	json_t *claims AUTO(json_decref) = identifiers_of(effective, problems);
	struct parts parts AUTO(parts_done) = {0};
	pb_route_document document;

	if (!claims ||
		!parts_new(&parts,
			(const size_t[]){json_array_size(claims),
				json_array_size(destinations),
				json_object_size(overrides)}))
		return fault_set(fault, FAULT_RETRY, "no memory for a route");
	pb_route_document_init(&document);
	document.org = wire_string(tenant[0]);
	document.team = wire_string(tenant[1]);
	document.pool =
		wire_string(json_string_or(effective, "/runtime/pool", "shared"));
	document.entrance_agent =
		wire_string(json_string_at(effective, "/entrance_agent"));
	document.revision = revision;
	fill_identifiers(&document, &parts, claims);
	fill_destinations(&document, &parts, destinations);
	fill_overrides(&document, &parts, overrides);
	return wire_pack(out, &document.base, fault);
}

bool route_is_same(const void *a, size_t a_len, const void *b, size_t b_len)
{
	pb_route_document *left AUTO(pb_route_document_free) =
		pb_route_document_unpack(a, a_len);
	pb_route_document *right AUTO(pb_route_document_free) =
		pb_route_document_unpack(b, b_len);
	struct wire one AUTO(wire_done) = {0}, other AUTO(wire_done) = {0};
	struct fault ignored = {0}; /* without memory they count as different */

	if (!left || !right)
		return false;
	left->revision = right->revision = 0;
	return wire_pack(&one, &left->base, &ignored) &&
		wire_pack(&other, &right->base, &ignored) && one.len == other.len &&
		memcmp(one.data, other.data, one.len) == 0;
}

int64_t route_revision(const void *data, size_t len)
{
	pb_route_document *document AUTO(pb_route_document_free) =
		pb_route_document_unpack(data, len);

	return document ? document->revision : -1;
}
