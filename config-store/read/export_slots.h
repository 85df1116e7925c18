// SPDX-License-Identifier: Apache-2.0
// How many exports may be under way: of each organisation and of all together, so that no
// organisation's exports stop another's. It is the organisation whose data is exported that
// counts, whoever asks. Safe from all threads.
#pragma once

#include <pthread.h>

#include "common/fault.h"
#include "common/ids.h"

enum { EXPORT_SLOTS = 16, EXPORT_SLOTS_OF_ORG = 4 };

struct export_slots {
	pthread_mutex_t lock;
	char owners[EXPORT_SLOTS][NAME_MAX_LEN + 1]; /* "": free */
};

enum export_bound {
	EXPORT_BOUND_NONE, /* a slot is taken */
	EXPORT_BOUND_ORG,  /* the organisation has all that it may have */
	EXPORT_BOUND_ALL,  /* there is none left */
};

/* Has nothing that must be given back. */
void export_slots_init(struct export_slots *slots);

/* Takes a slot for `org`, or says which bound speaks against it. *slot is its number. */
NODISCARD enum export_bound export_slots_take(
	struct export_slots *slots, const char *org, size_t *slot);

void export_slots_give(struct export_slots *slots, size_t slot);
