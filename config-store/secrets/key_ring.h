// SPDX-License-Identifier: Apache-2.0
// The keys that open secrets, as of the last look at their file. A ring is a snapshot:
// it is replaced, never edited, and lives while somebody uses it.
#pragma once

#include <stdatomic.h>

#include "common/settings.h"
#include "config-store/secrets/cipher.h"

struct key_ring {
	atomic_int users;
	size_t count;                        /* 0: there are none */
	struct cipher_key keys[SECRETS_MAX]; /* the first, the newest, seals */
};

struct key_rings;

/* Reads the keys anew. The caller frees `out` with secret_list_free(). */
typedef bool (*key_ring_reader)(struct secret_list *out, struct fault *fault);

/* FATAL when a key is none. Any thread may use what it gives. */
NODISCARD bool key_rings_open(
	struct key_rings **out, const struct secret_list *keys, struct fault *fault);
void key_rings_close(struct key_rings *rings);

/* From now on `path` is looked at before each use, and read when it has changed. */
void key_rings_follow(struct key_rings *rings, const char *path, key_ring_reader read);

/* The ring as of now; key_ring_release() it. Keys that cannot be read change nothing. */
struct key_ring *key_rings_take(struct key_rings *rings);
void key_ring_release(struct key_ring *ring);
DEFINE_AUTO(struct key_ring, key_ring_release)

/*
 * Reads the keys whether or not the file looks changed. False when they are no good:
 * the ring stays. True, with nothing done, when there is no file to follow.
 */
NODISCARD bool key_rings_reload(struct key_rings *rings, struct fault *fault);
