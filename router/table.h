// SPDX-License-Identifier: Apache-2.0
// A hash table of claims, each the n-th of its route: many readers, one writer. It is
// cut into shards with a lock each, so that a reader never waits for more than one
// insertion or the doubling of one shard, however much the writer has to do.
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "common/fault.h"

/* Lives inside its route. The value is in the route too, `offset` bytes from its start.
 */
struct claim {
	struct claim *next;
	uint32_t hash, offset;
	uint16_t number;
	uint8_t type, len;
};

/* One allocation: claims, then their values, then the packed document. Immutable but
 * for `holds`. */
struct route {
	atomic_uint holds;
	uint32_t generation; /* which load of the bucket it came with */
	uint64_t revision;   /* of its entry in the bucket */
	uint32_t document_offset, document_len;
	uint32_t claim_count;
	struct claim claims[];
};

struct table;

NODISCARD bool table_new(struct table **out, struct fault *fault);

/* The routes must be gone. */
void table_free(struct table *table);
DEFINE_AUTO(struct table, table_free)

/* The writer only. Claims must not be empty of `type`, `offset`, `len` and `number`. */
void table_insert(struct table *table, struct claim *claim);
void table_remove(struct table *table, struct claim *claim);

/* The writer only: some route whose generation is not `generation`, NULL when there is
 * none. *cursor starts at 0; what is found must be removed before the next call. */
struct route *table_stale(struct table *table, uint32_t generation, size_t *cursor);

/* Any thread: the newest route with the claim, held for the caller; NULL for none. */
struct route *table_find(
	struct table *table, unsigned type, const char *value, size_t len);

void route_hold(struct route *route);
void route_release(struct route *route);
DEFINE_AUTO(struct route, route_release)

struct route *claim_route(const struct claim *claim);
