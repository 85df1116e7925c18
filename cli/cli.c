// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <stdarg.h>
#include <string.h>

const struct group cli_groups[] = {
	{"events", "what was received and what became of it", events_commands},
	{"runs", "what agents did", runs_commands},
	{"org", "organisations", org_commands},
	{"node", "the tree of an organisation", node_commands},
	{"team", "the teams of an organisation", team_commands},
	{"token", "the tokens of teams and admins", token_commands},
	{"config", "what a node of an organisation says", config_commands},
	{"schedule", "what a team's agents are asked regularly", schedule_commands},
	{"source", "the senders of webhooks", source_commands},
	{"route", "who an event is for", route_commands},
	{"audit", "who did what, when, and why", audit_commands},
	{"feedback", "what people think of runs", feedback_commands},
	{0},
};

void cli_done(struct cli *cli)
{
	if (cli->token)
		explicit_bzero(cli->token, strlen(cli->token));
	free(cli->token);
	http_client_close(cli->client);
	text_done(&cli->error);
}

PRINTF_LIKE(3, 0)
static bool keep(
	struct cli *cli, enum cli_status status, const char *words, va_list arguments)
{
	cli->status = status;
	text_clear(&cli->error);
	text_vprintf(&cli->error, words, arguments);
	return false;
}

bool cli_fail(struct cli *cli, const char *words, ...)
{
	va_list arguments;

	va_start(arguments, words);
	(void)keep(cli, CLI_FAILED, words, arguments);
	va_end(arguments);
	return false;
}

bool cli_usage(struct cli *cli, const char *words, ...)
{
	va_list arguments;

	va_start(arguments, words);
	(void)keep(cli, CLI_USAGE, words, arguments);
	va_end(arguments);
	return false;
}

bool cli_wants_json(const struct cli *cli)
{
	const char *output = cli->values[OPTION_OUTPUT];

	return output && strcmp(output, "json") == 0;
}
