// SPDX-License-Identifier: Apache-2.0
// What this process knows of the leases of its runs. One thread renews them all, every
// third of a lease. A lease counts from before the request that got it was sent, and
// ends a sixth early here, so that this process always thinks it lost it before
// config-store gives it to another.
#pragma once

#include <stdint.h>

#include "common/nats/bus.h"

struct leases;
struct lease;

/* Starts the renewing thread. FATAL: no memory or no thread. */
NODISCARD bool leases_open(
	struct leases **out, struct bus *bus, long lease_ms, struct fault *fault);
void leases_close(struct leases *leases);
DEFINE_AUTO(struct leases, leases_close)

/* How long a lease of `lease_ms` that was asked for at `asked_ms` is ours; 0: over.
 * Pure.
 */
long lease_time_left(int64_t asked_ms, long lease_ms, int64_t now_ms);

/* How long a lease is asked for, in milliseconds. */
long leases_length_ms(const struct leases *leases);

struct lease_terms {
	const char *org, *team, *run; /* copied */
	int64_t fencing_token;
	int64_t asked_ms; /* clock_mono_ms() before the claim was sent */
};

/* Renews it from now on, until lease_end(). RETRY: no memory. */
NODISCARD bool lease_begin(struct lease **out, struct leases *leases,
	const struct lease_terms *terms, struct fault *fault);

/*
 * No longer renewed. With `release`, config-store is told that another worker may have
 * it at once; when that cannot be told, it simply runs out.
 */
void lease_end(struct lease *lease, bool release);

/* For AUTO: no release. */
static inline void lease_drop(struct lease *lease)
{
	lease_end(lease, false);
}
DEFINE_AUTO(struct lease, lease_drop)

/* True while an outside effect may be begun. */
bool lease_holds(const struct lease *lease);

/* Milliseconds for which it holds unless it is renewed; 0 when it does not. */
long lease_left_ms(const struct lease *lease);

/* Somebody wants the run stopped. */
bool lease_cancelled(const struct lease *lease);

/* True when this process has a lease of `run` already. */
bool leases_have(struct leases *leases, const char *run);
