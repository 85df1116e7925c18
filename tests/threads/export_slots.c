// SPDX-License-Identifier: Apache-2.0
// Slots of exports: taken and given back by many threads, of few organisations.
#include <stdatomic.h>

#include "config-store/read/export_slots.h"
#include "tests/threads/threads.h"

enum { THREADS = 12, ROUNDS = 20000, ORGS = 2 };

static struct export_slots slots;
static atomic_int under_way[ORGS];
static atomic_int number;

static void *work(void *context)
{
	static const char *const orgs[ORGS] = {"acme", "rival"};
	int own = atomic_fetch_add(&number, 1) % ORGS;

	(void)context;
	for (int i = 0; i < ROUNDS; i++) {
		size_t slot;

		if (export_slots_take(&slots, orgs[own], &slot) != EXPORT_BOUND_NONE)
			continue;
		must(atomic_fetch_add(&under_way[own], 1) < EXPORT_SLOTS_OF_ORG);
		atomic_fetch_sub(&under_way[own], 1);
		export_slots_give(&slots, slot);
	}
	return NULL;
}

int main(void)
{
	struct crew crew;
	size_t slot;

	export_slots_init(&slots);
	crew_start(&crew, THREADS, work, NULL);
	crew_join(&crew);
	/* Nothing is left over. */
	for (int i = 0; i < EXPORT_SLOTS_OF_ORG; i++)
		must(export_slots_take(&slots, "acme", &slot) == EXPORT_BOUND_NONE);
	must(export_slots_take(&slots, "acme", &slot) == EXPORT_BOUND_ORG);
	return EXIT_SUCCESS;
}
