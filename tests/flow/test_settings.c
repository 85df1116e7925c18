// SPDX-License-Identifier: Apache-2.0
// Story: an operator starts daemons with settings that are wrong, and is told what is
// wrong and where.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/auto.h"
#include "tests/support/place.h"
#include "tests/support/process.h"

enum { OUTPUT_SIZE = 64 << 10 };

static const char *const daemons[] = {"ingress", "router", "config-store",
	"agent-worker", "provisioner", "audit-sink"};

/* What a daemon must have to get as far as looking at the rest. */
static const char *const needed[] = {
	"TOCSIN_DATABASE_URL=postgresql://nobody@127.0.0.1:1/none",
	"TOCSIN_ADMIN_TOKEN=admin-token-for-tests-only-0123456789",
	"TOCSIN_NATS_URL=nats://127.0.0.1:1", "TOCSIN_LISTEN=127.0.0.1:0"};

static char output[OUTPUT_SIZE];

/* The exit status of `daemon` with one argument and one setting more, both may be NULL.
 */
static int run(const char *daemon, const char *argument, const char *setting)
{
	struct environment environment = {0};
	char program[PATH_SIZE];
	int status;

	(void)snprintf(program, sizeof(program), "%s/tocsin-%s",
		getenv("TOCSIN_BUILD_DIR"), daemon);
	for (size_t i = 0; i < countof(needed); i++)
		environment_set(&environment, "%s", needed[i]);
	if (setting)
		environment_set(&environment, "%s", setting);
	status = process_output(
		&(struct process_start){.name = daemon,
			.arguments = (const char *const[]){program, argument, NULL},
			.environment = &environment,
			.directory = place_of_test()},
		output, sizeof(output));
	environment_done(&environment);
	return status;
}

Test(settings, help_prints_every_setting_with_default_and_meaning)
{
	static const char *const shown[] = {"TOCSIN_LISTEN ", "TOCSIN_LISTEN_FILE",
		"TOCSIN_LOG_LEVEL", "TOCSIN_NATS_URL", "127.0.0.1:4222", "_FILE"};

	for (size_t i = 0; i < countof(daemons); i++) {
		cr_expect_eq(run(daemons[i], "--help", NULL), 0, "%s", daemons[i]);
		for (size_t k = 0; k < countof(shown); k++)
			cr_expect(strstr(output, shown[k]), "%s --help lacks %s: %s",
				daemons[i], shown[k], output);
	}
}

Test(settings, help_lines_are_in_one_form)
{
	for (size_t i = 0; i < countof(daemons); i++) {
		char *rest = output;

		(void)run(daemons[i], "--help", NULL);
		for (char *line; (line = strsep(&rest, "\n"));) {
			char key[64], initial[64], meaning[64];

			if (strncmp(line, "  TOCSIN_", 9) != 0)
				continue;
			cr_expect_eq(
				sscanf(line, " %63s %63s %63s", key, initial, meaning),
				3, "%s: '%s' has no default or no meaning", daemons[i],
				line);
			cr_expect_neq(line[strlen(line) - 1], '.', "%s", line);
		}
	}
}

Test(settings, version_is_printed)
{
	for (size_t i = 0; i < countof(daemons); i++) {
		cr_expect_eq(run(daemons[i], "--version", NULL), 0, "%s", daemons[i]);
		cr_expect(strstr(output, daemons[i]), "%s", output);
	}
}

Test(settings, an_unknown_argument_is_exit_status_2)
{
	static const char *const arguments[] = {"--halp", "serve", "-h", ""};

	for (size_t i = 0; i < countof(daemons); i++)
		for (size_t k = 0; k < countof(arguments); k++) {
			cr_expect_eq(run(daemons[i], arguments[k], NULL), 2, "%s '%s'",
				daemons[i], arguments[k]);
			cr_expect(strstr(output, arguments[k]), "%s", output);
		}
}

