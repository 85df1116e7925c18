// SPDX-License-Identifier: Apache-2.0
// tocsin token ...: making tokens, and ending them. A secret goes to standard output
// alone, so that it can be piped into a file.
#include <string.h>

#include "cli/call.h"
#include "cli/story.h"
#include "cli/table.h"
#include "cli/tenant.h"
#include "cli/token_body.h"

static void token_path(struct text *path, const struct cli *cli, const char *verb)
{
	tenant_path(path, cli, "teams");
	text_add(path, "/tokens");
	if (cli->count == 3) {
		text_add_char(path, '/');
		call_add_encoded(path, cli->arguments[2]);
	}
	text_add(path, verb);
}

/* /api/v1/admin/orgs/<argument 0>/<what>, whatever the other arguments are. */
static void org_path(struct text *path, const struct cli *cli, const char *what)
{
	const struct cli org_only = {.arguments = {cli->arguments[0]}, .count = 1};

	tenant_path(path, &org_only, what);
}

/* The same below one token of the organisation. */
static void id_path(struct text *path, const struct cli *cli, const char *verb)
{
	org_path(path, cli, "tokens/");
	call_add_encoded(path, cli->arguments[1]);
	text_add(path, verb);
}

static bool print_secret(struct cli *cli, const json_t *answer)
{
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	(void)fprintf(cli->out, "%s\n", json_string_or(answer, "/token", ""));
	(void)fputs("It is shown this once only.\n", stderr);
	return true;
}

/* POSTs the options there are to `path`, and prints the secret that comes back. */
static bool make(struct cli *cli, const struct text *path)
{
	json_t *body AUTO(json_decref) = NULL, *answer AUTO(json_decref) = NULL;

	return token_body(cli, &body) &&
		call(cli, "POST", text_string(path), body, &answer) &&
		print_secret(cli, answer);
}

static bool issue(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};

	token_path(&path, cli, "");
	return make(cli, &path);
}

static bool issue_admin(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};

	org_path(&path, cli, "admin-tokens");
	return make(cli, &path);
}

static bool impersonate(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};

	tenant_path(&path, cli, "teams");
	text_add(&path, "/impersonation-token");
	return make(cli, &path);
}

static bool print_list(struct cli *cli, const json_t *items)
{
	static const struct table_column columns[] = {{"TOKEN", 0, false},
		{"TEAM", 20, false}, {"STATUS", 10, false}, {"EXPIRES (UTC)", 0, false},
		{"LAST USED (UTC)", 0, false}, {"LABEL", 30, false}, {0}};
	struct table table AUTO(table_done);
	const json_t *token;
	size_t i;

	table_init(&table, columns);
	json_array_foreach(items, i, token)
	{
		char time[24];

		table_add(&table, json_string_or(token, "/token_id", ""));
		table_add(&table, json_string_or(token, "/team_node_id", "(admin)"));
		table_add(&table, json_string_or(token, "/status", ""));
		table_add(
			&table, story_time(time, json_string_at(token, "/expires_at")));
		table_add(&table,
			story_time(time, json_string_at(token, "/last_used_at")));
		table_add(&table, json_string_or(token, "/label", ""));
	}
	return table_print(&table, cli->out, "", cli->bold) ||
		cli_fail(cli, "no memory");
}

/* Of a team, or of the whole organisation. */
static bool list(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	if (cli->count == 2)
		token_path(&path, cli, "");
	else
		org_path(&path, cli, "tokens");
	if (!call_list(cli, text_string(&path), &answer))
		return false;
	return cli_wants_json(cli) ? call_print_json(cli, answer)
				   : print_list(cli, json_at(answer, "/items"));
}

static bool show(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	id_path(&path, cli, "");
	return call(cli, "GET", text_string(&path), NULL, &answer) &&
		call_print_json(cli, answer);
}

static bool revoke(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	token_path(&path, cli, "");
	if (!call(cli, "DELETE", text_string(&path), NULL, &answer))
		return false;
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	(void)fprintf(cli->out, "token %s revoked\n", cli->arguments[2]);
	return true;
}

static bool bulk_revoke(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *body AUTO(json_decref) =
		json_pack("{s:o*}", "token_ids", token_body_words(cli->arguments[1]));
	json_t *answer AUTO(json_decref) = NULL;

	if (!body)
		return cli_usage(cli, "the ids must be UTF-8");
	org_path(&path, cli, "tokens/bulk-revoke");
	if (!call(cli, "POST", text_string(&path), body, &answer))
		return false;
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	(void)fprintf(cli->out, "%ld of %ld revoked now\n",
		json_integer_or(answer, "/revoked_count", 0),
		json_integer_or(answer, "/total_requested", 0));
	return true;
}

static bool extend(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *body AUTO(json_decref) = NULL, *answer AUTO(json_decref) = NULL;

	id_path(&path, cli, "/extend");
	if (!token_body(cli, &body) ||
		!call(cli, "POST", text_string(&path), body, &answer))
		return false;
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	(void)fprintf(cli->out, "token %s is good until %s\n", cli->arguments[1],
		json_string_or(answer, "/expires_at", "it is revoked"));
	return true;
}

static bool collect(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	token_path(&path, cli, "/collect");
	return call(cli, "POST", text_string(&path), NULL, &answer) &&
		print_secret(cli, answer);
}

static bool whoami(struct cli *cli)
{
	json_t *answer AUTO(json_decref) = NULL;

	return call(cli, "GET", "/api/v1/auth/me", NULL, &answer) &&
		call_print_json(cli, answer);
}

#define WISH (OPTION(LABEL) | OPTION(SCOPES) | OPTION(DAYS) | OPTION(EXPIRES))

const struct command token_commands[] = {
	{"issue", "ORG TEAM", "make a token and print its secret, once", WISH, 2, 2,
		issue},
	{"issue-admin", "ORG", "the same for an admin of the organisation", WISH, 1, 1,
		issue_admin},
	{"impersonate", "ORG TEAM", "print a short-lived JWT that reads as the team",
		OPTION(TTL), 2, 2, impersonate},
	{"list", "ORG [TEAM]", "tokens without secrets, newest first", OPTION(LIMIT), 1,
		2, list},
	{"show", "ORG ID", "one token, with its scopes", 0, 2, 2, show},
	{"extend", "ORG ID", "give a token another end: 90 days more, unless told",
		OPTION(DAYS) | OPTION(EXPIRES), 2, 2, extend},
	{"revoke", "ORG TEAM ID", "make a token useless", 0, 3, 3, revoke},
	{"bulk-revoke", "ORG ID,ID", "the same for many, or none of them", 0, 2, 2,
		bulk_revoke},
	{"collect", "ORG TEAM ID", "print the secret provisioning reserved, once", 0, 3,
		3, collect},
	{"whoami", "", "what the token in use may do", 0, 0, 0, whoami},
	{0},
};
