// SPDX-License-Identifier: Apache-2.0
// The streams as a table, made or checked at start by whoever needs them.
#pragma once

#include "common/nats/bus.h"
#include "common/settings.h"

struct streams_config {
	long replicas;
	long duplicates_ms; /* EVENTS: the duplicate window */
	long events_age_ms, audit_age_ms;
	long max_bytes; /* of each stream; 0: no limit */
};

#define STREAMS_SETTINGS(TYPE, member)                                               \
	{SETTING_NUMBER, "STREAM_REPLICAS", "1", offsetof(TYPE, member.replicas),    \
		"Replicas of each stream that has to be made: 1, 3 or 5"},           \
		{SETTING_DURATION, "DUPLICATE_WINDOW", "24h",                        \
			offsetof(TYPE, member.duplicates_ms),                        \
			"How long JetStream itself drops a repeated delivery"},      \
		{SETTING_DURATION, "EVENTS_MAX_AGE", "7d",                           \
			offsetof(TYPE, member.events_age_ms),                        \
			"Age at which events, bodies and steps are dropped"},        \
		{SETTING_DURATION, "AUDIT_MAX_AGE", "30d",                           \
			offsetof(TYPE, member.audit_age_ms),                         \
			"Age at which audit records and dead messages are dropped"}, \
	{                                                                            \
		SETTING_SIZE, "STREAM_MAX_BYTES", "0",                               \
			offsetof(TYPE, member.max_bytes),                            \
			"Size of each stream, full streams refuse new messages; 0: " \
			"no limit"                                                   \
	}

/*
 * Makes those of the named streams and buckets (a list ended by NULL) that are missing.
 * What exists is left as its operator set it, except that a stream that does not take
 * its subjects or drops old messages is a FATAL fault, and so are replicas that this
 * nats-server cannot have. RETRY when JetStream does not answer.
 */
NODISCARD bool streams_ensure(struct bus *bus, const struct streams_config *config,
	const char *const *names, struct fault *fault);

/* A message of a stream of so many is acknowledged when a majority of servers has it. */
enum { STREAMS_REPLICATED = 3 };

/*
 * streams_ensure(), again and again while JetStream does not answer, as a cluster that has
 * no leader yet. Those in `replicated` (NULL: none) have three replicas or more after it:
 * else FATAL, with the stream's name, how many it has, and the way out, and nothing is made.
 * RETRY only when a stop is requested.
 */
NODISCARD bool streams_wait(struct bus *bus, const struct streams_config *config,
	const char *const *names, const char *const *replicated, struct fault *fault);
