// SPDX-License-Identifier: Apache-2.0
#include "cli/change.h"

#include <stdint.h>
#include <string.h>

#include "cli/call.h"
#include "cli/story.h"
#include "cli/table.h"
#include "cli/tenant.h"

/* Values are shown whole where a line holds them; JSON output has them all. */
static void add_value(struct text *line, const json_t *value)
{
	enum { VALUE_MAX = 120 };
	char *printed AUTO(free) = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	size_t len = printed ? text_cut(printed, VALUE_MAX) : 0;
	bool cut = printed && printed[len];

	if (!printed)
		return;
	printed[len] = '\0';
	table_clean(line, printed, false);
	if (cut)
		text_add(line, "…");
}

static void print_line(struct cli *cli, const char *indent, const char *sign,
	const char *pointer, const json_t *const values[2])
{
	struct text line AUTO(text_done) = {0};

	text_printf(&line, "%s%s ", indent, sign);
	table_clean(&line, *pointer ? pointer : "(all)", false);
	for (size_t i = 0; i < 2; i++) {
		if (!values[i])
			continue;
		text_add(&line, i > 0 ? " -> " : "  ");
		add_value(&line, values[i]);
	}
	(void)fprintf(cli->out, "%s\n", text_string(&line));
}

void change_print_diff(struct cli *cli, const json_t *diff, const char *indent)
{
	const char *pointer;
	json_t *value;

	json_object_foreach(json_object_get(diff, "added"), pointer, value)
	{
		print_line(cli, indent, "+", pointer,
			(const json_t *const[]){value, NULL});
	}
	json_object_foreach(json_object_get(diff, "removed"), pointer, value)
	{
		print_line(cli, indent, "-", pointer,
			(const json_t *const[]){value, NULL});
	}
	json_object_foreach(json_object_get(diff, "changed"), pointer, value)
	{
		print_line(cli, indent, "~", pointer,
			(const json_t *const[]){json_object_get(value, "old"),
				json_object_get(value, "new")});
	}
}

static void print_problem(struct cli *cli, const json_t *problem)
{
	struct text line AUTO(text_done) = {0};
	const char *node = json_string_at(problem, "/node");

	if (node) {
		table_clean(&line, node, false);
		text_add_char(&line, ' ');
	}
	table_clean(&line, json_string_or(problem, "/path", ""), false);
	text_add(&line, ": ");
	table_clean(&line, json_string_or(problem, "/message", ""), false);
	(void)fprintf(cli->out, "  ! %s\n", text_string(&line));
}

static bool print_trial(struct cli *cli, const json_t *answer)
{
	bool valid = json_bool_or(answer, "/valid", false);
	const json_t *item;
	size_t i;

	(void)fprintf(cli->out, "%s/%s ", cli->arguments[0], cli->arguments[1]);
	if (!json_bool_or(answer, "/changed", false))
		(void)fprintf(cli->out, "would stay at version %ld\n",
			json_integer_or(answer, "/version", 0));
	else
		(void)fprintf(cli->out, "would %s version %ld:\n",
			valid ? "become" : "not become",
			json_integer_or(answer, "/version", 0));
	json_array_foreach(json_at(answer, "/problems"), i, item)
		print_problem(cli, item);
	change_print_diff(cli, json_at(answer, "/diff"), "  ");
	json_array_foreach(json_at(answer, "/teams"), i, item)
	{
		(void)fprintf(cli->out, "team %s would have:\n",
			json_string_or(item, "/team_id", "?"));
		change_print_diff(cli, json_at(item, "/diff"), "  ");
	}
	if (json_integer_or(answer, "/teams_changed", 0) > (long)i)
		(void)fprintf(cli->out, "and %ld more teams would change\n",
			json_integer_or(answer, "/teams_changed", 0) - (long)i);
	return valid || cli_fail(cli, "the change would be refused");
}

bool change_print_answer(struct cli *cli, const json_t *answer)
{
	bool trial = json_bool_or(answer, "/dry_run", false);

	if (cli_wants_json(cli))
		return call_print_json(cli, answer) &&
			(!trial || json_bool_or(answer, "/valid", false) ||
				cli_fail(cli, "the change would be refused"));
	if (trial)
		return print_trial(cli, answer);
	(void)fprintf(cli->out, "config of %s/%s is now version %ld\n",
		cli->arguments[0], cli->arguments[1],
		json_integer_or(answer, "/version", 0));
	return true;
}

/* …/nodes/{node}/config<which>; the third argument is no part of it. */
static void config_path(struct text *path, struct cli *cli, const char *which)
{
	tenant_path(path, cli, "nodes");
	text_add(path, "/config");
	text_add(path, which);
}

static void print_entry(struct cli *cli, const json_t *entry)
{
	struct text line AUTO(text_done) = {0};
	const char *reason = json_string_or(entry, "/reason", "");
	char time[24];

	text_printf(&line, "version %ld  %s  by ",
		json_integer_or(entry, "/version", 0),
		story_time(time, json_string_at(entry, "/changed_at")));
	table_clean(&line, json_string_or(entry, "/changed_by", "?"), false);
	if (*reason) {
		text_add(&line, "  (");
		table_clean(&line, reason, false);
		text_add_char(&line, ')');
	}
	(void)fprintf(cli->out, "%s\n", text_string(&line));
	change_print_diff(cli, json_at(entry, "/diff"), "  ");
}

bool change_history(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;
	const json_t *entry;
	size_t i;

	config_path(&path, cli, "/history");
	if (!call_list(cli, text_string(&path), &answer))
		return false;
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	json_array_foreach(json_at(answer, "/items"), i, entry) print_entry(cli, entry);
	return true;
}

bool change_version(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	config_path(&path, cli, "/versions/");
	call_add_encoded(&path, cli->arguments[2]);
	if (!call(cli, "GET", text_string(&path), NULL, &answer))
		return false;
	return call_print_json(
		cli, cli_wants_json(cli) ? answer : json_at(answer, "/config"));
}

bool change_diff(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	config_path(&path, cli, "/diff");
	call_add_query(&path, "from", cli->arguments[2]);
	call_add_query(&path, "to", cli->arguments[3]);
	if (!call(cli, "GET", text_string(&path), NULL, &answer))
		return false;
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	change_print_diff(cli, json_at(answer, "/diff"), "");
	return true;
}

bool change_rollback(struct cli *cli)
{
	const char *text = cli->arguments[2];
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL, *body AUTO(json_decref) = NULL;
	char *end;
	long version = strtol(text, &end, 10);

	if (end == text || *end || version < 0)
		return cli_usage(
			cli, "%s is no version: see tocsin config history", text);
	body = json_pack("{s:I, s:s*}", "version", (json_int_t)version, "reason",
		cli->values[OPTION_REASON]);
	if (!body)
		return cli_usage(cli, "--reason must be UTF-8");
	config_path(&path, cli, "/rollback");
	if (cli->values[OPTION_DRY_RUN])
		call_add_query(&path, "dry_run", "1");
	return call(cli, "POST", text_string(&path), body, &answer) &&
		change_print_answer(cli, answer);
}
