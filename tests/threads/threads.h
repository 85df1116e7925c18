// SPDX-License-Identifier: Apache-2.0
// What the programs that run under ThreadSanitizer share. Criterion does not run under
// it, so each is a plain main() that ends with 0 or by must().
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/nats/bus.h"

#define must(condition)                                                        \
	do {                                                                   \
		if (!(condition)) {                                            \
			(void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
				__LINE__, #condition);                         \
			abort();                                               \
		}                                                              \
	} while (0)

enum { CREW_MAX = 16 };

/* Threads that all run the same function. */
struct crew {
	pthread_t ids[CREW_MAX];
	int count;
};

void crew_start(struct crew *crew, int count, void *(*run)(void *), void *context);
void crew_join(struct crew *crew);

/* A nats-server of the program's own, gone with it. Call once, before threads start. */
void server_start(void);
void server_stop(void); /* kill -9 */
void server_again(void);
struct daemon_config server_config(void);
struct bus *server_bus(void); /* connected; EVENTS, DEAD and the bucket of tries made */

/* One request to 127.0.0.1:port and its whole answer; the status, 0 for no answer. */
int http_ask(const char *address, const char *path);
