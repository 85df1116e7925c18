// SPDX-License-Identifier: Apache-2.0
// Sealing all secrets anew under the newest key, a slice at a time, while everything
// runs: configurations first, then their history. Versions, ETags, fingerprints and what
// is told to anybody stay as they are. Stopped anywhere, it goes on from the cursor, or
// from the start: what is done already is only looked at.
#pragma once

#include "common/json.h"
#include "config-store/secrets/secrets.h"
#include "config-store/store.h"

enum { REKEY_CURSOR_SIZE = 2 * NAME_MAX_LEN + 8 };

struct rekey {
	const char *org;    /* "": of all organisations */
	const char *cursor; /* "": from the start; 400 for what is none */

	/* Filled. */
	long looked_at; /* rows */
	long rows;      /* of them changed */
	struct secrets_count count;
	json_t *unopened; /* where, the first of them; the caller releases it */
	char next[REKEY_CURSOR_SIZE]; /* "": that was all */
};

void rekey_done(struct rekey *rekey);
DEFINE_AUTO_DONE(struct rekey, rekey_done)

/* One slice, each batch of it in a transaction of its own. */
NODISCARD bool rekey_slice(
	struct store_thread *thread, struct rekey *rekey, struct fault *fault);
