// SPDX-License-Identifier: Apache-2.0
// Credentials that have been verified lately, so that the next call with the same one
// asks nobody. Bounded in number and in time; keyed by a hash, so that no credential
// stays in memory; nothing is kept of what was no good. Safe from all threads.
#pragma once

#include "common/hmac.h"
#include "config-store/store.h"

/* How long at most: this is how late a token's last use may be written. */
enum { VERIFIED_MS = 60000 };

/*
 * A number that changes with every write that `org` has anything to do with, in any
 * process; 0 when that cannot be known now.
 */
typedef uint64_t (*verified_generation)(const void *context, const char *org);

NODISCARD bool verified_open(struct verified **out, verified_generation generation,
	const void *context, struct fault *fault);
void verified_close(struct verified *verified);
DEFINE_AUTO(struct verified, verified_close)

/*
 * What verified_keep() needs of the look before: the generation must be read before
 * the database is. The organisation of a credential never seen is not known then, so it
 * is kept from its second time on.
 */
struct verified_look {
	int64_t wall_us, mono_ms; /* the caller's; the others are filled */
	char org[NAME_MAX_LEN + 1];
	uint64_t generation;
};

/* True with *caller filled when it is good still. */
bool verified_find(struct caller *caller, struct verified_look *look,
	struct verified *verified, const unsigned char key[HMAC_SIZE]);

/* Remembers it, from the time of the look on. */
void verified_keep(struct verified *verified, const unsigned char key[HMAC_SIZE],
	const struct verified_look *look, const struct caller *caller);
