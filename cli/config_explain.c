// SPDX-License-Identifier: Apache-2.0
#include "cli/config_explain.h"

#include "cli/call.h"
#include "cli/table.h"
#include "cli/tenant.h"

enum { VALUE_WIDTH = 48 };

/* "acme", or "acme /runtime" where the lock is on more than the value. */
static void add_lock(struct table *table, const json_t *value)
{
	const char *node = json_string_or(value, "/locked_by/node", "");
	const char *lock = json_string_or(value, "/locked_by/path", "");

	if (*node)
		table_printf(table, "%s %s", node, lock);
	else
		table_add(table, "");
}

static bool print_values(struct cli *cli, const json_t *values)
{
	static const struct table_column columns[] = {{"PATH", 0, false},
		{"VALUE", VALUE_WIDTH, false}, {"FROM", 0, false},
		{"LOCKED BY", 0, false}, {0}};
	struct table table AUTO(table_done);
	const json_t *value;
	size_t i;

	table_init(&table, columns);
	json_array_foreach(values, i, value)
	{
		char *printed AUTO(free) = json_print(json_object_get(value, "value"));

		table_add(&table, json_string_or(value, "/path", ""));
		table_add(&table, printed);
		table_add(&table, json_string_or(value, "/from", ""));
		add_lock(&table, value);
	}
	return table_print(&table, cli->out, "", cli->bold) ||
		cli_fail(cli, "no memory");
}

static void print_missing(struct cli *cli, const json_t *required)
{
	const json_t *one;
	size_t i;

	json_array_foreach(required, i, one)
	{
		struct text line AUTO(text_done) = {0};

		if (!json_bool_or(one, "/missing", false))
			continue;
		table_clean(&line, json_string_or(one, "/path", ""), false);
		text_add(&line, " is missing, and required by ");
		table_clean(&line, json_string_or(one, "/node", ""), false);
		(void)fprintf(cli->out, "%s\n", text_string(&line));
	}
}

bool config_explain_print(struct cli *cli, const json_t *answer)
{
	if (!print_values(cli, json_object_get(answer, "values")))
		return false;
	print_missing(cli, json_at(answer, "/policy/required"));
	return true;
}

bool config_explain(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	tenant_path(&path, cli, "nodes");
	text_add(&path, "/config/explain");
	call_add_query(&path, "path", cli->count == 3 ? cli->arguments[2] : NULL);
	if (!call(cli, "GET", text_string(&path), NULL, &answer))
		return false;
	return cli_wants_json(cli) ? call_print_json(cli, answer)
				   : config_explain_print(cli, answer);
}
