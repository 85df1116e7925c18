// SPDX-License-Identifier: Apache-2.0
#include "common/nats/inflight.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

enum { DEADLINE_MS = 2000 };

bool inflight_init(struct inflight *inflight, int count)
{
	*inflight =
		(struct inflight){.first = SLOT_NONE, .last = SLOT_NONE, .size = count};
	inflight->list = calloc((size_t)count, sizeof(*inflight->list));
	if (!inflight->list)
		return false;
	for (int i = 0; i < count; i++)
		inflight->list[i].next = i + 1 < count ? i + 1 : SLOT_NONE;
	(void)pthread_mutex_init(&inflight->lock, NULL);
	(void)pthread_cond_init(&inflight->fewer, NULL);
	return true;
}

void inflight_done(struct inflight *inflight)
{
	(void)pthread_cond_destroy(&inflight->fewer);
	(void)pthread_mutex_destroy(&inflight->lock);
	free(inflight->list);
}

/* Decimal, backwards from `end`; returns where it begins. snprintf() shows in profiles. */
static char *print_number(char *end, uint32_t number)
{
	do
		*--end = (char)('0' + number % 10);
	while (number /= 10);
	return end;
}

static void print_token(char token[SLOT_TOKEN_SIZE], int index, uint32_t generation)
{
	char text[SLOT_TOKEN_SIZE], *end = text + sizeof(text) - 1, *from;

	*end = '\0';
	from = print_number(end, generation);
	*--from = '-';
	from = print_number(from, (uint32_t)index);
	memcpy(token, from, (size_t)(end - from) + 1);
}

/* The caller holds the lock. The slot is free afterwards, its generation spent. */
static struct slot take_out(struct inflight *inflight, int index)
{
	struct slot *slot = &inflight->list[index], was = *slot;

	if (was.previous != SLOT_NONE)
		inflight->list[was.previous].next = was.next;
	else
		inflight->first = was.next;
	if (was.next != SLOT_NONE)
		inflight->list[was.next].previous = was.previous;
	else
		inflight->last = was.previous;
	slot->done = NULL;
	slot->generation++;
	slot->next = inflight->free;
	inflight->free = index;
	inflight->in_flight--;
	if (inflight->waiters > 0)
		(void)pthread_cond_broadcast(&inflight->fewer);
	return was;
}

bool inflight_take(struct inflight *inflight, published_callback done, void *context,
	long deadline_ms, char token[SLOT_TOKEN_SIZE], bool *first)
{
	int64_t deadline_us =
		clock_mono_us() + (deadline_ms ? deadline_ms : DEADLINE_MS) * 1000;
	uint32_t generation = 0;
	int index;

	(void)pthread_mutex_lock(&inflight->lock);
	index = inflight->closed ? SLOT_NONE : inflight->free;
	if (index != SLOT_NONE) {
		struct slot *slot = &inflight->list[index];

		generation = slot->generation;
		inflight->free = slot->next;
		*slot = (struct slot){done, context, deadline_us, generation,
			inflight->last, SLOT_NONE};
		if (inflight->last != SLOT_NONE)
			inflight->list[inflight->last].next = index;
		else
			inflight->first = index;
		inflight->last = index;
		*first = inflight->in_flight++ == 0;
	}
	(void)pthread_mutex_unlock(&inflight->lock);
	if (index != SLOT_NONE)
		print_token(token, index, generation);
	return index != SLOT_NONE;
}

bool inflight_release(struct inflight *inflight, const char *token, struct slot *out)
{
	char *end;
	unsigned long index = strtoul(token, &end, 10), generation;
	bool match;

	if (*end != '-' || index >= (unsigned long)inflight->size)
		return false;
	generation = strtoul(end + 1, NULL, 10);
	(void)pthread_mutex_lock(&inflight->lock);
	match = inflight->list[index].done &&
		inflight->list[index].generation == generation;
	if (match)
		*out = take_out(inflight, (int)index);
	(void)pthread_mutex_unlock(&inflight->lock);
	return match;
}

bool inflight_overdue(struct inflight *inflight, bool all, struct slot *out)
{
	int64_t now = clock_mono_us();
	bool found = false;

	(void)pthread_mutex_lock(&inflight->lock);
	for (int i = inflight->first; i != SLOT_NONE && !found;
		i = inflight->list[i].next)
		if (all || inflight->list[i].deadline_us <= now) {
			*out = take_out(inflight, i);
			found = true;
		}
	(void)pthread_mutex_unlock(&inflight->lock);
	return found;
}

void inflight_close(struct inflight *inflight)
{
	(void)pthread_mutex_lock(&inflight->lock);
	inflight->closed = true;
	(void)pthread_mutex_unlock(&inflight->lock);
}

void inflight_wait_below(struct inflight *inflight, int count)
{
	if (inflight->in_flight < count)
		return;
	(void)pthread_mutex_lock(&inflight->lock);
	inflight->waiters++;
	while (inflight->in_flight >= count)
		(void)pthread_cond_wait(&inflight->fewer, &inflight->lock);
	inflight->waiters--;
	(void)pthread_mutex_unlock(&inflight->lock);
}
