// SPDX-License-Identifier: Apache-2.0
// The routes bucket, entry by entry, each write on the condition that nobody else has
// written since the read: who is late loses, and nothing old ever covers something new.
#pragma once

#include <stdint.h>

#include "common/nats/publisher.h"
#include "common/wire.h"

struct bucket_entry {
	char *key;  /* "<org>.<team>" */
	void *data; /* NULL: there is none, or it has been deleted */
	size_t len;
	uint64_t sequence; /* of the last write of any kind; 0: never */
};

void bucket_entry_done(struct bucket_entry *entry);
DEFINE_AUTO_DONE(struct bucket_entry, bucket_entry_done)

NODISCARD bool bucket_read(struct bucket_entry *out, struct bus *bus, const char *key,
	struct fault *fault);

/*
 * The same for many with all requests under way together: fills `count` entries, of
 * which only the key is set. After a failure some may be filled.
 */
NODISCARD bool bucket_read_many(struct bucket_entry *const *entries, size_t count,
	struct bus *bus, struct fault *fault);

/*
 * Puts `data` where `entry` was read, or deletes it when data is NULL. *lost: somebody
 * else was faster, read again.
 */
NODISCARD bool bucket_write(struct publisher *publisher,
	const struct bucket_entry *entry, const void *data, size_t len, bool *lost,
	struct fault *fault);

/*
 * The same without waiting: `done` is called as publisher_send() says, and
 * bucket_is_lost() tells of what it gets whether somebody else was faster.
 */
NODISCARD bool bucket_send(struct publisher *publisher,
	const struct bucket_entry *entry, const struct wire *data,
	published_callback done, void *context, struct fault *fault);

bool bucket_is_lost(const struct published *result);

/* Every entry that is there, for bucket_list_free(). */
struct bucket_list {
	size_t count;
	struct bucket_entry *entries;
};

NODISCARD bool bucket_list_read(
	struct bucket_list *out, struct bus *bus, struct fault *fault);
void bucket_list_done(struct bucket_list *list);
DEFINE_AUTO_DONE(struct bucket_list, bucket_list_done)
