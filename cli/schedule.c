// SPDX-License-Identifier: Apache-2.0
// tocsin schedule set, list, delete: orders to the ingress, which are waited for.
#include <stdlib.h>
#include <string.h>

#include "cli/call.h"
#include "cli/table.h"

enum { WAIT_S = 20, WAIT_MOST_S = 30 };

static const char path_of_all[] = "/api/v1/admin/schedules/team";

/* What a command of this file begins with. */
static void address(struct cli *cli, struct text *path)
{
	cli->at_ingress = true;
	text_add(path, path_of_all);
}

static bool read_wait(struct cli *cli, long *out)
{
	const char *text = cli->values[OPTION_WAIT];
	char *end = NULL;

	*out = text ? strtol(text, &end, 10) : WAIT_S;
	return !text || (end != text && !*end && *out >= 0 && *out <= WAIT_MOST_S) ||
		cli_usage(
			cli, "--wait %s: must be seconds, 0 to %d", text, WAIT_MOST_S);
}

static void print_name(struct cli *cli)
{
	struct text line AUTO(text_done) = {0};

	text_printf(&line, "schedule %s/%s %s", cli->arguments[0], cli->arguments[1],
		cli->arguments[2]);
	(void)fputs(text_string(&line), cli->out);
}

/* Says what an order that has ended well did. */
typedef void (*teller)(struct cli *cli, const json_t *result);

static void tell_set(struct cli *cli, const json_t *result)
{
	(void)fprintf(cli->out, "%s: version %ld of its configuration\n",
		json_bool_or(result, "/changed", true) ? " is set" : " was so already",
		json_integer_or(result, "/version", 0));
}

static void tell_deleted(struct cli *cli, const json_t *result)
{
	(void)fprintf(cli->out, "%s%s\n",
		json_bool_or(result, "/removed", true) ? " deleted"
						       : " was not there to delete",
		json_bool_or(result, "/inherited", false)
			? "; a node above has it, and it goes on"
			: "");
}

static bool tell_failed(struct cli *cli, const json_t *answer)
{
	struct text why AUTO(text_done) = {0};

	table_clean(&why, json_string_or(answer, "/error", "failed"), true);
	return cli_fail(cli, "%s", text_string(&why));
}

/* Accepted, and that is all that is known. */
static bool tell_unfinished(struct cli *cli, const json_t *answer, long wait_s)
{
	const char *status = json_string_or(answer, "/status", "queued");
	const char *id = json_string_or(answer, "/provisioning_run_id", "?");

	if (wait_s > 0)
		return cli_fail(cli,
			"not done after %ld s, and not given up: run %s is %s\n"
			"See: GET /api/v1/admin/provision/runs/%s",
			wait_s, id, status, id);
	if (cli_wants_json(cli))
		return true;
	print_name(cli);
	(void)fprintf(cli->out, ": run %s is %s\n", id, status);
	return true;
}

static bool order(struct cli *cli, const char *method, const json_t *body, teller tell)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;
	char seconds[24];
	const char *status;
	long wait_s;

	if (!body)
		return cli_usage(cli, "what is sent must be UTF-8");
	if (!read_wait(cli, &wait_s))
		return false;
	(void)snprintf(seconds, sizeof(seconds), "%ld", wait_s);
	address(cli, &path);
	call_add_query(&path, "wait", seconds);
	if (!call(cli, method, text_string(&path), body, &answer) ||
		(cli_wants_json(cli) && !call_print_json(cli, answer)))
		return false;
	status = json_string_or(answer, "/status", "");
	if (strcmp(status, "failed") == 0)
		return tell_failed(cli, answer);
	if (strcmp(status, "succeeded") != 0)
		return tell_unfinished(cli, answer, wait_s);
	if (cli_wants_json(cli))
		return true;
	print_name(cli);
	if (json_bool_or(answer, "/steps/schedule/result/overtaken", false))
		(void)fputs(": a later order was carried out before this one, which "
			    "did nothing\n",
			cli->out);
	else
		tell(cli, json_at(answer, "/steps/schedule/result"));
	return true;
}

static bool set(struct cli *cli)
{
	const char *const *values = cli->values;
	json_t *body AUTO(json_decref) = NULL;

	if (!values[OPTION_CRON] || !values[OPTION_MESSAGE])
		return cli_usage(cli, "--cron and --message are needed");
	body = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*, s:s*, s:s*, s:b}", "org_id",
		cli->arguments[0], "team_node_id", cli->arguments[1], "name",
		cli->arguments[2], "cron", values[OPTION_CRON], "message",
		values[OPTION_MESSAGE], "time_zone", values[OPTION_TIME_ZONE], "agent",
		values[OPTION_AGENT], "idempotency_key", values[OPTION_KEY], "enabled",
		values[OPTION_DISABLED] == NULL);
	return order(cli, "POST", body, tell_set);
}

static bool delete (struct cli *cli)
{
	json_t *body AUTO(json_decref) = json_pack("{s:s, s:s, s:s, s:s*}", "org_id",
		cli->arguments[0], "team_node_id", cli->arguments[1], "name",
		cli->arguments[2], "idempotency_key", cli->values[OPTION_KEY]);

	return order(cli, "DELETE", body, tell_deleted);
}

static void add_row(struct table *table, const json_t *schedule)
{
	table_add(table, json_string_or(schedule, "/name", ""));
	table_add(table, json_bool_or(schedule, "/enabled", false) ? "yes" : "no");
	table_add(table, json_string_or(schedule, "/cron", "-"));
	table_add(table, json_string_or(schedule, "/time_zone", "-"));
	table_add(table, json_string_or(schedule, "/agent", "-"));
	table_add(table, json_bool_or(schedule, "/own", false) ? "team" : "above");
	table_add(table, json_string_or(schedule, "/message", ""));
}

static bool list(struct cli *cli)
{
	static const struct table_column columns[] = {{"SCHEDULE", 24, false},
		{"ENABLED", 0, false}, {"CRON", 24, false}, {"TIME ZONE", 24, false},
		{"AGENT", 20, false}, {"FROM", 0, false}, {"MESSAGE", 48, false}, {0}};
	struct table table AUTO(table_done);
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;
	const json_t *schedule;
	size_t i;

	table_init(&table, columns);
	address(cli, &path);
	call_add_query(&path, "org_id", cli->arguments[0]);
	call_add_query(&path, "team_node_id", cli->arguments[1]);
	if (!call(cli, "GET", text_string(&path), NULL, &answer))
		return false;
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	json_array_foreach(json_at(answer, "/items"), i, schedule)
		add_row(&table, schedule);
	return table_print(&table, cli->out, "", cli->bold) ||
		cli_fail(cli, "no memory");
}

#define ORDER (OPTION(WAIT) | OPTION(KEY))

const struct command schedule_commands[] = {
	{"set", "ORG TEAM NAME",
		"make or replace a schedule of the team (kept; nothing starts it yet)",
		ORDER | OPTION(CRON) | OPTION(TIME_ZONE) | OPTION(AGENT) |
			OPTION(MESSAGE) | OPTION(DISABLED),
		3, 3, set},
	{"list", "ORG TEAM", "the schedules that hold for the team", 0, 2, 2, list},
	{"delete", "ORG TEAM NAME", "take one out of what the team says", ORDER, 3, 3,
		delete},
	{0},
};
