// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/lease.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/ids.h"
#include "common/log.h"
#include "common/nats/rpc.h"
#include "common/wire.h"

enum { MARGIN_PART = 6, RENEWALS_PER_LEASE = 3, RELEASE_MS = 1 };

/* What a renewal needs, so that none is made under the lock. */
struct terms {
	char org[NAME_MAX_LEN + 1], team[NAME_MAX_LEN + 1], run[UUID_SIZE];
	int64_t fencing_token;
};

struct lease {
	struct leases *leases;
	struct lease *next;
	struct terms terms;
	_Atomic int64_t asked_ms;
	atomic_bool lost, cancelled;
};

struct leases {
	struct bus *bus;
	long lease_ms;
	pthread_mutex_t lock;
	pthread_cond_t closed;
	pthread_t thread;
	struct lease *first;
	bool closing;
};

long lease_time_left(int64_t asked_ms, long lease_ms, int64_t now_ms)
{
	int64_t left = asked_ms + lease_ms - lease_ms / MARGIN_PART - now_ms;

	return left > 0 ? (long)left : 0;
}

static bool renew(struct leases *leases, const struct terms *terms, long lease_ms,
	pb_run_renew_reply **reply, struct fault *fault)
{
	pb_run_renew_request request;

	pb_run_renew_request_init(&request);
	request.run_id = wire_string(terms->run);
	request.fencing_token = terms->fencing_token;
	request.lease_ms = lease_ms;
	return RPC(leases->bus, "run.renew", terms->org, terms->team, &request,
		run_renew, reply, fault);
}

/* The caller holds the lock. */
static struct lease *find(struct leases *leases, const struct terms *terms)
{
	for (struct lease *lease = leases->first; lease; lease = lease->next)
		if (lease->terms.fencing_token == terms->fencing_token &&
			strcmp(lease->terms.run, terms->run) == 0)
			return lease;
	return NULL;
}

static void renew_one(struct leases *leases, const struct terms *terms)
{
	pb_run_renew_reply *reply AUTO(pb_run_renew_reply_free) = NULL;
	int64_t asked_ms = clock_mono_ms();
	struct fault fault = {0};
	bool told = renew(leases, terms, leases->lease_ms, &reply, &fault);
	struct lease *lease;

	if (!told)
		log_fault(&fault, "renewing run=%s", terms->run);
	(void)pthread_mutex_lock(&leases->lock);
	lease = find(leases, terms);
	if (told && lease && reply->held)
		lease->asked_ms = asked_ms;
	if (told && lease && !reply->held)
		lease->lost = true;
	if (told && lease && reply->cancelled)
		lease->cancelled = true;
	(void)pthread_mutex_unlock(&leases->lock);
}

/* A copy of all terms, for free(); NULL with *count 0 when there are none. */
static struct terms *copy_terms(struct leases *leases, size_t *count)
{
	struct terms *copy;
	size_t n = 0;

	for (struct lease *lease = leases->first; lease; lease = lease->next)
		n++;
	copy = n > 0 ? calloc(n, sizeof(*copy)) : NULL;
	*count = copy ? n : 0;
	n = 0;
	for (struct lease *lease = leases->first; copy && lease; lease = lease->next)
		copy[n++] = lease->terms;
	return copy;
}

static void wait_a_third(struct leases *leases)
{
	int64_t until_us =
		clock_mono_us() + (int64_t)leases->lease_ms * 1000 / RENEWALS_PER_LEASE;
	struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};

	(void)pthread_cond_timedwait(&leases->closed, &leases->lock, &until);
}

static void *renew_all(void *context)
{
	struct leases *leases = context;

	(void)pthread_mutex_lock(&leases->lock);
	while (!leases->closing) {
		struct terms *terms AUTO(free) = NULL;
		size_t count = 0;

		wait_a_third(leases);
		terms = copy_terms(leases, &count);
		(void)pthread_mutex_unlock(&leases->lock);
		for (size_t i = 0; i < count; i++)
			renew_one(leases, &terms[i]);
		(void)pthread_mutex_lock(&leases->lock);
	}
	(void)pthread_mutex_unlock(&leases->lock);
	return NULL;
}

