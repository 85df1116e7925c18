// SPDX-License-Identifier: Apache-2.0
// Sets of a few entries, each set under one of a few locks. An entry without a
// generation is not good for answering: it only remembers whose the credential is.
#include "config-store/caller/verified.h"

#include <pthread.h>
#include <string.h>

enum { SETS = 1024, WAYS = 4, LOCKS = 64 };

struct entry {
	unsigned char key[HMAC_SIZE];
	struct caller caller;
	uint64_t generation;
	int64_t until_ms; /* monotonic */
};

struct verified {
	verified_generation generation;
	const void *context;
	pthread_mutex_t locks[LOCKS];
	struct entry entries[SETS][WAYS];
};

bool verified_open(struct verified **out, verified_generation generation,
	const void *context, struct fault *fault)
{
	struct verified *made = calloc(1, sizeof(*made));

	if (!made)
		return fault_set(fault, FAULT_FATAL, "no memory for credentials");
	made->generation = generation;
	made->context = context;
	for (size_t i = 0; i < LOCKS; i++)
		(void)pthread_mutex_init(&made->locks[i], NULL);
	*out = made;
	return true;
}

void verified_close(struct verified *verified)
{
	if (!verified)
		return;
	for (size_t i = 0; i < LOCKS; i++)
		(void)pthread_mutex_destroy(&verified->locks[i]);
	free(verified);
}

static size_t set_of(const unsigned char *key)
{
	return ((size_t)key[0] << 8 | key[1]) % SETS;
}

/* NULL when there is none. */
static struct entry *find(struct entry *set, const unsigned char *key)
{
	for (size_t i = 0; i < WAYS; i++)
		if (memcmp(set[i].key, key, HMAC_SIZE) == 0 &&
			set[i].caller.kind != CALLER_NONE)
			return &set[i];
	return NULL;
}

/*
 * An issuer's admin rests on no row of ours: only time ends it. Everything else rests on
 * rows of one organisation.
 */
static bool rests_on_rows(const struct caller *caller)
{
	return strcmp(caller->auth_kind, "oidc") != 0;
}

bool verified_find(struct caller *caller, struct verified_look *look,
	struct verified *verified, const unsigned char key[HMAC_SIZE])
{
	size_t set = set_of(key);
	pthread_mutex_t *lock = &verified->locks[set % LOCKS];
	struct entry *entry, found = {.caller = {.kind = CALLER_NONE}};

	look->org[0] = '\0';
	look->generation = 0;
	(void)pthread_mutex_lock(lock);
	entry = find(verified->entries[set], key);
	if (entry)
		found = *entry;
	(void)pthread_mutex_unlock(lock);
	if (found.caller.kind == CALLER_NONE)
		return false;
	memcpy(look->org, found.caller.org, sizeof(look->org));
	if (rests_on_rows(&found.caller)) {
		look->generation = verified->generation(verified->context, look->org);
		if (look->generation == 0 || look->generation != found.generation)
			return false;
	}
	if (look->mono_ms >= found.until_ms ||
		(found.caller.expires_at_us > 0 &&
			look->wall_us >= found.caller.expires_at_us))
		return false;
	*caller = found.caller;
	return true;
}

/* The entry of the key, else a free one, else the one that ends first. */
static struct entry *place(struct entry *set, const unsigned char *key)
{
	struct entry *entry = find(set, key);

	if (entry)
		return entry;
	entry = set;
	for (size_t i = 1; i < WAYS; i++)
		if (set[i].until_ms < entry->until_ms)
			entry = &set[i];
	return entry;
}

void verified_keep(struct verified *verified, const unsigned char key[HMAC_SIZE],
	const struct verified_look *look, const struct caller *caller)
{
	size_t set = set_of(key);
	pthread_mutex_t *lock = &verified->locks[set % LOCKS];
	struct entry *entry;

	(void)pthread_mutex_lock(lock);
	entry = place(verified->entries[set], key);
	memcpy(entry->key, key, HMAC_SIZE);
	entry->caller = *caller;
	/* One that was read before the organisation was known proves nothing. */
	entry->generation = strcmp(look->org, caller->org) == 0 ? look->generation : 0;
	entry->until_ms = look->mono_ms + VERIFIED_MS;
	(void)pthread_mutex_unlock(lock);
}
