// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.h"

#include <string.h>

static const struct option_row {
	const char *name;
	const char *value; /* NULL: a switch */
	const char *meaning;
} options[OPTION_COUNT] = {
	[OPTION_HELP] = {"--help", NULL, "say this and do nothing"},
	[OPTION_URL] = {"--url", "URL",
		"whom to ask, instead of $TOCSIN_CONFIG_URL (schedule, source "
		"test: $TOCSIN_INGRESS_URL)"},
	[OPTION_TOKEN_FILE] = {"--token-file", "FILE",
		"file with the token, instead of $TOCSIN_ADMIN_TOKEN"},
	[OPTION_OUTPUT] = {"--output", "FORMAT", "table (the default) or json"},
	[OPTION_ORG] = {"--org", "ORG", "only of this organisation"},
	[OPTION_TEAM] = {"--team", "TEAM", "only of this team"},
	[OPTION_SOURCE] = {"--source", "SOURCE",
		"only from this sender: github, slack, ..."},
	[OPTION_KIND] = {"--kind", "KIND", "only of this kind: push, app_mention, ..."},
	[OPTION_OUTCOME] = {"--outcome", "OUTCOME",
		"received, routed, unrouted, ignored or refused"},
	[OPTION_UNROUTED] = {"--unrouted", NULL, "the same as --outcome unrouted"},
	[OPTION_SINCE] = {"--since", "TIME",
		"only newer than this: 90s, 15m, 1h, 7d ago, or 2026-11-23T16:00:00Z"},
	[OPTION_LIMIT] = {"--limit", "N", "at most so many, 50 unless told"},
	[OPTION_STATE] = {"--state", "STATE",
		"queued, running, completed, failed, timeout or cancelled"},
	[OPTION_EVENT] = {"--event", "ID", "only those of this event"},
	[OPTION_WAIT] = {"--wait", "SECONDS", "wait so long for it to be finished"},
	[OPTION_NAME] = {"--name", "NAME", "the name people see"},
	[OPTION_PARENT] = {"--parent", "NODE",
		"the node above; the organisation's root"},
	[OPTION_LABEL] = {"--label", "TEXT", "what the token is for"},
	[OPTION_REASON] = {"--reason", "TEXT", "why, for the history"},
	[OPTION_DRY_RUN] = {"--dry-run", NULL,
		"say what would change, for which teams, and change nothing"},
	[OPTION_IF_VERSION] = {"--if-version", "N",
		"only if this is still the version: nobody's change is lost"},
	[OPTION_SCOPES] = {"--scopes", "A,B",
		"what it may do: config:read, runs:read, ...; all of its kind"},
	[OPTION_DAYS] = {"--days", "N", "how many days it is good"},
	[OPTION_EXPIRES] = {"--expires", "TIME", "until when: 2026-12-31T00:00:00Z"},
	[OPTION_TTL] = {"--ttl", "SECONDS", "how long it is good, 60 to 3600; 900"},
	[OPTION_SOURCES] = {"--sources", "FILE",
		"the senders' file, instead of $TOCSIN_SOURCES_FILE"},
	[OPTION_UNTIL] = {"--until", "TIME", "only older than this, like --since"},
	[OPTION_AGENT] = {"--agent", "AGENT",
		"only of this agent; of a schedule: which one is asked"},
	[OPTION_ACTION] = {"--action", "ACTION",
		"only this action: config.changed, run.completed, ..."},
	[OPTION_ACTOR] = {"--actor", "ACTOR", "only what this one did"},
	[OPTION_AREA] = {"--area", "AREA", "event, run, config, token, provision, ..."},
	[OPTION_RUN] = {"--run", "ID", "only those of this run"},
	[OPTION_TEXT] = {"--text", "WORDS",
		"only where this stands in reason or detail"},
	[OPTION_FORMAT] = {"--format", "FORMAT", "csv (the default) or ndjson"},
	[OPTION_EXPLAIN] = {"--explain", NULL, "say why each identifier won or lost"},
	[OPTION_USER] = {"--user", "USER", "whose opinion it is"},
	[OPTION_CRON] = {"--cron", "CRON",
		"when: \"0 9 * * 1-5\" is nine o'clock on weekdays; or @daily, ..."},
	[OPTION_TIME_ZONE] = {"--time-zone", "ZONE",
		"of the clock that is meant: Europe/Berlin; UTC unless inherited"},
	[OPTION_MESSAGE] = {"--message", "TEXT", "what the agent is asked"},
	[OPTION_DISABLED] = {"--disabled", NULL, "keep it, but do not run it"},
	[OPTION_KEY] = {"--key", "KEY",
		"send the order again under this key and it is done once"},
};

static const struct group *find_group(const char *name)
{
	for (const struct group *group = cli_groups; group->name; group++)
		if (strcmp(group->name, name) == 0)
			return group;
	return NULL;
}

static const struct command *find_command(const struct group *group, const char *name)
{
	for (const struct command *one = group->commands; one->name; one++)
		if (strcmp(one->name, name) == 0)
			return one;
	return NULL;
}

