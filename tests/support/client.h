// SPDX-License-Identifier: Apache-2.0
// A small blocking HTTP client that also sends what no proper client would.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/auto.h"
#include "common/text.h"

struct exchange {
	struct text request; /* raw bytes */
	const char *from;    /* our address, "127.0.0.2"; NULL: whichever */
	int status;          /* 0: no answer */
	char *head, *body; /* of the answer; "" when there is none, never NULL after */
	long took_ms;
};

void exchange_done(struct exchange *exchange);
DEFINE_AUTO_DONE(struct exchange, exchange_done)

/*
 * Writes a request with Host, Content-Length and Connection: close. `headers` are lines
 * that end in \r\n.
 */
void request_write(struct text *out, const char *line, const char *headers,
	const void *body, size_t len);

/* A connection to `address` from `from` (NULL: whichever); -1 when there is none. */
int client_dial(const char *address, const char *from, long timeout_ms);

/* False when the other side does not take it. */
bool client_send(int fd, const char *data, size_t len);

/* One connection, one request. False, with status 0, when there was no answer. */
bool exchange_run(struct exchange *exchange, const char *address, long timeout_ms);

/* All of them, from so many threads at once, each over a connection of its own. */
void exchange_run_all(
	struct exchange *exchanges, size_t count, const char *address, int threads);

/* The value of a header of the answer, in `out`; "" when it has none. */
const char *exchange_header(
	const struct exchange *exchange, const char *name, char *out, size_t size);
