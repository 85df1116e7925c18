// SPDX-License-Identifier: Apache-2.0
// Story: the key for secrets is exchanged while configurations are written: a new key is
// put into the file, `tocsin config rekey` moves everything to it, the old key is taken
// out, and all secrets still open. Nobody who reads sees that anything happened.
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/rpc.h"
#include "tests/support/store_only.h"

#define OLD_KEY "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
#define NEW_KEY "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU="
#define LOST_KEY "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="

enum { WAIT_MS = 20000, TEAMS = 30, CHANGES = 4, OUTPUT_SIZE = 4096 };

static char key_setting[PATH_SIZE + 64];
static const char *settings[] = {key_setting, NULL};
static const struct stack_options options = {.settings = settings};
static struct stack stack;
static struct bus *bus;

static void write_keys(const char *keys)
{
	char path[PATH_SIZE + 16], aside[PATH_SIZE + 16];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/keys", place_of_test());
	(void)snprintf(aside, sizeof(aside), "%s/keys.new", place_of_test());
	file = fopen(aside, "we");
	cr_assert(file);
	(void)fputs(keys, file);
	(void)fclose(file);
	cr_assert_eq(rename(aside, path), 0);
	(void)snprintf(
		key_setting, sizeof(key_setting), "TOCSIN_SECRETS_KEY_FILE=%s", path);
}

static int put(const char *team, const char *secret)
{
	char line[128], body[256];

	(void)snprintf(line, sizeof(line),
		"PATCH /api/v1/admin/orgs/acme/nodes/%s/config", team);
	(void)snprintf(body, sizeof(body),
		"{\"integrations\":{\"slack\":{\"bot_token\":\"%s\"}},\"x_notes\":["
		"{\"$secret\":\"%s-x\"}]}",
		secret, secret);
	return stack_call(&stack, ADMIN_TOKEN, line, body, NULL);
}

/* Teams t0, t1, … each with a few versions. */
static void fill(void)
{
	for (int i = 0; i < TEAMS; i++) {
		char team[16], line[96], secret[32];

		(void)snprintf(team, sizeof(team), "t%d", i);
		(void)snprintf(line, sizeof(line),
			"POST /api/v1/admin/orgs/acme/teams/%s", team);
		cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, line, "", NULL), 201);
		for (int k = 0; k < CHANGES; k++) {
			(void)snprintf(secret, sizeof(secret), "%s-secret-%d", team, k);
			cr_assert_eq(put(team, secret), 200);
		}
	}
}

/* What the worker is told of a team; NULL when the config store cannot open it. */
static char *told(const char *team)
{
	pb_config_effective_request request;
	pb_config_effective_reply *reply AUTO(pb_config_effective_reply_free) = NULL;
	struct fault fault = {0};

	pb_config_effective_request_init(&request);
	if (!RPC(bus, "config.effective", "acme", team, &request, config_effective,
		    &reply, &fault))
		return NULL;
	return strdup(reply->config_json);
}

static bool opens(const char *team, const char *secret)
{
	char *config AUTO(free) = told(team);

	return config && strstr(config, secret);
}

/* All that a reader sees of all teams: documents with fingerprints, and versions. */
static char *seen(void)
{
	struct text out = {0};

	for (int i = 0; i < TEAMS; i++) {
		json_t *own AUTO(json_decref) = NULL;
		char line[96], *printed AUTO(free) = NULL;

		(void)snprintf(line, sizeof(line),
			"GET /api/v1/admin/orgs/acme/nodes/t%d/config", i);
		cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, line, "", &own), 200);
		printed = json_dumps(own, 0);
		cr_assert(strstr(printed, "fingerprint"), "%s", printed);
		text_printf(&out, "%s\n", printed);
	}
	return text_take(&out);
}

/* The exit status of `tocsin config rekey`, and what it printed. */
static int rekey(char output[OUTPUT_SIZE], const char *org)
{
	char program[PATH_SIZE], url[ADDRESS_SIZE + 16];
	const char *arguments[] = {program, "config", "rekey", "--url", url,
		org ? "--org" : NULL, org, NULL};
	struct environment environment = {0};
	int status;

	(void)snprintf(
		program, sizeof(program), "%s/cli/tocsin", getenv("TOCSIN_BUILD_DIR"));
	(void)snprintf(url, sizeof(url), "http://%s", stack.addresses[CONFIG_STORE]);
	environment_set(&environment, "TOCSIN_ADMIN_TOKEN=%s", ADMIN_TOKEN);
	status = process_output(&(struct process_start){.name = "tocsin",
					.arguments = arguments,
					.environment = &environment,
					.directory = stack.directory},
		output, OUTPUT_SIZE);
	environment_done(&environment);
	return status;
}

