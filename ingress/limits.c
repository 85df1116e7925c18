// SPDX-License-Identifier: Apache-2.0
#include "ingress/limits.h"

#include <pthread.h>
#include <string.h>

#include "common/hmac.h"
#include "common/ids.h"

/* 16,384 counters in 384 KiB: what is not limited is forgotten first. */
enum { BUCKETS = 2048, WAYS = 8, KEY_SIZE = 32 };

struct counter {
	uint64_t tag[2]; /* 128 bits of the keyed hash: two names never meet */
	int64_t full_us;
};

struct limits {
	pthread_mutex_t lock;
	unsigned char key[KEY_SIZE];
	struct counter counters[BUCKETS][WAYS];
};

bool limits_new(struct limits **out, struct fault *fault)
{
	struct limits *limits = calloc(1, sizeof(*limits));

	if (!limits)
		return fault_set(fault, FAULT_FATAL, "no memory for rate limits");
	(void)pthread_mutex_init(&limits->lock, NULL);
	id_random(limits->key, sizeof(limits->key));
	*out = limits;
	return true;
}

void limits_free(struct limits *limits)
{
	if (!limits)
		return;
	(void)pthread_mutex_destroy(&limits->lock);
	free(limits);
}

struct place_in_table {
	size_t bucket;
	uint64_t tag[2];
};

static struct place_in_table place_of(
	const struct limits *limits, const char *what, const char *whom)
{
	unsigned char digest[HMAC_SIZE];
	struct place_in_table place;
	uint64_t bucket;

	/* With its NUL, so that "a" "bc" is not "ab" "c". */
	sha256_parts(digest,
		(const struct hmac_part[]){{limits->key, KEY_SIZE},
			{what, strlen(what) + 1}, {whom, strlen(whom)}},
		3);
	memcpy(place.tag, digest, sizeof(place.tag));
	memcpy(&bucket, digest + sizeof(place.tag), sizeof(bucket));
	place.bucket = (size_t)(bucket % BUCKETS);
	return place;
}

/* The counter itself, else the one that owes least, made fresh. */
static struct counter *find(struct limits *limits, const struct place_in_table *place)
{
	struct counter *list = limits->counters[place->bucket], *least = &list[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (memcmp(list[i].tag, place->tag, sizeof(place->tag)) == 0)
			return &list[i];
		if (list[i].full_us < least->full_us)
			least = &list[i];
	}
	memcpy(least->tag, place->tag, sizeof(place->tag));
	least->full_us = 0;
	return least;
}

struct gcra_result limits_take(struct limits *limits, const struct gcra *rule,
	const char *what, const char *whom, int64_t now_us)
{
	struct place_in_table place;
	struct gcra_result result;

	if (rule->each_us <= 0)
		return (struct gcra_result){.granted = true};
	place = place_of(limits, what, whom);
	(void)pthread_mutex_lock(&limits->lock);
	result = gcra_take(rule, &find(limits, &place)->full_us, now_us);
	(void)pthread_mutex_unlock(&limits->lock);
	return result;
}

struct gcra_result limits_borrow(struct limits *limits, const struct gcra *rule,
	const char *const counter[2], int64_t now_us, int64_t most_us)
{
	struct place_in_table place;
	struct gcra_result result;

	if (rule->each_us <= 0)
		return (struct gcra_result){.granted = true};
	place = place_of(limits, counter[0], counter[1]);
	(void)pthread_mutex_lock(&limits->lock);
	result = gcra_borrow(rule, &find(limits, &place)->full_us, now_us, most_us);
	(void)pthread_mutex_unlock(&limits->lock);
	return result;
}