/* "--limit" of "--limit" and of "--limit=5". */
static int find_option(const char *word, uint64_t allowed)
{
	size_t len = strcspn(word, "=");

	for (int i = 0; i < OPTION_COUNT; i++)
		if (allowed & (UINT64_C(1) << i) && strlen(options[i].name) == len &&
			strncmp(options[i].name, word, len) == 0)
			return i;
	return -1;
}

/* Reads the option at argv[*at] and moves *at to its last word. */
static bool take_option(
	struct cli *cli, int argc, const char *const *argv, int *at, uint64_t allowed)
{
	const char *word = argv[*at];
	const char *equals = strchr(word, '=');
	int option = find_option(word, allowed);

	if (option < 0)
		return cli_usage(cli, "%s is no option here", word);
	if (!options[option].value && equals)
		return cli_usage(cli, "%s takes no value", options[option].name);
	if (!options[option].value)
		cli->values[option] = "";
	else if (equals)
		cli->values[option] = equals + 1;
	else if (*at + 1 < argc)
		cli->values[option] = argv[++*at];
	else
		return cli_usage(
			cli, "%s needs a value: %s", word, options[option].value);
	return true;
}

static bool take_rest(
	struct cli *cli, int argc, const char *const *argv, int at, uint64_t allowed)
{
	bool only_arguments = false;

	for (; at < argc; at++) {
		const char *word = argv[at];

		if (!only_arguments && strcmp(word, "--") == 0)
			only_arguments = true;
		else if (!only_arguments && word[0] == '-' && word[1]) {
			if (!take_option(cli, argc, argv, &at, allowed))
				return false;
		} else if (cli->count < ARGUMENTS_MAX)
			cli->arguments[cli->count++] = word;
		else
			return cli_usage(cli, "'%s' is one argument too many", word);
	}
	return true;
}

static bool check(
	struct cli *cli, const struct group *group, const struct command *command)
{
	const char *output = cli->values[OPTION_OUTPUT];

	if (cli->values[OPTION_HELP])
		return true;
	if (output && strcmp(output, "json") != 0 && strcmp(output, "table") != 0)
		return cli_usage(cli, "--output %s: must be table or json", output);
	if (cli->count < command->least || cli->count > command->most)
		return cli_usage(cli, "%d argument%s given; it is: tocsin %s %s%s%s",
			cli->count, cli->count == 1 ? "" : "s", group->name,
			command->name, *command->arguments ? " " : "",
			command->arguments);
	return true;
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
		strcmp(word, "help") == 0;
}

bool arguments_parse(struct cli *cli, int argc, const char *const *argv,
	const struct group **group, const struct command **command)
{
	if (argc < 2)
		return cli_usage(cli, "what shall it do?");
	if (is_help(argv[1])) {
		cli->values[OPTION_HELP] = "";
		return true;
	}
	if (argv[1][0] == '-')
		return cli_usage(cli, "%s: options come after the command", argv[1]);
	*group = find_group(argv[1]);
	if (!*group)
		return cli_usage(cli, "'%s' is no command", argv[1]);
	if (argc < 3)
		return cli_usage(cli, "tocsin %s: what shall it do?", argv[1]);
	if (is_help(argv[2])) {
		cli->values[OPTION_HELP] = "";
		return true;
	}
	*command = find_command(*group, argv[2]);
	if (!*command)
		return cli_usage(cli, "tocsin %s has no '%s'", argv[1], argv[2]);
	return take_rest(cli, argc, argv, 3, OPTIONS_ALWAYS | (*command)->options) &&
		check(cli, *group, *command);
}

static void help_options(FILE *out, uint64_t shown)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		char left[40];

		if (!(shown & (UINT64_C(1) << i)))
			continue;
		(void)snprintf(left, sizeof(left), "%s %s", options[i].name,
			options[i].value ? options[i].value : "");
		(void)fprintf(out, "  %-22s %s\n", left, options[i].meaning);
	}
}

static void help_command(
	FILE *out, const struct group *group, const struct command *command)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "%s %s %s", group->name, command->name,
		command->arguments);
	(void)fprintf(out, "  tocsin %-36s %s\n", left, command->summary);
}

static void help_group(FILE *out, const struct group *group)
{
	for (const struct command *one = group->commands; one->name; one++)
		help_command(out, group, one);
}

void arguments_help(FILE *out, const struct group *group, const struct command *command)
{
	uint64_t shown = OPTIONS_ALWAYS;

	(void)fputs("Usage: tocsin COMMAND [ARGUMENTS] [OPTIONS]\n\n", out);
	if (command)
		help_command(out, group, command);
	else if (group)
		help_group(out, group);
	else
		for (group = cli_groups; group->name; group++)
			help_group(out, group);

	if (command)
		shown |= command->options;
	else if (group->name)
		for (command = group->commands; command->name; command++)
			shown |= command->options;
	(void)fputs("\nOptions:\n", out);
	help_options(out, shown);
	(void)fputs("\nEnvironment: TOCSIN_CONFIG_URL, TOCSIN_ADMIN_TOKEN or "
		    "TOCSIN_ADMIN_TOKEN_FILE,\nTOCSIN_INGRESS_URL; `source .local/env` "
		    "sets them after "
		    "./quickstart. Exit status: 0 good, 1 failed, 2 not understood.\n",
		out);
}