/* Ciphertexts under the key with this id, in configurations and history. */
static long sealed_under(const char *id)
{
	return number_of(stack.database,
		"SELECT (SELECT count(*) FROM config.node_config WHERE config::text "
		"LIKE '%%v1.%s.%%') + (SELECT count(*) FROM "
		"config.node_config_history WHERE config::text || "
		"previous_config::text LIKE '%%v1.%s.%%')",
		id, id);
}

/* The key ids in use, newest first or not: the one of the first config there is. */
static void id_of_key(char id[16])
{
	(void)snprintf(id, 16, "%.8s",
		rows_of(stack.database,
			"SELECT substring(config::text FROM 'v1[.]([0-9a-f]{8})[.]') "
			"FROM config.node_config WHERE node_id = 't0'"));
	cr_assert_eq(strlen(id), 8);
}

struct writer {
	atomic_bool enough;
	atomic_int written, refused;
};

/* Writes to the teams from t1 on; t0 is for looking at. */
static void *write_on(void *context)
{
	struct writer *writer = context;

	for (int i = 0; !atomic_load(&writer->enough); i++) {
		char team[16], secret[48];

		(void)snprintf(team, sizeof(team), "w%d", i % 3);
		(void)snprintf(secret, sizeof(secret), "written-secret-%d", i);
		if (put(team, secret) == 200)
			atomic_fetch_add(&writer->written, 1);
		else
			atomic_fetch_add(&writer->refused, 1);
	}
	return NULL;
}

static void make_writable(void)
{
	for (int i = 0; i < 3; i++) {
		char line[96];

		(void)snprintf(line, sizeof(line),
			"POST /api/v1/admin/orgs/acme/teams/w%d", i);
		cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, line, "", NULL), 201);
	}
}

/* The version that `team` has after going back to what it was in `version`. */
static long roll_back(const char *team, int version)
{
	json_t *answer AUTO(json_decref) = NULL;
	char line[128], body[64];

	(void)snprintf(line, sizeof(line),
		"POST /api/v1/admin/orgs/acme/nodes/%s/config/rollback", team);
	(void)snprintf(body, sizeof(body), "{\"version\":%d}", version);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, line, body, &answer), 200);
	return json_integer_or(answer, "/version", 0);
}

Test(rekey, moves_all_to_the_newest_key_while_others_write, .timeout = 120)
{
	char output[OUTPUT_SIZE], old_id[16];
	char *before AUTO(free) = NULL, *after AUTO(free) = NULL;
	struct writer writer = {0};
	pthread_t thread;

	write_keys(OLD_KEY "\n");
	store_only_start(&stack, &bus, &options);
	fill();
	make_writable();
	id_of_key(old_id);
	before = seen();

	cr_assert_eq(pthread_create(&thread, NULL, write_on, &writer), 0);
	cr_assert(WAIT_UNTIL(atomic_load(&writer.written) > 5, WAIT_MS));
	write_keys(NEW_KEY "\n" OLD_KEY "\n");
	cr_expect_eq(rekey(output, NULL), 0, "%s", output);
	cr_expect(strstr(output, "0 remain under other keys"), "%s", output);
	cr_expect(strstr(output, "rows looked at"), "%s", output);
	atomic_store(&writer.enough, true);
	(void)pthread_join(thread, NULL);
	cr_expect_eq(atomic_load(&writer.refused), 0);
	cr_expect_eq(sealed_under(old_id), 0);
	after = seen();
	cr_expect_str_eq(after, before, "readers see a difference");

	write_keys(NEW_KEY "\n");
	cr_expect(opens("t0", "t0-secret-3"));
	cr_expect(opens("t29", "t29-secret-3-x"));
	cr_expect_eq(roll_back("t5", CHANGES), CHANGES, "the same is no change");
	cr_expect_eq(roll_back("t5", 1), CHANGES + 1);
	cr_expect(opens("t5", "t5-secret-0"), "the history opens with the new key");
	cr_expect_eq(process_stop(&stack.daemons[CONFIG_STORE], SIGTERM, WAIT_MS), 0);
	stack_daemon_start(&stack, CONFIG_STORE);
	cr_expect(opens("t7", "t7-secret-3"), "after a start with the new key alone");
	cr_expect_eq(rekey(output, NULL), 0, "%s", output);
	cr_expect(strstr(output, "0 secrets in 0 rows sealed anew"), "%s", output);
	store_only_stop(&stack, bus);
}

