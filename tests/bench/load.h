// SPDX-License-Identifier: Apache-2.0
// A load generator: so many keep-alive connections, one request after the other on
// each, in one thread. Every request is the same bytes but for an id of its own.
#pragma once

#include "tests/bench/bench.h"

struct load {
	const char *address; /* 127.0.0.1:port */
	const char *request; /* head and body */
	size_t request_len;
	size_t id_offset; /* where LOAD_ID_LEN characters are written anew each time; 0:
			     nowhere */
	int connections;
	long seconds;
	int expected_status;
	pid_t server; /* whose CPU time is measured; 0: nobody's */
};

enum { LOAD_ID_LEN = 16 };

struct figure load_run(const struct load *load);
