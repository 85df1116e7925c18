// SPDX-License-Identifier: Apache-2.0
// tocsin node list, show, create, rename, move, delete.
#include "cli/call.h"
#include "cli/table.h"
#include "cli/tenant.h"

static void add_node(struct table *table, const json_t *node)
{
	table_add(table, json_string_or(node, "/node_id", ""));
	table_add(table, json_string_or(node, "/node_type", ""));
	table_add(table, json_string_or(node, "/parent_id", ""));
	table_printf(table, "%ld", json_integer_or(node, "/depth", 0) + 1);
	table_add(table, json_string_or(node, "/name", ""));
}

static bool list(struct cli *cli)
{
	static const struct table_column columns[] = {{"NODE", 40, false},
		{"TYPE", 0, false}, {"UNDER", 24, false}, {"LEVEL", 0, true},
		{"NAME", 32, false}, {0}};
	struct table table AUTO(table_done);
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;
	const json_t *node;
	size_t i;

	table_init(&table, columns);
	tenant_path(&path, cli, "nodes");
	call_add_query(&path, "parent_id", cli->values[OPTION_PARENT]);
	if (!call_list(cli, text_string(&path), &answer))
		return false;
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	json_array_foreach(json_at(answer, "/items"), i, node) add_node(&table, node);
	return table_print(&table, cli->out, "", cli->bold) ||
		cli_fail(cli, "no memory");
}

static bool show(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	tenant_path(&path, cli, "nodes");
	return call(cli, "GET", text_string(&path), NULL, &answer) &&
		call_print_json(cli, answer);
}

static bool print_answer(struct cli *cli, const json_t *answer, const char *words)
{
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	(void)fprintf(cli->out, "node %s/%s %s\n", cli->arguments[0], cli->arguments[1],
		words);
	return true;
}

static bool create(struct cli *cli)
{
	const char *name = cli->values[OPTION_NAME];
	json_t *body AUTO(json_decref) = json_pack("{s:s, s:s, s:s, s:s*}", "node_id",
		cli->arguments[1], "node_type", cli->arguments[2], "name",
		name ? name : cli->arguments[1], "parent_id",
		cli->values[OPTION_PARENT]);
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	if (!body)
		return cli_usage(cli, "NODE, --name and --parent must be UTF-8");
	text_add(&path, "/api/v1/admin/orgs/");
	call_add_encoded(&path, cli->arguments[0]);
	text_add(&path, "/nodes");
	return call(cli, "POST", text_string(&path), body, &answer) &&
		print_answer(cli, answer, "created");
}

static bool change(struct cli *cli, const char *key, const char *words)
{
	json_t *body AUTO(json_decref) = json_pack("{s:s}", key, cli->arguments[2]);
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	if (!body)
		return cli_usage(cli, "the last argument must be UTF-8");
	tenant_path(&path, cli, "nodes");
	return call(cli, "PATCH", text_string(&path), body, &answer) &&
		print_answer(cli, answer, words);
}

static bool rename_node(struct cli *cli)
{
	return change(cli, "name", "renamed");
}

static bool move(struct cli *cli)
{
	return change(cli, "parent_id", "moved, with all that is below");
}

static bool delete (struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	tenant_path(&path, cli, "nodes");
	return call(cli, "DELETE", text_string(&path), NULL, &answer) &&
		print_answer(cli, answer, "deleted");
}

const struct command node_commands[] = {
	{"list", "ORG", "organisation, units and teams; --parent: only those under it",
		OPTION(PARENT) | OPTION(LIMIT), 1, 1, list},
	{"show", "ORG NODE", "one of them", 0, 2, 2, show},
	{"create", "ORG NODE TYPE", "make a unit or a team",
		OPTION(NAME) | OPTION(PARENT), 3, 3, create},
	{"rename", "ORG NODE NAME", "give it another name", 0, 3, 3, rename_node},
	{"move", "ORG NODE PARENT", "put it, with all that is below, under another", 0,
		3, 3, move},
	{"delete", "ORG NODE", "remove it, when nothing is below", 0, 2, 2, delete},
	{0},
};