Test(rekey, says_what_it_cannot_open_and_goes_on_when_the_key_is_back, .timeout = 120)
{
	char output[OUTPUT_SIZE];

	write_keys(LOST_KEY "\n");
	store_only_start(&stack, &bus, &options);
	make_writable();
	cr_assert_eq(put("w0", "under-the-lost-key"), 200);
	write_keys(NEW_KEY "\n");
	cr_assert_eq(put("w1", "under-the-new-key"), 200);
	cr_expect(opens("w1", "under-the-new-key"), "a new key needs no restart");
	cr_expect_not(opens("w0", "under-the-lost-key"));
	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN,
			     "PATCH /api/v1/admin/orgs/acme/nodes/w0/config",
			     "{\"x_notes_too\":1}", NULL),
		422, "what no key opens is not kept");

	cr_expect_eq(rekey(output, NULL), 1);
	cr_expect(strstr(output, "acme/w0, version 1"), "%s", output);
	cr_expect(strstr(output, "; 4 remain under other keys"), "%s", output);
	cr_expect_eq(rekey(output, "other"), 1);
	cr_expect(strstr(output, "no organisation 'other'"), "%s", output);

	write_keys(NEW_KEY "\n" LOST_KEY "\n");
	cr_expect_eq(rekey(output, "acme"), 0, "%s", output);
	cr_expect(strstr(output, "4 secrets in 2 rows sealed anew"), "%s", output);
	write_keys(NEW_KEY "\n");
	cr_expect(opens("w0", "under-the-lost-key"));
	store_only_stop(&stack, bus);
}

static bool log_says(const char *words)
{
	char line[1024];
	FILE *file = fopen(stack.daemons[CONFIG_STORE].log, "re");
	bool found = false;

	cr_assert(file);
	while (!found && fgets(line, sizeof(line), file))
		found = strstr(line, words) != NULL;
	(void)fclose(file);
	return found;
}

/* A broken file changes nothing, and is said; SIGHUP reads it whatever it looks like. */
Test(rekey, keys_that_are_no_good_are_not_taken, .timeout = 120)
{
	json_t *answer AUTO(json_decref) = NULL;

	write_keys(OLD_KEY "\n");
	store_only_start(&stack, &bus, &options);
	cr_assert_eq(put("sre", "a-secret-in-between"), 200);
	write_keys("no key\n");
	process_signal(&stack.daemons[CONFIG_STORE], SIGHUP);
	cr_expect(WAIT_UNTIL(log_says("those from before stay in use"), WAIT_MS));
	cr_expect_not(log_says("no key\n"));
	cr_expect(opens("sre", "a-secret-in-between"));
	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN, "POST /api/v1/admin/secrets/rekey",
			     "", &answer),
		409);
	cr_expect_str_eq(json_string_or(answer, "/error", ""), "bad_keys");
	write_keys("");
	cr_expect(opens("sre", "a-secret-in-between"));
	write_keys(NEW_KEY "\n" OLD_KEY "\n");
	process_signal(&stack.daemons[CONFIG_STORE], SIGHUP);
	cr_expect(WAIT_UNTIL(log_says("keys=2"), WAIT_MS));
	cr_expect(opens("sre", "a-secret-in-between"));
	store_only_stop(&stack, bus);
}

Test(rekey, takes_cursors_of_its_own_only, .timeout = 120)
{
	static const char *const cursors[] = {"x", "c.", "c.acme", "c.acme.", "h.",
		"h.x", "h.1x", "c.a b.c", "c.acme.sre.x", "h.-1"};

	write_keys(OLD_KEY "\n");
	store_only_start(&stack, &bus, &options);
	for (size_t i = 0; i < countof(cursors); i++) {
		char body[128];

		(void)snprintf(body, sizeof(body), "{\"cursor\":\"%s\"}", cursors[i]);
		cr_expect_eq(stack_call(&stack, ADMIN_TOKEN,
				     "POST /api/v1/admin/secrets/rekey", body, NULL),
			400, "%s", cursors[i]);
	}
	store_only_stop(&stack, bus);
}
