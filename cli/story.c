// SPDX-License-Identifier: Apache-2.0
#include "cli/story.h"

#include <inttypes.h>
#include <string.h>

#include "cli/table.h"
#include "common/clock.h"

enum { TIME_SIZE = 24, OWNER_SIZE = 130, DURATION_SIZE = 32, WHAT_MAX = 44 };

const char *story_time(char *out, const char *time)
{
	if (!time || strlen(time) < 19)
		(void)snprintf(out, TIME_SIZE, "-");
	else
		(void)snprintf(out, TIME_SIZE, "%.10s %.8s", time, time + 11);
	return out;
}

const char *story_owner(char *out, const json_t *from)
{
	const char *org = json_string_or(from, "/org_id", "");
	const char *team = json_string_or(from, "/team_id", "");

	(void)snprintf(out, OWNER_SIZE, "%s%s%s", org[0] ? org : "-",
		team[0] ? "/" : "", team);
	return out;
}

const char *story_duration(char *out, long ms)
{
	if (ms < 1000)
		(void)snprintf(out, DURATION_SIZE, "%ld ms", ms);
	else if (ms < 60000)
		(void)snprintf(
			out, DURATION_SIZE, "%ld.%ld s", ms / 1000, ms % 1000 / 100);
	else
		(void)snprintf(out, DURATION_SIZE, "%ld min %ld s", ms / 60000,
			ms % 60000 / 1000);
	return out;
}

/* "+12.3", or "" when either time is not known. */
static void add_since(struct table *table, const char *at, int64_t start_us)
{
	int64_t at_us;

	if (start_us == 0 || !at || !clock_parse(&at_us, at))
		table_add(table, "");
	else
		table_printf(table, "%+.1f", (double)(at_us - start_us) / 1000);
}

/* "16:05:12.004" */
static void add_clock(struct table *table, const char *at)
{
	table_printf(table, "%.12s", at && strlen(at) > 11 ? at + 11 : "-");
}

static void add_what(struct table *table, const json_t *hop)
{
	char *detail AUTO(free) = json_print(json_at(hop, "/detail"));
	const char *reason = json_string_or(hop, "/reason", "");
	const char *actor = json_string_or(hop, "/actor", "");
	bool has_detail =
		detail && strcmp(detail, "null") != 0 && strcmp(detail, "{}") != 0;

	table_printf(table, "%s%s%s%s%s", actor, actor[0] && reason[0] ? ": " : "",
		reason, has_detail ? " " : "", has_detail ? detail : "");
}

static void add_hop(struct table *table, const json_t *hop, int64_t start_us)
{
	const char *at = json_string_at(hop, "/at");
	char owner[OWNER_SIZE];

	add_clock(table, at);
	add_since(table, at, start_us);
	table_add(table, json_string_or(hop, "/action", "?"));
	table_add(table, story_owner(owner, hop));
	add_what(table, hop);
}

/* That JetStream stored the event is a fact of its own, and no record. */
static void add_stored(struct table *table, const json_t *event, int64_t start_us)
{
	const char *at = json_string_at(event, "/stored_at");

	if (!at || strcmp(json_string_or(event, "/outcome", ""), "refused") == 0)
		return;
	add_clock(table, at);
	add_since(table, at, start_us);
	table_add(table, "event.stored");
	table_add(table, "-");
	table_add(table, "EVENTS has it: a 2xx is safe");
}

static bool print_hops(
	struct cli *cli, const json_t *hops, const json_t *event, int64_t start_us)
{
	static const struct table_column columns[] = {{"TIME (UTC)", 0, false},
		{"+MS", 0, true}, {"HOP", 20, false}, {"FOR", 22, false},
		{"WHAT", WHAT_MAX, false}, {0}};
	struct table table AUTO(table_done);
	const json_t *hop;
	size_t i;

	table_init(&table, columns);
	json_array_foreach(hops, i, hop)
	{
		const char *action = json_string_or(hop, "/action", "");

		add_hop(&table, hop, start_us);
		if (event && strcmp(action, "event.received") == 0)
			add_stored(&table, event, start_us);
	}
	return table_print(&table, cli->out, "", cli->bold) ||
		cli_fail(cli, "no memory");
}

static void add_step(struct table *table, const json_t *step, int64_t start_us)
{
	char *payload AUTO(free) = json_print(json_at(step, "/payload"));

	table_printf(table, "%ld", json_integer_or(step, "/number", 0));
	add_since(table, json_string_at(step, "/at"), start_us);
	table_printf(table, "%ld", json_integer_or(step, "/duration_ms", 0));
	table_add(table, json_string_or(step, "/kind", "?"));
	table_add(table, json_string_or(step, "/name", ""));
	table_add(table, payload && strcmp(payload, "null") != 0 ? payload : "");
}

