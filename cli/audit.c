// SPDX-License-Identifier: Apache-2.0
// tocsin audit search, tocsin audit export.
#include "cli/call.h"
#include "cli/filter.h"
#include "cli/story.h"
#include "cli/table.h"

#define FILTERS                                                              \
	(OPTION(TEAM) | OPTION(ACTION) | OPTION(ACTOR) | OPTION(AREA) |      \
		OPTION(EVENT) | OPTION(RUN) | OPTION(TEXT) | OPTION(SINCE) | \
		OPTION(UNTIL))

static void add_path(struct text *path, const struct cli *cli, const char *what)
{
	text_add(path, "/api/v1/admin/orgs/");
	call_add_encoded(path, cli->arguments[0]);
	text_add(path, what);
}

static bool print(struct cli *cli, const json_t *items)
{
	static const struct table_column columns[] = {{"AT (UTC)", 0, false},
		{"ACTION", 24, false}, {"TEAM", 20, false}, {"ACTOR", 20, false},
		{"EVENT", 13, false}, {"RUN", 13, false}, {"WHY", 34, false}, {0}};
	struct table table AUTO(table_done);
	const json_t *record;
	size_t i;

	table_init(&table, columns);
	json_array_foreach(items, i, record)
	{
		char time[24];

		table_add(&table, story_time(time, json_string_at(record, "/at")));
		table_add(&table, json_string_or(record, "/action", ""));
		table_add(&table, json_string_or(record, "/team_id", ""));
		table_add(&table, json_string_or(record, "/actor", ""));
		table_printf(&table, "%.13s", json_string_or(record, "/event_id", ""));
		table_printf(&table, "%.13s", json_string_or(record, "/run_id", ""));
		table_add(&table, json_string_or(record, "/reason", ""));
	}
	return table_print(&table, cli->out, "", cli->bold) ||
		cli_fail(cli, "no memory");
}

static bool search(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	add_path(&path, cli, "/audit");
	if (!filter_add(cli, &path) || !call_list(cli, text_string(&path), &answer))
		return false;
	return cli_wants_json(cli) ? call_print_json(cli, answer)
				   : print(cli, json_at(answer, "/items"));
}

static bool export(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};

	add_path(&path, cli, "/audit/export");
	return filter_add(cli, &path) && call_stream(cli, text_string(&path));
}

const struct command audit_commands[] = {
	{"search", "ORG", "records of an organisation, newest first",
		FILTERS | OPTION(LIMIT), 1, 1, search},
	{"export", "ORG", "all records that match, as they come",
		FILTERS | OPTION(FORMAT), 1, 1, export},
	{0},
};
