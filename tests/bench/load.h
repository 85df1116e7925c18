// SPDX-License-Identifier: Apache-2.0
// A load generator: so many keep-alive connections, one request after the other on
// each, in one thread. Every request is the same bytes but for an id of its own, or is
// made anew by the caller.
#pragma once

#include "tests/bench/bench.h"

struct load {
	const char *address; /* 127.0.0.1:port */
	const char *request; /* head and body */
	size_t request_len;
	size_t id_offset; /* where LOAD_ID_LEN characters are written anew each time; 0:
			     nowhere */
	/*
	 * Instead of the three: writes request `number` to `out`, which has
	 * LOAD_MADE_MAX, and returns its length.
	 */
	size_t (*make)(void *context, char *out, uint64_t number);
	void *context;
	int connections;
	long seconds;
	int expected_status;
	pid_t server; /* whose CPU time is measured; 0: nobody's */
};

enum { LOAD_ID_LEN = 16, LOAD_MADE_MAX = 4096 };

struct figure load_run(const struct load *load);
