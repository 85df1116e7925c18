// SPDX-License-Identifier: Apache-2.0
// One invocation of the command line: what was asked, where to ask, and what went
// wrong. Everything here belongs to one thread.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/http/http_client.h"
#include "common/text.h"

enum cli_status { CLI_GOOD, CLI_FAILED, CLI_USAGE }; /* the exit status */

enum option {
	OPTION_HELP,
	OPTION_URL,
	OPTION_TOKEN_FILE,
	OPTION_OUTPUT,
	OPTION_ORG,
	OPTION_TEAM,
	OPTION_SOURCE,
	OPTION_KIND,
	OPTION_OUTCOME,
	OPTION_UNROUTED,
	OPTION_SINCE,
	OPTION_LIMIT,
	OPTION_STATE,
	OPTION_EVENT,
	OPTION_WAIT,
	OPTION_NAME,
	OPTION_PARENT,
	OPTION_LABEL,
	OPTION_REASON,
	OPTION_DRY_RUN,
	OPTION_IF_VERSION,
	OPTION_SCOPES,
	OPTION_DAYS,
	OPTION_EXPIRES,
	OPTION_TTL,
	OPTION_SOURCES,
	OPTION_UNTIL,
	OPTION_AGENT,
	OPTION_ACTION,
	OPTION_ACTOR,
	OPTION_AREA,
	OPTION_RUN,
	OPTION_TEXT,
	OPTION_FORMAT,
	OPTION_EXPLAIN,
	OPTION_USER,
	OPTION_CRON,
	OPTION_TIME_ZONE,
	OPTION_MESSAGE,
	OPTION_DISABLED,
	OPTION_KEY,
	OPTION_COUNT,
};

#define OPTION(name) (UINT64_C(1) << OPTION_##name)

/* What every command takes. */
#define OPTIONS_ALWAYS \
	(OPTION(HELP) | OPTION(URL) | OPTION(TOKEN_FILE) | OPTION(OUTPUT))

enum { ARGUMENTS_MAX = 8 };

struct cli {
	const char *values[OPTION_COUNT]; /* NULL: not given; "" for a switch */
	const char *arguments[ARGUMENTS_MAX];
	int count;

	bool at_ingress; /* calls go there, not to the config store */
	char *token;     /* owned; read on the first call */
	struct http_client *client;
	int http_status; /* of the last call; 0: no answer */

	FILE *out;
	bool bold; /* `out` is a terminal */
	struct text error;
	enum cli_status status;
};

struct command {
	const char *name;      /* "list"; NULL ends the table */
	const char *arguments; /* "ORG TEAM [FILE]"; "" for none */
	const char *summary;
	uint64_t options; /* besides OPTIONS_ALWAYS */
	int least, most;  /* number of arguments */
	bool (*run)(struct cli *cli);
};

struct group {
	const char *name; /* "events"; NULL ends the table */
	const char *summary;
	const struct command *commands;
};

extern const struct command events_commands[], runs_commands[], org_commands[],
	team_commands[], token_commands[], config_commands[], node_commands[],
	source_commands[], route_commands[], audit_commands[], feedback_commands[],
	schedule_commands[];
extern const struct group cli_groups[];

void cli_done(struct cli *cli);
DEFINE_AUTO_DONE(struct cli, cli_done)

/* Both keep the words for main() and return false. */
bool cli_fail(struct cli *cli, const char *words, ...) PRINTF_LIKE(2, 3);
bool cli_usage(struct cli *cli, const char *words, ...) PRINTF_LIKE(2, 3);

/* True when the answer is to be printed as JSON and nothing else. */
bool cli_wants_json(const struct cli *cli);
