// SPDX-License-Identifier: Apache-2.0
#include "router/index.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/ids.h"
#include "common/nats/subjects.h"
#include "common/text.h"

enum {
	TYPE_KEY = IDENTIFIER_TYPES, /* the team itself, the first claim of a route */
	KEY_SIZE = 2 * NAME_MAX_LEN + 2,
	CLAIMS_MAX = UINT16_MAX
};

struct index {
	struct table *table;
	uint32_t generation;
	atomic_size_t count;
};

bool index_new(struct index **out, struct fault *fault)
{
	struct index *index AUTO(index_free) = calloc(1, sizeof(*index));

	if (!index)
		return fault_set(fault, FAULT_FATAL, "no memory for the route index");
	if (!table_new(&index->table, fault))
		return false;
	*out = TAKE(index);
	return true;
}

static void drop(struct index *index, struct route *route)
{
	for (uint32_t i = 0; i < route->claim_count; i++)
		table_remove(index->table, &route->claims[i]);
	route_release(route);
	index->count--;
}

static void sweep(struct index *index)
{
	struct route *stale;
	size_t cursor = 0;

	while ((stale = table_stale(index->table, index->generation, &cursor)))
		drop(index, stale);
}

void index_free(struct index *index)
{
	if (!index)
		return;
	if (index->table) {
		index->generation++;
		sweep(index);
		table_free(index->table);
	}
	free(index);
}

void index_load_begin(struct index *index)
{
	index->generation++;
}

void index_load_end(struct index *index)
{
	sweep(index);
}

/* The identifiers as claims: in normalised form, what cannot be one left out. */
struct claims {
	struct text values;
	struct claim *claims; /* offsets count from the start of `values` */
	size_t count;
};

static void claims_done(struct claims *claims)
{
	text_done(&claims->values);
	free(claims->claims);
}
DEFINE_AUTO_DONE(struct claims, claims_done)

static void add_claim(struct claims *claims, unsigned type, const char *value)
{
	size_t len = strlen(value);

	assert(len <= UINT8_MAX);
	claims->claims[claims->count] =
		(struct claim){.offset = (uint32_t)claims->values.len,
			.number = (uint16_t)claims->count,
			.type = (uint8_t)type,
			.len = (uint8_t)len};
	text_add_bytes(&claims->values, value, len);
	claims->count++;
}

static bool collect(struct claims *claims, const char *key,
	const pb_route_document *document, struct fault *fault)
{
	char value[IDENTIFIER_SIZE];

	if (document->n_identifiers >= CLAIMS_MAX)
		return fault_set(fault, FAULT_REJECT,
			"route %s: %zu identifiers are too many", key,
			document->n_identifiers);
	claims->claims = calloc(document->n_identifiers + 1, sizeof(*claims->claims));
	if (!claims->claims)
		return fault_set(fault, FAULT_RETRY, "no memory for route %s", key);
	add_claim(claims, TYPE_KEY, key);
	for (size_t i = 0; i < document->n_identifiers; i++) {
		const pb_identifier *identifier = document->identifiers[i];
		struct fault unclaimable = {0};
		enum identifier_type type;

		if (identifier_type_parse(&type, identifier->type) &&
			identifier_normalise(
				value, type, identifier->value, &unclaimable))
			add_claim(claims, type, value);
	}
	return !text_failed(&claims->values) ||
		fault_set(fault, FAULT_RETRY, "no memory for route %s", key);
}

/* The identifiers are in the claims; the rest of the document is kept packed. */
static bool build(struct route **out, const struct claims *claims,
	pb_route_document *document, struct fault *fault)
{
	size_t identifiers = document->n_identifiers, len, values, size;
	struct route *route;

	assert(claims->claims);
	document->n_identifiers = 0;
	len = protobuf_c_message_get_packed_size(&document->base);
	values = sizeof(*route) + claims->count * sizeof(route->claims[0]);
	size = values + claims->values.len + len;
	route = malloc(size);
	if (route) {
		*route = (struct route){.claim_count = (uint32_t)claims->count,
			.document_offset = (uint32_t)(size - len),
			.document_len = (uint32_t)len};
		memcpy(route->claims, claims->claims,
			claims->count * sizeof(route->claims[0]));
		for (size_t i = 0; i < claims->count; i++)
			route->claims[i].offset += (uint32_t)values;
		memcpy((char *)route + values, text_string(&claims->values),
			claims->values.len);
		(void)protobuf_c_message_pack(
			&document->base, (uint8_t *)route + route->document_offset);
	}
	document->n_identifiers = identifiers;
	*out = route;
	return route || fault_set(fault, FAULT_RETRY, "no memory for a route");
}

static bool is_of_key(const pb_route_document *document, const char *key)
{
	char expected[KEY_SIZE];

	if (!id_is_name(document->org) || !id_is_name(document->team))
		return false;
	(void)snprintf(
		expected, sizeof(expected), ROUTE_KEY, document->org, document->team);
	return strcmp(expected, key) == 0;
}

static void replace(struct index *index, struct route *old, struct route *route)
{
	/* The new claims first: no value is without its team in between. */
	for (uint32_t i = 0; i < route->claim_count; i++)
		table_insert(index->table, &route->claims[i]);
	index->count++;
	if (old)
		drop(index, old);
}

bool index_put(struct index *index, const char *key, uint64_t revision,
	const void *data, size_t len, struct fault *fault)
{
	pb_route_document *document AUTO(pb_route_document_free) =
		pb_route_document_unpack(data, len);
	struct claims claims AUTO(claims_done) = {0};
	struct route *old AUTO(route_release) = NULL;
	struct route *route;

	if (!document || !is_of_key(document, key))
		return fault_set(fault, FAULT_REJECT,
			"entry %.130s of " BUCKET_ROUTES " is no route of that team",
			key);
	old = table_find(index->table, TYPE_KEY, key, strlen(key));
	if (old && old->generation == index->generation && old->revision >= revision)
		return true;
	if (!collect(&claims, key, document, fault) ||
		!build(&route, &claims, document, fault))
		return false;
	route->holds = 1;
	route->generation = index->generation;
	route->revision = revision;
	replace(index, old, route);
	return true;
}

void index_remove(struct index *index, const char *key)
{
	struct route *route AUTO(route_release) =
		table_find(index->table, TYPE_KEY, key, strlen(key));

	if (route)
		drop(index, route);
}

size_t index_count(const struct index *index)
{
	return index->count;
}

struct route *index_find(
	struct index *index, enum identifier_type type, const char *value)
{
	return table_find(index->table, type, value, strlen(value));
}

bool route_document(
	pb_route_document **out, const struct route *route, struct fault *fault)
{
	const char *document = (const char *)route + route->document_offset;

	*out = pb_route_document_unpack(document, route->document_len);
	return *out || fault_set(fault, FAULT_RETRY, "no memory for a route");
}
