// SPDX-License-Identifier: Apache-2.0
// tocsin runs list, show, export.
#include "cli/call.h"
#include "cli/filter.h"
#include "cli/story.h"
#include "cli/table.h"

static void add_run(struct table *table, const json_t *run)
{
	char time[24], owner[130], id[14], took[32] = "";
	long ms = json_integer_or(run, "/duration_ms", -1);

	(void)snprintf(id, sizeof(id), "%s", json_string_or(run, "/run_id", "?"));
	table_add(table, id);
	table_add(table, story_time(time, json_string_at(run, "/created_at")));
	table_add(table, json_string_or(run, "/state", ""));
	table_add(table, ms >= 0 ? story_duration(took, ms) : "");
	table_add(table, story_owner(owner, run));
	table_add(table, json_string_or(run, "/agent", ""));
	table_add(table, json_string_or(run, "/text", ""));
}

static bool print_list(struct cli *cli, const json_t *items)
{
	static const struct table_column columns[] = {{"RUN", 13, false},
		{"CREATED (UTC)", 0, false}, {"STATE", 0, false}, {"TOOK", 0, true},
		{"FOR", 22, false}, {"AGENT", 12, false}, {"ASKED", 24, false}, {0}};
	struct table table AUTO(table_done);
	const json_t *run;
	size_t i;

	table_init(&table, columns);
	json_array_foreach(items, i, run) add_run(&table, run);
	return table_print(&table, cli->out, "", cli->bold) ||
		cli_fail(cli, "no memory");
}

static bool list(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	text_add(&path, "/api/v1/admin/runs");
	if (!filter_add(cli, &path) || !call_list(cli, text_string(&path), &answer))
		return false;
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	return print_list(cli, json_at(answer, "/items"));
}

static bool show(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	text_add(&path, "/api/v1/admin/runs/");
	call_add_encoded(&path, cli->arguments[0]);
	if (!call(cli, "GET", text_string(&path), NULL, &answer))
		return false;
	return cli_wants_json(cli) ? call_print_json(cli, answer)
				   : story_of_run(cli, answer);
}

static bool export(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};

	text_add(&path, "/api/v1/admin/orgs/");
	call_add_encoded(&path, cli->arguments[0]);
	text_add(&path, "/runs/export");
	return filter_add(cli, &path) && call_stream(cli, text_string(&path));
}

#define RUN_FILTERS                                                     \
	(OPTION(TEAM) | OPTION(STATE) | OPTION(EVENT) | OPTION(AGENT) | \
		OPTION(SOURCE) | OPTION(SINCE) | OPTION(UNTIL))

const struct command runs_commands[] = {
	{"list", "", "runs, newest first", OPTION(ORG) | RUN_FILTERS | OPTION(LIMIT), 0,
		0, list},
	{"export", "ORG", "all runs that match, as they come",
		RUN_FILTERS | OPTION(FORMAT), 1, 1, export},
	{"show", "ID", "one run with its steps; the start of its id will do", 0, 1, 1,
		show},
	{0},
};
