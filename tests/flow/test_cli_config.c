// SPDX-License-Identifier: Apache-2.0
// Story: an operator rebuilds an organisation and its configuration with nothing but the
// command line: tries a change out, makes it, looks back, goes back.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/support/store_only.h"

enum { WORDS_MAX = 12, OUTPUT_SIZE = 16384 };

static const struct stack_options options = {0};
static struct stack stack;
static char output[OUTPUT_SIZE];

/* `line` is cut at its spaces; what it prints is in `output`. The exit status. */
static int tocsin(const char *line)
{
	struct environment environment = {0};
	char program[PATH_SIZE], words[512], *rest = words;
	const char *arguments[WORDS_MAX + 1] = {program};
	int count = 1, status;

	(void)snprintf(
		program, sizeof(program), "%s/cli/tocsin", getenv("TOCSIN_BUILD_DIR"));
	(void)snprintf(words, sizeof(words), "%s", line);
	for (char *word; (word = strsep(&rest, " ")) && count < WORDS_MAX;)
		arguments[count++] = word;
	environment_set(&environment, "TOCSIN_CONFIG_URL=http://%s",
		stack.addresses[CONFIG_STORE]);
	environment_set(&environment, "TOCSIN_ADMIN_TOKEN=%s", ADMIN_TOKEN);
	status = process_output(&(struct process_start){.name = "cli",
					.arguments = arguments,
					.environment = &environment,
					.directory = stack.directory},
		output, sizeof(output));
	environment_done(&environment);
	return status;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert(file);
	cr_assert_geq(fputs(text, file), 0);
	cr_assert_eq(fclose(file), 0);
}

/* A command on acme/sre's configuration with a document. */
static int change(const char *command, const char *document, const char *more)
{
	char path[PATH_SIZE], line[512];

	(void)snprintf(path, sizeof(path), "%s/document.json", stack.directory);
	write_file(path, document);
	(void)snprintf(
		line, sizeof(line), "config %s acme sre %s%s", command, path, more);
	return tocsin(line);
}

#define SAYS(words) cr_expect(strstr(output, words), "no '%s' in: %s", words, output)

static void versions(void)
{
	cr_expect_eq(change("patch", "{\"note\":1}", " --dry-run"), 0);
	SAYS("acme/sre would become version 1:");
	SAYS("  + /note  1");
	SAYS("team sre would have:");
	cr_expect_eq(change("patch", "{\"entrance_agent\":\"none\"}", " --dry-run"), 1);
	SAYS("  ! /entrance_agent: ");
	SAYS("would be refused");
	cr_expect_eq(change("put", "{\"note\":1}", " --reason=first"), 0);
	SAYS("config of acme/sre is now version 1");
	cr_expect_eq(change("patch", "{\"note\":2}", " --if-version 0"), 1);
	SAYS("412 version_mismatch");
	cr_expect_eq(change("patch", "{\"note\":2}", " --if-version 1"), 0);
	cr_expect_eq(tocsin("config diff acme sre 1 2"), 0);
	cr_expect_str_eq(output, "~ /note  1 -> 2\n");
	cr_expect_eq(tocsin("config rollback acme sre 1"), 0);
	SAYS("now version 3");
	cr_expect_eq(tocsin("config version acme sre 3"), 0);
	SAYS("\"note\": 1");
	cr_expect_eq(tocsin("config history acme sre"), 0);
	SAYS("by super_admin  (back to version 1)\n  ~ /note  2 -> 1\nversion 2  ");
	SAYS("by super_admin  (first)\n  + /note  1\n");
	cr_expect_eq(tocsin("config history acme sre --limit 1 --output json"), 0);
	SAYS("\"version\": 3");
	cr_expect_eq(tocsin("config rollback acme sre x"), 2);
}

static void nodes(void)
{
	cr_expect_eq(tocsin("node create acme east unit"), 0);
	cr_expect_eq(tocsin("node create acme web team --parent east"), 0);
	cr_expect_eq(tocsin("node move acme sre east"), 0);
	SAYS("node acme/sre moved");
	cr_expect_eq(tocsin("node rename acme sre Reliability"), 0);
	cr_expect_eq(tocsin("node list acme --parent east"), 0);
	SAYS("Reliability");
	cr_expect_not(strstr(output, "acme "), "%s", output);
	cr_expect_eq(tocsin("node move acme east web"), 1);
	SAYS("409 cycle");
	cr_expect_eq(tocsin("node show acme sre"), 0);
	SAYS("\"parent_id\": \"east\"");
	cr_expect_eq(tocsin("node delete acme east"), 1);
	SAYS("has_children");
	cr_expect_eq(tocsin("node delete acme web"), 0);
}

Test(cli_config, does_what_an_operator_needs, .timeout = 100)
{
	struct bus *bus;

	store_only_start(&stack, &bus, &options);
	versions();
	nodes();
	store_only_stop(&stack, bus);
}
