// SPDX-License-Identifier: Apache-2.0
// Which team claims which value: the routes of all teams in memory. One thread writes,
// any number look up; see table.h for why they hardly meet.
//
// Measured with 100,000 teams of five identifiers each: about 470 bytes per route.
#pragma once

#include "common/identifier.h"
#include "proto/names.h"
#include "router/table.h"

struct index;

NODISCARD bool index_new(struct index **out, struct fault *fault);

/* Routes that are still held live on until they are released. */
void index_free(struct index *index);
DEFINE_AUTO(struct index, index_free)

/*
 * The writer only. A whole load of the bucket: routes that index_put() does not bring
 * between the two calls are dropped at the end. Until then they stay in use.
 */
void index_load_begin(struct index *index);
void index_load_end(struct index *index);

/*
 * The writer only. Takes the entry `key` ("<org>.<team>") of the bucket. An older
 * revision than the one in hand is passed over. REJECT when it is no route of that
 * team.
 */
NODISCARD bool index_put(struct index *index, const char *key, uint64_t revision,
	const void *data, size_t len, struct fault *fault);

/* The writer only. */
void index_remove(struct index *index, const char *key);

/* Any thread. */
size_t index_count(const struct index *index);

/*
 * Any thread: the route that claims the normalised `value`, held for the caller. NULL
 * when there is none. Of two that claim it the one written last counts; when that one
 * goes, the other counts again.
 */
struct route *index_find(
	struct index *index, enum identifier_type type, const char *value);

/* The document without its identifiers. The caller owns *out. */
NODISCARD bool route_document(
	pb_route_document **out, const struct route *route, struct fault *fault);
