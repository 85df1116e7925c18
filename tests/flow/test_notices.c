// SPDX-License-Identifier: Apache-2.0
// Story: one process changes an organisation, and another that holds caches hears of it;
// while it cannot hear, it says so, and then forgets what it knew.
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/types.h>

#include "common/clock.h"
#include "common/db.h"
#include "config-store/notices.h"
#include "tests/support/store_only.h"

enum { WAIT_MS = 30000 };

static struct notices *notices;
static char url[PATH_SIZE * 2];

static uint64_t generation(const char *org)
{
	return notices_generation(notices, org);
}

static bool hears(void)
{
	return generation("acme") != 0;
}

static void open_notices(void)
{
	struct fault fault = {0};

	cr_assert(notices_open(&notices, url, &fault), "%s", fault.text);
	cr_assert(WAIT_UNTIL(hears(), WAIT_MS));
}

static void notify(struct db *db, const char *org)
{
	struct fault fault = {0};

	cr_assert(db_execute(db, "SELECT " NOTICES_NOTIFY("$1"), DB_VALUES(org), NULL,
			  &fault),
		"%s", fault.text);
}

Test(notices, are_heard_when_and_only_when_a_transaction_commits, .timeout = 100)
{
	struct db *db AUTO(db_close) = NULL;
	struct fault fault = {0};
	uint64_t acme, rival, third;

	postgres_database(url, sizeof(url));
	cr_assert_eq(notices_generation(NULL, "acme"), 0);
	notices_bump(NULL, "acme");
	open_notices();
	acme = generation("acme");
	rival = generation("rival");
	third = generation("third");
	cr_assert(db_open(&db, url, 0, &fault) && db_begin(db, &fault));
	notify(db, "acme");
	db_rollback(db);
	cr_assert(db_begin(db, &fault));
	notify(db, "rival");
	cr_assert_eq(generation("rival"), rival, "nothing is committed yet");
	cr_assert(db_commit(db, &fault));
	cr_expect(WAIT_UNTIL(generation("rival") > rival, WAIT_MS));
	cr_expect_eq(generation("acme"), acme, "that was rolled back");
	cr_expect_eq(generation("third"), third, "nobody changed that one");
	notices_bump(notices, "acme");
	cr_expect_eq(generation("acme"), acme + 1);
	notices_close(notices);
}

Test(notices, that_cannot_be_heard_void_all_that_was_known, .timeout = 100)
{
	uint64_t before;

	postgres_database(url, sizeof(url));
	open_notices();
	before = generation("acme");
	postgres_shut(url, true);
	cr_expect(WAIT_UNTIL(!hears(), WAIT_MS));
	postgres_shut(url, false);
	cr_expect(WAIT_UNTIL(hears(), WAIT_MS));
	cr_expect_gt(generation("acme"), before);
	notices_close(notices);
}

Test(notices, a_connection_that_died_without_a_word_is_found_out, .timeout = 100)
{
	uint64_t before;
	pid_t listener;

	postgres_database(url, sizeof(url));
	open_notices();
	before = generation("acme");
	listener = (pid_t)number_of(url,
		"SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
		" AND application_name = 'tocsin'");
	cr_assert_gt(listener, 1);
	cr_assert_eq(kill(listener, SIGSTOP), 0);
	cr_expect(WAIT_UNTIL(!hears(), WAIT_MS));
	cr_expect(WAIT_UNTIL(hears(), WAIT_MS), "a new connection listens");
	cr_expect_gt(generation("acme"), before);
	cr_assert_eq(kill(listener, SIGCONT), 0);
	notices_close(notices);
}

static const struct stack_options options = {0};

/* Calls the store, and waits until another process has heard of it. */
static void changes(struct stack *stack, const char *line, const char *body, int status)
{
	uint64_t before = generation("acme");

	cr_assert_eq(
		stack_call(stack, ADMIN_TOKEN, line, body, NULL), status, "%s", line);
	cr_expect(WAIT_UNTIL(generation("acme") > before, WAIT_MS), "%s", line);
}

Test(notices, tell_of_whatever_the_store_writes, .timeout = 100)
{
	static struct stack stack;
	struct bus *bus;
	json_t *token AUTO(json_decref) = NULL;
	char line[160];

	store_only_start(&stack, &bus, &options);
	(void)snprintf(url, sizeof(url), "%s", stack.database);
	open_notices();
	changes(&stack, "POST /api/v1/admin/orgs/acme/teams/web", "", 201);
	changes(&stack, "PATCH /api/v1/admin/orgs/acme/nodes/web/config",
		"{\"note\":1}", 200);
	cr_assert_eq(
		stack_call(&stack, ADMIN_TOKEN,
			"POST /api/v1/admin/orgs/acme/teams/web/tokens", "{}", &token),
		201);
	(void)snprintf(line, sizeof(line),
		"DELETE /api/v1/admin/orgs/acme/teams/web/tokens/%s",
		json_string_or(token, "/token_id", ""));
	changes(&stack, line, "", 204);
	changes(&stack, "DELETE /api/v1/admin/orgs/acme/teams/web", "", 204);
	notices_close(notices);
	store_only_stop(&stack, bus);
}
