// SPDX-License-Identifier: Apache-2.0
#include "config-store/read/export_slots.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void export_slots_init(struct export_slots *slots)
{
	memset(slots->owners, 0, sizeof(slots->owners));
	(void)pthread_mutex_init(&slots->lock, NULL);
}

/* With the lock held. The organisation's own bound is told first: it can do something. */
static enum export_bound find(
	const struct export_slots *slots, const char *org, size_t *slot)
{
	size_t owned = 0, free_slot = EXPORT_SLOTS;

	for (size_t i = 0; i < EXPORT_SLOTS; i++) {
		owned += strcmp(slots->owners[i], org) == 0;
		if (!*slots->owners[i])
			free_slot = i;
	}
	if (owned >= EXPORT_SLOTS_OF_ORG)
		return EXPORT_BOUND_ORG;
	if (free_slot == EXPORT_SLOTS)
		return EXPORT_BOUND_ALL;
	*slot = free_slot;
	return EXPORT_BOUND_NONE;
}

enum export_bound export_slots_take(
	struct export_slots *slots, const char *org, size_t *slot)
{
	enum export_bound bound;

	assert(*org);
	(void)pthread_mutex_lock(&slots->lock);
	bound = find(slots, org, slot);
	if (bound == EXPORT_BOUND_NONE)
		(void)snprintf(
			slots->owners[*slot], sizeof(slots->owners[*slot]), "%s", org);
	(void)pthread_mutex_unlock(&slots->lock);
	return bound;
}

void export_slots_give(struct export_slots *slots, size_t slot)
{
	(void)pthread_mutex_lock(&slots->lock);
	assert(slot < EXPORT_SLOTS && *slots->owners[slot]);
	slots->owners[slot][0] = '\0';
	(void)pthread_mutex_unlock(&slots->lock);
}
