// SPDX-License-Identifier: Apache-2.0
// Requests that wait for the end of what they ordered (?wait=SECONDS). One thread asks the
// config store for all of them; a waiting request holds memory and a socket, and no thread.
#pragma once

#include "common/http/http_server.h"
#include "common/ids.h"
#include "common/nats/bus.h"

enum { ADMIN_WAIT_MOST_S = 30, ADMIN_WAITING_MAX = 256 };

struct admin_waits;

NODISCARD bool admin_waits_start(
	struct admin_waits **out, struct bus *bus, struct fault *fault);

/* Answers all with what is known now, and from then on each at once. */
void admin_waits_close(struct admin_waits *waits);
void admin_waits_stop(struct admin_waits *waits);
DEFINE_AUTO(struct admin_waits, admin_waits_stop)

/* What a request waits for. */
struct admin_question {
	const char *what; /* static: event, provision, run; as rpc admin.read */
	char id[UUID_SIZE];
	char org[NAME_MAX_LEN + 1]; /* "": any */
};

/*
 * Takes the request, and answers it: 200 with the document once it has ended, 202 with what
 * there is after `seconds`, or with `otherwise` (borrowed during the call) when there is
 * nothing. At once when too many wait already, or `seconds` is 0.
 */
void admin_waits_add(struct admin_waits *waits, struct http_request *request,
	const struct admin_question *question, long seconds, const char *otherwise);

/* Asks once. *document is for free(), NULL when there is none. */
NODISCARD bool admin_ask(struct bus *bus, const struct admin_question *question,
	char **document, bool *ended, struct fault *fault);
