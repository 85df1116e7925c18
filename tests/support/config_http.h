// SPDX-License-Identifier: Apache-2.0
// The configuration of acme/sre over HTTP, in a config store of its own.
// One stack for the whole process: each test of a story runs in a process of its own.
#pragma once

#include "tests/support/ask.h"

#define NODES "/api/v1/admin/orgs/acme/nodes"
#define CONFIG NODES "/sre/config"
#define PATCH(document)                                   \
	&(struct ask)                                     \
	{                                                 \
		.line = "PATCH " CONFIG, .body = document \
	}
#define GET(path)                   \
	&(struct ask)               \
	{                           \
		.line = "GET " path \
	}

extern struct stack config_http_stack;

void config_http_start(void);
void config_http_stop(void);

/* Of the team's configuration. */
long config_http_versions(void);