static bool print_steps(struct cli *cli, const json_t *steps, int64_t start_us)
{
	static const struct table_column columns[] = {{"#", 0, true}, {"+MS", 0, true},
		{"TOOK MS", 0, true}, {"STEP", 12, false}, {"NAME", 20, false},
		{"WHAT", 44, false}, {0}};
	struct table table AUTO(table_done);
	const json_t *step;
	size_t i;

	if (json_array_size(steps) == 0)
		return true;
	table_init(&table, columns);
	json_array_foreach(steps, i, step) add_step(&table, step, start_us);
	return table_print(&table, cli->out, "  ", cli->bold) ||
		cli_fail(cli, "no memory");
}

/* The latest answer of the log; the run's summary where the log is not there yet. */
static const char *find_answer(const json_t *run, const json_t *steps)
{
	for (size_t i = json_array_size(steps); i > 0; i--) {
		const json_t *step = json_array_get(steps, i - 1);

		if (strcmp(json_string_or(step, "/kind", ""), "answer") == 0)
			return json_string_or(step, "/payload/answer", "");
	}
	return json_string_or(run, "/summary", "");
}

static void print_lines(struct cli *cli, const char *title, const char *value)
{
	struct text clean AUTO(text_done) = {0};
	const char *at;

	if (!value[0])
		return;
	table_clean(&clean, value, true);
	(void)fprintf(cli->out, "  %s:\n", title);
	for (at = text_string(&clean); *at;) {
		size_t len = strcspn(at, "\n");

		(void)fprintf(cli->out, "    %.*s\n", (int)len, at);
		at += len + (at[len] == '\n');
	}
}

static void print_clean(struct cli *cli, const char *value)
{
	struct text clean AUTO(text_done) = {0};

	table_clean(&clean, value, false);
	(void)fprintf(cli->out, "%s\n", text_string(&clean));
}

static bool print_run(
	struct cli *cli, const json_t *run, const json_t *steps, int64_t start_us)
{
	long ms = json_integer_or(run, "/duration_ms", -1);
	char owner[OWNER_SIZE], took[DURATION_SIZE] = "not finished";
	char line[512];

	if (ms >= 0)
		(void)story_duration(took, ms);
	(void)snprintf(line, sizeof(line), "%s  %s  agent %s  %s  attempt %ld  %s",
		json_string_or(run, "/run_id", "?"), story_owner(owner, run),
		json_string_or(run, "/agent", "?"), json_string_or(run, "/state", "?"),
		json_integer_or(run, "/attempt", 0), took);
	(void)fputs(cli->bold ? "\n\033[1mrun\033[0m " : "\nrun ", cli->out);
	print_clean(cli, line);
	print_lines(cli, "asked", json_string_or(run, "/text", ""));
	if (!print_steps(cli, steps, start_us))
		return false;
	print_lines(cli, "answer", find_answer(run, steps));
	print_lines(cli, "error", json_string_or(run, "/error", ""));
	return true;
}

/* What an empty string stands for, too. */
static const char *or_dash(const json_t *json, const char *pointer)
{
	const char *value = json_string_or(json, pointer, "");

	return value[0] ? value : "-";
}

static void print_event(struct cli *cli, const json_t *event)
{
	char owner[OWNER_SIZE], time[TIME_SIZE], line[512];

	(void)snprintf(line, sizeof(line), "%s  %s %s  delivery %s",
		or_dash(event, "/event_id"), or_dash(event, "/source"),
		or_dash(event, "/kind"), or_dash(event, "/delivery_id"));
	(void)fputs(cli->bold ? "\033[1mevent\033[0m " : "event ", cli->out);
	print_clean(cli, line);
	(void)snprintf(line, sizeof(line), "received %s UTC  %s  %s  %s",
		story_time(time, json_string_at(event, "/received_at")),
		json_string_or(event, "/outcome", "?"), story_owner(owner, event),
		json_string_or(event, "/reason", ""));
	print_clean(cli, line);
	(void)fputc('\n', cli->out);
}

bool story_of_event(struct cli *cli, const json_t *answer)
{
	const json_t *event = json_at(answer, "/event"), *run;
	int64_t start_us = 0;
	size_t i;

	if (!clock_parse(&start_us, json_string_or(event, "/received_at", "")))
		start_us = 0;
	print_event(cli, event);
	if (!print_hops(cli, json_at(answer, "/hops"), event, start_us))
		return false;
	json_array_foreach(json_at(answer, "/runs"), i,
		run) if (!print_run(cli, run, json_at(run, "/steps"),
				 start_us)) return false;
	return true;
}

bool story_of_run(struct cli *cli, const json_t *answer)
{
	const json_t *run = json_at(answer, "/run");
	int64_t start_us = 0;

	if (!clock_parse(&start_us, json_string_or(run, "/created_at", "")))
		start_us = 0;
	return print_hops(cli, json_at(answer, "/hops"), NULL, start_us) &&
		print_run(cli, run, json_at(answer, "/steps"), start_us);
}
