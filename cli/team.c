// SPDX-License-Identifier: Apache-2.0
// tocsin team create, list, delete.
#include <string.h>

#include "cli/call.h"
#include "cli/table.h"
#include "cli/tenant.h"

static bool print_answer(struct cli *cli, const json_t *answer, const char *words)
{
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	(void)fprintf(cli->out, "team %s/%s %s\n", cli->arguments[0], cli->arguments[1],
		words);
	return true;
}

static bool create(struct cli *cli)
{
	const char *name = cli->values[OPTION_NAME];
	json_t *body AUTO(json_decref) =
		json_pack("{s:s, s:s*}", "name", name ? name : cli->arguments[1],
			"parent_id", cli->values[OPTION_PARENT]);
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	if (!body)
		return cli_usage(cli, "TEAM, --name and --parent must be UTF-8");
	tenant_path(&path, cli, "teams");
	return call(cli, "POST", text_string(&path), body, &answer) &&
		print_answer(cli, answer,
			cli->http_status == 200 ? "was there already" : "created");
}

static void add_teams(struct table *table, const json_t *nodes)
{
	const json_t *node;
	size_t i;

	json_array_foreach(nodes, i, node)
	{
		if (strcmp(json_string_or(node, "/node_type", ""), "team") != 0)
			continue;
		table_add(table, json_string_or(node, "/node_id", ""));
		table_add(table, json_string_or(node, "/parent_id", ""));
		table_add(table, json_string_or(node, "/name", ""));
	}
}

static bool list(struct cli *cli)
{
	static const struct table_column columns[] = {
		{"TEAM", 40, false}, {"UNDER", 24, false}, {"NAME", 32, false}, {0}};
	struct table table AUTO(table_done);
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	table_init(&table, columns);
	tenant_path(&path, cli, "nodes");
	if (!call(cli, "GET", text_string(&path), NULL, &answer))
		return false;
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	add_teams(&table, json_at(answer, "/items"));
	return table_print(&table, cli->out, "", cli->bold) ||
		cli_fail(cli, "no memory");
}

static bool delete (struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	tenant_path(&path, cli, "teams");
	return call(cli, "DELETE", text_string(&path), NULL, &answer) &&
		print_answer(cli, answer, "deleted, its tokens revoked");
}

const struct command team_commands[] = {
	{"create", "ORG TEAM", "make a team", OPTION(NAME) | OPTION(PARENT), 2, 2,
		create},
	{"list", "ORG", "the teams of an organisation", 0, 1, 1, list},
	{"delete", "ORG TEAM", "remove a team, its tokens and its claims", 0, 2, 2,
		delete},
	{0},
};
