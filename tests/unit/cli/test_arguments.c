// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.h"

#include <criterion/criterion.h>
#include <string.h>

enum { WORDS_MAX = 16 };

struct parsed {
	struct cli cli;
	const struct group *group;
	const struct command *command;
};

/* `line` is cut at its spaces, in place. */
static bool parse(struct parsed *parsed, char *line)
{
	const char *words[WORDS_MAX];
	int count = 0;

	*parsed = (struct parsed){0};
	for (char *word; (word = strsep(&line, " ")) && count < WORDS_MAX;)
		words[count++] = word;
	return arguments_parse(
		&parsed->cli, count, words, &parsed->group, &parsed->command);
}

Test(arguments, find_command_options_and_arguments_in_any_order)
{
	static const char *const lines[] = {
		"tocsin events list --org acme --limit 5 --unrouted",
		"tocsin events list --unrouted --limit=5 --org=acme",
	};

	for (size_t i = 0; i < countof(lines); i++) {
		struct parsed parsed;
		char line[100];

		(void)strcpy(line, lines[i]);
		cr_assert(parse(&parsed, line), "%s", text_string(&parsed.cli.error));
		cr_expect_str_eq(parsed.group->name, "events");
		cr_expect_str_eq(parsed.command->name, "list");
		cr_expect_str_eq(parsed.cli.values[OPTION_ORG], "acme");
		cr_expect_str_eq(parsed.cli.values[OPTION_LIMIT], "5");
		cr_expect_str_eq(parsed.cli.values[OPTION_UNROUTED], "");
		cr_expect_null(parsed.cli.values[OPTION_TEAM]);
		cli_done(&parsed.cli);
	}
}

Test(arguments, take_a_dash_and_what_follows_two_dashes_as_arguments)
{
	struct parsed parsed;
	char dash[] = "tocsin config set acme shop -";
	char dashes[] = "tocsin team create acme -- --odd";

	cr_assert(parse(&parsed, dash));
	cr_expect_eq(parsed.cli.count, 3);
	cr_expect_str_eq(parsed.cli.arguments[2], "-");
	cli_done(&parsed.cli);
	cr_assert(parse(&parsed, dashes));
	cr_expect_str_eq(parsed.cli.arguments[1], "--odd");
	cli_done(&parsed.cli);
}

Test(arguments, that_are_not_understood_are_a_usage_error_that_names_them)
{
	static const struct {
		const char *line, *named;
	} cases[] = {
		{"tocsin", "what shall it do"},
		{"tocsin event list", "'event'"},
		{"tocsin events", "events"},
		{"tocsin events lst", "'lst'"},
		{"tocsin events list --limt 3", "--limt"},
		{"tocsin events list --limit", "--limit needs a value"},
		{"tocsin events list --unrouted=1", "--unrouted takes no value"},
		{"tocsin events list --label x", "--label"},
		{"tocsin events list --output xml", "--output xml"},
		{"tocsin events show", "0 arguments"},
		{"tocsin events show a b", "2 arguments"},
		{"tocsin schedule set a b", "2 arguments"},
		{"tocsin token revoke a b c d", "4 arguments"},
		{"tocsin route lookup a b c d e f g h i", "'i'"},
		{"tocsin config diff a b 1 2 3", "5 arguments"},
		{"tocsin --url http://x events list", "--url"},
		{"tocsin events list --token secret", "--token"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct parsed parsed;
		char line[100];

		(void)strcpy(line, cases[i].line);
		cr_expect_not(parse(&parsed, line), "case %zu", i);
		cr_expect_eq(parsed.cli.status, CLI_USAGE, "case %zu", i);
		cr_expect(strstr(text_string(&parsed.cli.error), cases[i].named),
			"case %zu says: %s", i, text_string(&parsed.cli.error));
		cli_done(&parsed.cli);
	}
}

Test(arguments, ask_for_help_of_any_part)
{
	static const char *const lines[] = {"tocsin --help", "tocsin events --help",
		"tocsin events show --help", "tocsin help"};

	for (size_t i = 0; i < countof(lines); i++) {
		struct parsed parsed;
		char line[100], *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);

		(void)strcpy(line, lines[i]);
		cr_assert(parse(&parsed, line), "case %zu", i);
		cr_expect(parsed.cli.values[OPTION_HELP] != NULL);
		arguments_help(out, parsed.group, parsed.command);
		(void)fclose(out);
		cr_expect(strstr(text, "tocsin events show ID"), "case %zu", i);
		cr_expect(strstr(text, "TOCSIN_ADMIN_TOKEN"));
		free(text);
		cli_done(&parsed.cli);
	}
}
