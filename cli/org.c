// SPDX-License-Identifier: Apache-2.0
// tocsin org create, list, delete.
#include "cli/call.h"
#include "cli/table.h"

static bool print_answer(struct cli *cli, const json_t *answer, const char *words)
{
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	(void)fprintf(cli->out, "organisation %s %s\n", cli->arguments[0], words);
	return true;
}

static bool create(struct cli *cli)
{
	const char *name = cli->values[OPTION_NAME];
	json_t *body AUTO(json_decref) = json_pack("{s:s, s:s}", "org_id",
		cli->arguments[0], "name", name ? name : cli->arguments[0]);
	json_t *answer AUTO(json_decref) = NULL;

	if (!body)
		return cli_usage(cli, "ORG and --name must be UTF-8");
	return call(cli, "POST", "/api/v1/admin/orgs", body, &answer) &&
		print_answer(cli, answer, "created");
}

static bool list(struct cli *cli)
{
	static const struct table_column columns[] = {
		{"ORG", 63, false}, {"NAME", 34, false}, {0}};
	struct table table AUTO(table_done);
	json_t *answer AUTO(json_decref) = NULL;
	const json_t *org;
	size_t i;

	table_init(&table, columns);
	if (!call_list(cli, "/api/v1/admin/orgs", &answer))
		return false;
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	json_array_foreach(json_at(answer, "/items"), i, org)
	{
		table_add(&table, json_string_or(org, "/org_id", ""));
		table_add(&table, json_string_or(org, "/name", ""));
	}
	return table_print(&table, cli->out, "", cli->bold) ||
		cli_fail(cli, "no memory");
}

static bool delete (struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	text_add(&path, "/api/v1/admin/orgs/");
	call_add_encoded(&path, cli->arguments[0]);
	return call(cli, "DELETE", text_string(&path), NULL, &answer) &&
		print_answer(cli, answer, "deleted");
}

const struct command org_commands[] = {
	{"create", "ORG", "make an organisation", OPTION(NAME), 1, 1, create},
	{"list", "", "organisations", OPTION(LIMIT), 0, 0, list},
	{"delete", "ORG", "remove an organisation that has no nodes", 0, 1, 1, delete},
	{0},
};
