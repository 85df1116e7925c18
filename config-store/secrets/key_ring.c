// SPDX-License-Identifier: Apache-2.0
#include "config-store/secrets/key_ring.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/log.h"

enum { TROUBLE_MS = 5000 };

struct key_rings {
	pthread_mutex_t mutex;
	struct key_ring *ring;
	const char *path; /* NULL: the keys are not in a file */
	key_ring_reader read;
	struct stat seen;       /* the file, before it was read */
	int64_t quiet_until_ms; /* after a file that was no good */
};

static bool make(
	struct key_ring **out, const struct secret_list *keys, struct fault *fault)
{
	struct key_ring *ring AUTO(key_ring_release) = calloc(1, sizeof(*ring));

	if (!ring)
		return fault_set(fault, FAULT_RETRY, "no memory for keys");
	atomic_init(&ring->users, 1);
	for (; ring->count < keys->count; ring->count++)
		if (!cipher_key_parse(
			    &ring->keys[ring->count], keys->values[ring->count]))
			return fault_set(fault, FAULT_FATAL,
				"TOCSIN_SECRETS_KEY: line %zu is not 32 bytes in "
				"base64; make one with: openssl rand -base64 32",
				ring->count + 1);
	*out = TAKE(ring);
	return true;
}

void key_ring_release(struct key_ring *ring)
{
	if (!ring || atomic_fetch_sub(&ring->users, 1) > 1)
		return;
	explicit_bzero(ring, sizeof(*ring));
	free(ring);
}

bool key_rings_open(
	struct key_rings **out, const struct secret_list *keys, struct fault *fault)
{
	struct key_ring *ring AUTO(key_ring_release) = NULL;
	struct key_rings *rings;

	if (!make(&ring, keys, fault))
		return false;
	rings = calloc(1, sizeof(*rings));
	if (!rings)
		return fault_set(fault, FAULT_RETRY, "no memory for keys");
	(void)pthread_mutex_init(&rings->mutex, NULL);
	rings->ring = TAKE(ring);
	*out = rings;
	return true;
}

void key_rings_close(struct key_rings *rings)
{
	if (!rings)
		return;
	key_ring_release(rings->ring);
	(void)pthread_mutex_destroy(&rings->mutex);
	free(rings);
}

void key_rings_follow(struct key_rings *rings, const char *path, key_ring_reader read)
{
	(void)pthread_mutex_lock(&rings->mutex);
	rings->path = path;
	rings->read = read;
	(void)pthread_mutex_unlock(&rings->mutex);
}

static bool read_ring(struct key_ring **out, key_ring_reader read, struct fault *fault)
{
	struct secret_list keys = {0};
	bool good = read(&keys, fault);

	if (good && keys.count == 0)
		good = fault_set(fault, FAULT_REJECT,
			"TOCSIN_SECRETS_KEY: the file has no keys any more");
	good = good && make(out, &keys, fault);
	secret_list_free(&keys);
	return good;
}

/* With the mutex held. What was seen is what was there before the read. */
static bool reload(
	struct key_rings *rings, const struct stat *found, struct fault *fault)
{
	struct key_ring *ring = NULL;

	rings->seen = *found;
	if (!read_ring(&ring, rings->read, fault) || !ring) {
		/* Tried again soon, but not by every request. */
		rings->quiet_until_ms = clock_mono_ms() + TROUBLE_MS;
		rings->seen = (struct stat){0};
		return false;
	}
	rings->quiet_until_ms = 0;
	log_line(LOG_INFO, "secrets keys read", "keys=%zu newest=%s", ring->count,
		ring->keys[0].id);
	key_ring_release(rings->ring);
	rings->ring = ring;
	return true;
}

static bool is_changed(const struct stat *seen, const struct stat *found)
{
	return seen->st_ino != found->st_ino || seen->st_dev != found->st_dev ||
		seen->st_size != found->st_size ||
		memcmp(&seen->st_mtim, &found->st_mtim, sizeof(found->st_mtim)) != 0 ||
		memcmp(&seen->st_ctim, &found->st_ctim, sizeof(found->st_ctim)) != 0;
}

struct key_ring *key_rings_take(struct key_rings *rings)
{
	struct key_ring *ring;
	struct fault fault = {0};
	struct stat found;

	(void)pthread_mutex_lock(&rings->mutex);
	if (rings->path && clock_mono_ms() >= rings->quiet_until_ms &&
		stat(rings->path, &found) == 0 && is_changed(&rings->seen, &found) &&
		!reload(rings, &found, &fault))
		log_fault(&fault, "secrets keys: those from before stay in use");
	ring = rings->ring;
	(void)atomic_fetch_add(&ring->users, 1);
	(void)pthread_mutex_unlock(&rings->mutex);
	return ring;
}

bool key_rings_reload(struct key_rings *rings, struct fault *fault)
{
	struct stat found = {0};
	bool good = true;

	(void)pthread_mutex_lock(&rings->mutex);
	if (rings->path) {
		(void)stat(rings->path, &found); /* reading it says what is wrong */
		good = reload(rings, &found, fault);
	}
	(void)pthread_mutex_unlock(&rings->mutex);
	return good;
}
