// SPDX-License-Identifier: Apache-2.0
// Story: who verified a token in any process asks nobody while nothing has changed, and
// knows at once when something has.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/db.h"
#include "common/nats/rpc.h"
#include "tests/flow/cast.h"

enum { WAIT_MS = 30000, LINE_SIZE = 256 };

#define ACME "/api/v1/admin/orgs/acme"

static struct stack stack;

static int call_as(enum cast_member who, const char *line, const char *body)
{
	return stack_call(&stack, cast_token(who), line, body, NULL);
}

static struct cast_made issue_for_team(const char *body)
{
	return cast_issue(&stack, "POST " ACME "/teams/sre/tokens", body);
}

static int end_token(const char *id)
{
	char body[LINE_SIZE];

	(void)snprintf(body, sizeof(body), "{\"token_ids\":[\"%s\"]}", id);
	return call_as(CAST_ADMIN, "POST " ACME "/tokens/bulk-revoke", body);
}

static int extend(const char *id)
{
	char line[LINE_SIZE];

	(void)snprintf(line, sizeof(line), "POST " ACME "/tokens/%s/extend", id);
	return call_as(CAST_ADMIN, line, "{\"days\":1}");
}

/* While `table` is locked whoever asks it waits; what is known is answered. */
static int me_without(const char *table, const char *token)
{
	struct db *db AUTO(db_close) = NULL;
	PGresult *done AUTO(PQclear) = NULL;
	struct fault fault = {0};
	PGconn *connection;
	char sql[LINE_SIZE];
	int status;

	(void)snprintf(sql, sizeof(sql),
		"LOCK TABLE config.%s IN ACCESS EXCLUSIVE MODE", table);
	cr_assert(db_open(&db, stack.database, 0, &fault) && db_begin(db, &fault) &&
			db_connection(&connection, db, &fault),
		"%s", fault.text);
	done = PQexec(connection, sql);
	cr_assert_eq(PQresultStatus(done), PGRES_COMMAND_OK);
	status = cast_me(&stack, token);
	db_rollback(db);
	return status;
}

/* Once its organisation is known, and changes are heard of. */
static bool becomes_known(const char *table, const char *token)
{
	return WAIT_UNTIL(cast_me(&stack, token) == 200 &&
			cast_me(&stack, token) == 200 &&
			cast_me(&stack, token) == 200 &&
			me_without(table, token) == 200,
		WAIT_MS);
}

Test(tokens, that_are_known_ask_nobody, .timeout = 200)
{
	struct cast_made made;

	cast_start(&stack);
	made = issue_for_team("");
	cr_expect(becomes_known("token", made.token));
	cr_expect(becomes_known("node", cast_token(CAST_TEAM_JWT)));
	cr_expect(becomes_known("token", cast_token(CAST_ADMIN)));
	cr_expect_eq(me_without("token", cast_token(CAST_SUPER)), 200);
	cr_expect_eq(me_without("token", cast_token(CAST_SERVICE)), 200);
	cr_expect_eq(me_without("token", cast_token(CAST_ADMIN_OIDC)), 200);
	cast_stop(&stack);
}

/* Another config store of the same database; its address is put in place of the first's.
 */
static struct process start_second(char *first)
{
	struct environment environment = {0};
	const char *arguments[] = {stack_daemon_path(CONFIG_STORE), NULL};
	char file[PATH_SIZE * 2];
	struct process second = {0};
	FILE *listing = NULL;

	(void)snprintf(file, sizeof(file), "%s/second.address", stack.directory);
	stack_environment(&stack, CONFIG_STORE, &environment);
	environment_set(&environment, "TOCSIN_LISTEN_FILE=%s", file);
	process_start(&second,
		&(struct process_start){.name = "second",
			.arguments = arguments,
			.environment = &environment,
			.directory = stack.directory});
	environment_done(&environment);
	(void)strcpy(first, stack.addresses[CONFIG_STORE]);
	cr_assert(WAIT_UNTIL((listing = fopen(file, "re")) != NULL, WAIT_MS));
	cr_assert(WAIT_UNTIL(
		fscanf(listing, "%63s", stack.addresses[CONFIG_STORE]) == 1, WAIT_MS));
	(void)fclose(listing);
	return second;
}

static bool is_refused(const char *token)
{
	return cast_me(&stack, token) == 401;
}

Test(tokens, revoked_in_one_process_are_no_good_in_another, .timeout = 200)
{
	struct cast_made made, team;
	struct process second;
	char first[ADDRESS_SIZE], there[ADDRESS_SIZE];

	cast_start(&stack);
	made = issue_for_team("");
	team = cast_issue(&stack, "POST /api/v1/admin/orgs/rival/teams/sre/tokens", "");
	second = start_second(first);
	(void)strcpy(there, stack.addresses[CONFIG_STORE]);
	cr_expect(becomes_known("token", made.token));
	cr_expect(becomes_known("token", team.token));
	cr_expect(becomes_known("node", cast_token(CAST_RIVAL_JWT)));
	(void)strcpy(stack.addresses[CONFIG_STORE], first);
	cr_expect_eq(end_token(made.id), 200);
	cr_expect(is_refused(made.token), "the process that did it knows at once");
	cr_expect_eq(
		call_as(CAST_SUPER, "DELETE /api/v1/admin/orgs/rival/teams/sre", ""),
		204);
	(void)strcpy(stack.addresses[CONFIG_STORE], there);
	/* Far sooner than an entry ends by itself. */
	cr_expect(WAIT_UNTIL(is_refused(made.token), 5000));
	cr_expect(WAIT_UNTIL(is_refused(team.token), 5000));
	cr_expect(WAIT_UNTIL(is_refused(cast_token(CAST_RIVAL_JWT)), 5000));
	(void)strcpy(stack.addresses[CONFIG_STORE], first);
	cr_expect_eq(process_stop(&second, SIGTERM, WAIT_MS), 0);
	cast_stop(&stack);
}

