// SPDX-License-Identifier: Apache-2.0
// tocsin token issue, list, revoke, collect. A secret goes to standard output alone,
// so that it can be piped into a file.
#include "cli/call.h"
#include "cli/story.h"
#include "cli/table.h"
#include "cli/tenant.h"

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

static bool print_secret(struct cli *cli, const json_t *answer)
{
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	(void)fprintf(cli->out, "%s\n", json_string_or(answer, "/token", ""));
	(void)fputs("It is shown this once only.\n", stderr);
	return true;
}

static bool issue(struct cli *cli)
{
	json_t *body AUTO(json_decref) =
		json_pack("{s:s*}", "label", cli->values[OPTION_LABEL]);
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	if (!body)
		return cli_usage(cli, "--label must be UTF-8");
	token_path(&path, cli, "");
	return call(cli, "POST", text_string(&path), body, &answer) &&
		print_secret(cli, answer);
}

static bool print_list(struct cli *cli, const json_t *items)
{
	static const struct table_column columns[] = {{"TOKEN", 0, false},
		{"STATUS", 10, false}, {"ISSUED (UTC)", 0, false},
		{"LAST USED (UTC)", 0, false}, {"LABEL", 30, false}, {0}};
	struct table table AUTO(table_done);
	const json_t *token;
	size_t i;

	table_init(&table, columns);
	json_array_foreach(items, i, token)
	{
		char time[24];

		table_add(&table, json_string_or(token, "/token_id", ""));
		table_add(&table, json_string_or(token, "/status", ""));
		table_add(
			&table, story_time(time, json_string_at(token, "/issued_at")));
		table_add(&table,
			story_time(time, json_string_at(token, "/last_used_at")));
		table_add(&table, json_string_or(token, "/label", ""));
	}
	return table_print(&table, cli->out, "", cli->bold) ||
		cli_fail(cli, "no memory");
}

static bool list(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	token_path(&path, cli, "");
	if (!call(cli, "GET", text_string(&path), NULL, &answer))
		return false;
	return cli_wants_json(cli) ? call_print_json(cli, answer)
				   : print_list(cli, json_at(answer, "/items"));
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

static bool collect(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	token_path(&path, cli, "/collect");
	return call(cli, "POST", text_string(&path), NULL, &answer) &&
		print_secret(cli, answer);
}

const struct command token_commands[] = {
	{"issue", "ORG TEAM", "make a token and print its secret, once", OPTION(LABEL),
		2, 2, issue},
	{"list", "ORG TEAM", "the tokens of a team, without secrets", 0, 2, 2, list},
	{"revoke", "ORG TEAM ID", "make a token useless", 0, 3, 3, revoke},
	{"collect", "ORG TEAM ID", "print the secret provisioning reserved, once", 0, 3,
		3, collect},
	{0},
};