bool leases_open(
	struct leases **out, struct bus *bus, long lease_ms, struct fault *fault)
{
	struct leases *leases = calloc(1, sizeof(*leases));
	pthread_condattr_t attributes;

	if (!leases)
		return fault_set(fault, FAULT_FATAL, "no memory for leases");
	leases->bus = bus;
	leases->lease_ms = lease_ms;
	(void)pthread_mutex_init(&leases->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&leases->closed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	if (pthread_create(&leases->thread, NULL, renew_all, leases) != 0) {
		free(leases);
		return fault_set(fault, FAULT_FATAL, "no thread to renew leases");
	}
	*out = leases;
	return true;
}

void leases_close(struct leases *leases)
{
	if (!leases)
		return;
	(void)pthread_mutex_lock(&leases->lock);
	leases->closing = true;
	(void)pthread_cond_signal(&leases->closed);
	(void)pthread_mutex_unlock(&leases->lock);
	(void)pthread_join(leases->thread, NULL);
	(void)pthread_cond_destroy(&leases->closed);
	(void)pthread_mutex_destroy(&leases->lock);
	free(leases);
}

long leases_length_ms(const struct leases *leases)
{
	return leases->lease_ms;
}

bool lease_begin(struct lease **out, struct leases *leases,
	const struct lease_terms *terms, struct fault *fault)
{
	struct lease *lease = calloc(1, sizeof(*lease));

	if (!lease)
		return fault_set(fault, FAULT_RETRY, "no memory for a lease");
	lease->leases = leases;
	(void)snprintf(lease->terms.org, sizeof(lease->terms.org), "%s", terms->org);
	(void)snprintf(lease->terms.team, sizeof(lease->terms.team), "%s", terms->team);
	(void)snprintf(lease->terms.run, sizeof(lease->terms.run), "%s", terms->run);
	lease->terms.fencing_token = terms->fencing_token;
	lease->asked_ms = terms->asked_ms;
	(void)pthread_mutex_lock(&leases->lock);
	lease->next = leases->first;
	leases->first = lease;
	(void)pthread_mutex_unlock(&leases->lock);
	*out = lease;
	return true;
}

void lease_end(struct lease *lease, bool release)
{
	pb_run_renew_reply *reply AUTO(pb_run_renew_reply_free) = NULL;
	struct leases *leases;
	struct fault fault = {0};

	if (!lease)
		return;
	leases = lease->leases;
	(void)pthread_mutex_lock(&leases->lock);
	for (struct lease **at = &leases->first; *at; at = &(*at)->next)
		if (*at == lease) {
			*at = lease->next;
			break;
		}
	(void)pthread_mutex_unlock(&leases->lock);
	if (release && lease_holds(lease) &&
		!renew(leases, &lease->terms, RELEASE_MS, &reply, &fault))
		log_fault(&fault, "releasing run=%s", lease->terms.run);
	free(lease);
}

long lease_left_ms(const struct lease *lease)
{
	return lease->lost ? 0
			   : lease_time_left(lease->asked_ms, lease->leases->lease_ms,
				     clock_mono_ms());
}

bool lease_holds(const struct lease *lease)
{
	return lease_left_ms(lease) > 0;
}

bool lease_cancelled(const struct lease *lease)
{
	return lease->cancelled;
}

bool leases_have(struct leases *leases, const char *run)
{
	bool have = false;

	(void)pthread_mutex_lock(&leases->lock);
	for (struct lease *lease = leases->first; lease; lease = lease->next)
		have |= strcmp(lease->terms.run, run) == 0;
	(void)pthread_mutex_unlock(&leases->lock);
	return have;
}