/* A new team of the same name is not the one that the JWT was for. */
Test(tokens, of_a_team_that_is_gone_stay_no_good, .timeout = 200)
{
	const char *jwt;

	cast_start(&stack);
	jwt = cast_token(CAST_TEAM_JWT);
	cr_expect_eq(cast_me(&stack, jwt), 200);
	cr_expect_eq(call_as(CAST_SUPER, "DELETE " ACME "/teams/sre", ""), 204);
	cr_expect_eq(cast_me(&stack, jwt), 401);
	cr_expect_eq(cast_me(&stack, cast_token(CAST_TEAM)), 401);
	/* A JWT counts in seconds. */
	cr_assert(WAIT_UNTIL(number_of(stack.database,
				     "SELECT count(*) FROM config.token WHERE "
				     "revoked_at < now() - interval '1 second' AND "
				     "team_id = 'sre' AND org_id = 'acme'") > 0,
		WAIT_MS));
	cr_expect_eq(call_as(CAST_SUPER, "POST " ACME "/teams/sre", ""), 201);
	cr_expect_eq(cast_me(&stack, jwt), 401);
	cr_expect_eq(cast_me(&stack, cast_token(CAST_TEAM)), 401);
	cast_stop(&stack);
}

Test(tokens, end_when_they_expire_even_when_they_are_known, .timeout = 200)
{
	char body[LINE_SIZE], text[CLOCK_TEXT_SIZE];
	struct cast_made made;

	cast_start(&stack);
	(void)snprintf(body, sizeof(body), "{\"expires_at\":\"%s\"}",
		clock_text(clock_wall_us() + 4000000, text));
	made = issue_for_team(body);
	cr_expect_eq(cast_me(&stack, made.token), 200);
	cr_expect_eq(cast_me(&stack, made.token), 200);
	cr_expect_eq(cast_me(&stack, made.token), 200);
	cr_expect(WAIT_UNTIL(is_refused(made.token), WAIT_MS));
	cr_expect_eq(extend(made.id), 409, "what is over stays over");
	cr_expect_eq(cast_me(&stack, made.token), 401);
	cast_stop(&stack);
}

Test(tokens, are_verified_over_rpc_with_all_that_is_known_of_them, .timeout = 200)
{
	static char nothing[] = "";
	static const struct {
		enum cast_member who;
		const char *kind, *org, *team;
		bool read_only, ends;
	} cases[] = {
		{CAST_TEAM, "team", "acme", "sre", false, false},
		{CAST_TEAM_JWT, "team", "acme", "sre", true, true},
		{CAST_ADMIN, "org_admin", "acme", "", false, false},
		{CAST_ADMIN_OIDC, "org_admin", "acme", "", false, true},
		{CAST_SUPER, "super_admin", "", "", false, false},
		{CAST_SERVICE, "service", "", "", false, false},
		{CAST_GARBAGE, "", "", "", false, false},
		{CAST_STRANGER_OIDC, "", "", "", false, false},
		{CAST_EXPIRED, "", "", "", false, false},
	};
	struct bus *bus AUTO(bus_close) = NULL;
	struct fault fault = {0};

	cast_start(&stack);
	cr_assert(bus_open(&bus,
		&(struct daemon_config){.nats_url = stack.nats_url,
			.nats_credentials = nothing,
			.nats_ca_file = nothing},
		"test", &fault));
	for (size_t i = 0; i < countof(cases); i++) {
		pb_auth_verify_reply *reply AUTO(pb_auth_verify_reply_free) = NULL;
		pb_auth_verify_request request;
		const char *name = cast_roles[cases[i].who].name;

		pb_auth_verify_request_init(&request);
		request.token = (char *)(uintptr_t)cast_token(cases[i].who);
		cr_assert(RPC(bus, "auth.verify", NULL, NULL, &request, auth_verify,
				  &reply, &fault),
			"%s: %s", name, fault.text);
		cr_expect_str_eq(reply->kind, cases[i].kind, "%s", name);
		cr_expect_str_eq(reply->org, cases[i].org, "%s", name);
		cr_expect_str_eq(reply->team, cases[i].team, "%s", name);
		cr_expect_eq(reply->read_only, cases[i].read_only, "%s", name);
		cr_expect_eq(reply->expires_at_us > 0, cases[i].ends, "%s", name);
		cr_expect_eq(
			*reply->reason == '\0', *cases[i].kind != '\0', "%s", name);
		cr_expect_eq(reply->n_scopes > 0, *cases[i].kind != '\0', "%s", name);
		for (size_t k = 0; k < reply->n_scopes; k++)
			cr_expect_not(
				reply->read_only && strstr(reply->scopes[k], "write"),
				"%s: %s", name, reply->scopes[k]);
	}
	cast_stop(&stack);
}