Test(settings, a_bad_value_stops_the_start_and_is_named)
{
	static const struct {
		const char *daemon; /* NULL: each */
		const char *key, *value;
	} cases[] = {
		{NULL, "TOCSIN_LOG_LEVEL", "loud"},
		{NULL, "TOCSIN_NATS_URL", "nonsense"},
		{NULL, "TOCSIN_LISTEN", "nowhere"},
		{NULL, "TOCSIN_LISTEN", "127.0.0.1:99999"},
		{"router", "TOCSIN_ACK_WAIT", "soon"},
		{"router", "TOCSIN_ACK_WAIT", "30"},
		{"agent-worker", "TOCSIN_LEASE", "-3s"},
		{"agent-worker", "TOCSIN_SLACK_API_URL", "slack"},
		{"agent-worker", "TOCSIN_EGRESS_ALLOW", "10.0.0.0/99"},
		{"audit-sink", "TOCSIN_AUDIT_BATCH", "0"},
		{"audit-sink", "TOCSIN_AUDIT_BATCH", "many"},
		{"ingress", "TOCSIN_STREAM_REPLICAS", "2x"},
		{"ingress", "TOCSIN_INGRESS_MAX_IN_FLIGHT", "0"},
		{"ingress", "TOCSIN_INGRESS_MAX_BODY", "-1"},
		{"ingress", "TOCSIN_INGRESS_IO_THREADS", "65"},
		{"ingress", "TOCSIN_INGRESS_IO_THREADS", "-1"},
		{"ingress", "TOCSIN_DUPLICATE_WINDOW", "99999999999999999999h"},
	};

	for (size_t i = 0; i < countof(cases); i++)
		for (size_t k = 0; k < countof(daemons); k++) {
			char setting[128];

			if (cases[i].daemon && strcmp(cases[i].daemon, daemons[k]) != 0)
				continue;
			(void)snprintf(setting, sizeof(setting), "%s=%s", cases[i].key,
				cases[i].value);
			cr_expect_eq(run(daemons[k], NULL, setting), 1, "%s %s: %s",
				daemons[k], setting, output);
			cr_expect(strstr(output, cases[i].key) &&
					strstr(output, cases[i].value),
				"%s %s: %s", daemons[k], setting, output);
		}
}

Test(settings, a_required_value_that_is_missing_is_named)
{
	static const char *const by_database[] = {"config-store", "audit-sink"};

	for (size_t i = 0; i < countof(by_database); i++) {
		cr_expect_neq(run(by_database[i], NULL, "TOCSIN_DATABASE_URL="), 0);
		cr_expect(strstr(output, "TOCSIN_DATABASE_URL"), "%s: %s",
			by_database[i], output);
	}
	cr_expect_neq(run("config-store", NULL, "TOCSIN_ADMIN_TOKEN="), 0);
	cr_expect(strstr(output, "TOCSIN_ADMIN_TOKEN"), "%s", output);
}

Test(settings, a_value_and_its_file_at_once_are_refused)
{
	cr_expect_eq(run("ingress", NULL, "TOCSIN_NATS_URL_FILE=/dev/null"), 1);
	cr_expect(strstr(output, "TOCSIN_NATS_URL_FILE"), "%s", output);
	cr_expect_eq(run("router", NULL, "TOCSIN_NATS_CA_FILE=/does/not/exist"), 1);
	cr_expect(strstr(output, "/does/not/exist"), "%s", output);
}

Test(settings, secrets_are_never_printed)
{
	static const char secret[] =
		"TOCSIN_SLACK_SIGNING_SECRET=a\nb\nc\nd\ne\nf\ng\nh\nhunter2";

	cr_expect_eq(run("ingress", NULL, secret), 1);
	cr_expect(strstr(output, "TOCSIN_SLACK_SIGNING_SECRET"), "%s", output);
	cr_expect_not(strstr(output, "hunter2"), "%s", output);
}
