// SPDX-License-Identifier: Apache-2.0
// Effective configurations as HTTP answers them, secrets as placeholders, in so many bytes
// at most; what was not asked for the longest goes first. Whether an entry still holds is
// its generation's business: see notices.h.
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "common/fault.h"
#include "common/ids.h"

enum { ETAG_SIZE = 40 };

/* Never changed once it is made; freed by the last effective_release(). */
struct effective {
	uint64_t generation; /* read before the query */
	char org[NAME_MAX_LEN + 1], node[NAME_MAX_LEN + 1];
	char etag[ETAG_SIZE]; /* without quotes */
	size_t len;
	const char *text; /* JSON */

	/* The cache's. */
	atomic_int users;
	size_t cost;
	struct effective *next, *newer, *older;
};

/* Copies all. One user: the caller. NULL only when memory runs out. */
NODISCARD struct effective *effective_new(const char *org, const char *node,
	uint64_t generation, const char *etag, const char *text);
void effective_release(struct effective *effective);
DEFINE_AUTO(struct effective, effective_release)

struct effective_cache;

/* `bytes` 0: it keeps nothing. From any thread, as are all calls. */
NODISCARD bool effective_cache_open(
	struct effective_cache **out, size_t bytes, struct fault *fault);
void effective_cache_close(struct effective_cache *cache);
DEFINE_AUTO(struct effective_cache, effective_cache_close)

/* One of this generation, for effective_release(); NULL when there is none. Counts hits. */
struct effective *effective_cache_get(struct effective_cache *cache, const char *org,
	const char *node, uint64_t generation);

/* Counts one that had to be made. */
void effective_cache_missed(void);

/* Keeps it too, in the place of another of the same node. */
void effective_cache_put(struct effective_cache *cache, struct effective *effective);
