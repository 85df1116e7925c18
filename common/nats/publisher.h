// SPDX-License-Identifier: Apache-2.0
// Publishing to JetStream with many messages in flight, each with a deadline and a
// callback.
//
// nats.c's own asynchronous publish has no deadline before 3.9 and gives a message
// back, not the caller's context; so this keeps a table of inflight of its own. The
// slot's number is the last token of the reply subject.
#pragma once

#include <stdint.h>

#include "common/nats/bus.h"

/* What came of a publish. */
struct published {
	bool stored;       /* JetStream has it: safe to say so to others */
	bool duplicate;    /* stored, and had been before under the same message id */
	uint64_t sequence; /* in the stream, when stored */
	bool refused;      /* JetStream answered no, and will again: see error_code */
	int error_code;    /* JetStream's err_code, or 0 */
	const char *error; /* borrowed during the callback; NULL when stored */
};

/* Not stored, because the subject's last message is not, or not for long, the expected. */
bool published_was_late(const struct published *result);

/*
 * Called exactly once for each publish that publisher_send() accepted, from a thread of
 * the publisher: on the answer, at the deadline, or at close. Must not block.
 */
typedef void (*published_callback)(void *context, const struct published *result);

struct publisher;

/*
 * At most `max_in_flight` (1 to 65536) messages wait for their ack at once.
 * Deadlines are kept to within 20 ms; to within two seconds when nats-server hangs and
 * the socket to it is full.
 */
NODISCARD bool publisher_open(struct publisher **out, struct bus *bus,
	int max_in_flight, struct fault *fault);

/* Waits for what is in flight, at most two seconds, then fails the rest. */
void publisher_close(struct publisher *publisher);
DEFINE_AUTO(struct publisher, publisher_close)

/*
 * The other kind: no threads, a connection of its own, driven by the loop of its owner.
 * All calls but bus_ ones then belong to that loop's thread; publisher_send_wait() and
 * publisher_wait_below() are not for it.
 */
struct publisher_limits {
	int in_flight;    /* messages that wait for their ack: 1 to 65536 */
	size_t unwritten; /* bytes that the server has not taken yet; 0: 64 MiB */
};

NODISCARD bool publisher_open_driven(struct publisher **out,
	const struct daemon_config *config, const char *name,
	const struct publisher_limits *limits, struct fault *fault);

/* To be watched for reading: then, and once in each turn, call publisher_drive(). */
int publisher_fd(const struct publisher *publisher);

/*
 * Sends what was published, takes acks, keeps deadlines. Returns in how many
 * milliseconds it wants to be called at the latest, -1 when only a readable
 * publisher_fd() matters.
 */
long publisher_drive(struct publisher *publisher);

/* Bytes that the server takes as one message, with its headers. */
size_t publisher_max_payload(const struct publisher *publisher);

bool publisher_is_connected(const struct publisher *publisher);

struct header {
	const char *name, *value;
};

/* A message to be: all borrowed during the call that takes it. */
struct outgoing {
	const char *subject;
	const struct header *headers;
	size_t header_count;
	const void *body;
	size_t body_len;
	long deadline_ms; /* from now; 0 means 2,000 */
};

/*
 * Sends and returns at once. False, and no callback: RETRY when there is no connection,
 * when max_in_flight messages wait already, or when too many bytes could not be written to
 * the server yet (a driven publisher only); REJECT when the message is over the
 * server's size limit.
 */
NODISCARD bool publisher_send(struct publisher *publisher,
	const struct outgoing *message, published_callback done, void *context,
	struct fault *fault);

/*
 * Sends and waits for the ack. RETRY when it does not come; REJECT when JetStream
 * refuses. `out` may be NULL; it is filled, but for error, also when JetStream refused.
 */
NODISCARD bool publisher_send_wait(struct publisher *publisher,
	const struct outgoing *message, struct published *out, struct fault *fault);

/* Waits until fewer than `count` messages are in flight. */
void publisher_wait_below(struct publisher *publisher, int count);

int publisher_in_flight(const struct publisher *publisher);

/* max_in_flight, as opened. */
int publisher_capacity(const struct publisher *publisher);
