// SPDX-License-Identifier: Apache-2.0
// tocsin feedback give, tocsin feedback stats.
#include "cli/call.h"
#include "cli/filter.h"
#include "cli/table.h"

static bool give(struct cli *cli)
{
	const char *user = cli->values[OPTION_USER];
	json_t *answer AUTO(json_decref) = NULL;
	json_t *body AUTO(json_decref) = json_pack("{s:s, s:s, s:s, s:s}", "run_id",
		cli->arguments[0], "feedback", cli->arguments[1], "source", "cli",
		"user_id", user ? user : "");

	if (!body)
		return cli_usage(cli, "RUN and --user must be UTF-8");
	if (!call(cli, "POST", "/api/v1/internal/feedback", body, &answer))
		return false;
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	(void)fprintf(
		cli->out, "run %s is found %s\n", cli->arguments[0], cli->arguments[1]);
	return true;
}

static void add_row(struct table *table, const char *source, const json_t *counts)
{
	long positive = json_integer_or(counts, "/positive", 0);
	long negative = json_integer_or(counts, "/negative", 0);
	long sum = positive + negative;

	table_add(table, source);
	table_printf(table, "%ld", positive);
	table_printf(table, "%ld", negative);
	if (sum > 0)
		table_printf(table, "%ld %%", (positive * 100 + sum / 2) / sum);
	else
		table_add(table, "");
}

static bool print(struct cli *cli, const json_t *answer)
{
	static const struct table_column columns[] = {{"SOURCE", 20, false},
		{"POSITIVE", 0, true}, {"NEGATIVE", 0, true}, {"RATE", 0, true}, {0}};
	struct table table AUTO(table_done);
	const char *source;
	json_t *counts;

	table_init(&table, columns);
	json_object_foreach(json_at(answer, "/by_source"), source, counts)
		add_row(&table, source, counts);
	add_row(&table, "all", answer);
	return table_print(&table, cli->out, "", cli->bold) ||
		cli_fail(cli, "no memory");
}

static bool stats(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	text_add(&path, "/api/v1/admin/orgs/");
	call_add_encoded(&path, cli->arguments[0]);
	text_add(&path, "/feedback/stats");
	if (!filter_add(cli, &path) ||
		!call(cli, "GET", text_string(&path), NULL, &answer))
		return false;
	return cli_wants_json(cli) ? call_print_json(cli, answer) : print(cli, answer);
}

const struct command feedback_commands[] = {
	{"give", "RUN positive|negative", "an opinion about a run; the latest counts",
		OPTION(USER), 2, 2, give},
	{"stats", "ORG", "how many opinions of each kind",
		OPTION(TEAM) | OPTION(SINCE) | OPTION(UNTIL), 1, 1, stats},
	{0},
};
