// SPDX-License-Identifier: Apache-2.0
// tocsin: the command line for people. It asks the config store over HTTP, and
// the ingress where something is ordered.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "common/log.h"
#include "common/version.h"

static int misunderstood(
	const struct cli *cli, const struct group *group, const struct command *command)
{
	(void)fprintf(stderr, "tocsin: %s\nSee: tocsin%s%s%s%s --help\n",
		text_string(&cli->error), group ? " " : "", group ? group->name : "",
		command ? " " : "", command ? command->name : "");
	return CLI_USAGE;
}

static int run(struct cli *cli, const struct command *command)
{
	if (command->run(cli) && fflush(cli->out) == 0)
		return CLI_GOOD;
	if (cli->status == CLI_GOOD)
		(void)cli_fail(cli, "cannot write to standard output");
	(void)fflush(cli->out);
	(void)fprintf(stderr, "tocsin: %s\n", text_string(&cli->error));
	return cli->status;
}

int main(int argc, char **argv)
{
	struct cli cli AUTO(cli_done) = {.out = stdout};
	const struct group *group = NULL;
	const struct command *command = NULL;

	log_open("tocsin");
	cli.bold = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		(void)printf("tocsin %s\n", TOCSIN_VERSION);
		return CLI_GOOD;
	}
	if (!arguments_parse(&cli, argc, (const char *const *)argv, &group, &command))
		return misunderstood(&cli, group, command);
	if (cli.values[OPTION_HELP]) {
		arguments_help(stdout, group, command);
		return CLI_GOOD;
	}
	return run(&cli, command);
}
