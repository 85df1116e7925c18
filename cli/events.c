// SPDX-License-Identifier: Apache-2.0
// tocsin events list, tocsin events show.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/call.h"
#include "cli/filter.h"
#include "cli/story.h"
#include "cli/table.h"
#include "common/clock.h"

enum { POLL_MS = 200, WAIT_MAX_S = 86400, LOG_GRACE_MS = 3000 };

static bool print_list(struct cli *cli, const json_t *items)
{
	static const struct table_column columns[] = {{"EVENT", 13, false},
		{"RECEIVED (UTC)", 0, false}, {"SOURCE", 10, false},
		{"KIND", 17, false}, {"OUTCOME", 0, false}, {"FOR", 22, false},
		{"WHY", 30, false}, {0}};
	struct table table AUTO(table_done);
	const json_t *event;
	size_t i;

	table_init(&table, columns);
	json_array_foreach(items, i, event)
	{
		char time[24], owner[130], id[14];

		(void)snprintf(
			id, sizeof(id), "%s", json_string_or(event, "/event_id", "?"));
		table_add(&table, id);
		table_add(&table,
			story_time(time, json_string_at(event, "/received_at")));
		table_add(&table, json_string_or(event, "/source", ""));
		table_add(&table, json_string_or(event, "/kind", ""));
		table_add(&table, json_string_or(event, "/outcome", ""));
		table_add(&table, story_owner(owner, event));
		table_add(&table, json_string_or(event, "/reason", ""));
	}
	return table_print(&table, cli->out, "", cli->bold) ||
		cli_fail(cli, "no memory");
}

static bool list(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	text_add(&path, "/api/v1/admin/events");
	if (!filter_add(cli, &path) || !call_list(cli, text_string(&path), &answer))
		return false;
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	return print_list(cli, json_at(answer, "/items"));
}

static bool read_wait(struct cli *cli, long *out_ms)
{
	const char *text = cli->values[OPTION_WAIT];
	char *end;
	long seconds;

	*out_ms = 0;
	if (!text)
		return true;
	errno = 0;
	seconds = strtol(text, &end, 10);
	if (errno || *end || end == text || seconds < 0 || seconds > WAIT_MAX_S)
		return cli_usage(
			cli, "--wait %s: must be seconds, 0 to %d", text, WAIT_MAX_S);
	*out_ms = seconds * 1000;
	return true;
}

static bool is_run_over(const json_t *run)
{
	const char *state = json_string_or(run, "/state", "");

	return strcmp(state, "queued") != 0 && strcmp(state, "running") != 0;
}

/* The log of a run reaches its table a moment after the run's end is known. */
static bool is_log_complete(const json_t *run)
{
	const json_t *step;
	size_t i;

	json_array_foreach(json_at(run, "/steps"), i,
		step) if (strcmp(json_string_or(step, "/kind", ""), "finished") ==
		0) return true;
	return false;
}

struct progress {
	bool over; /* nothing more will happen */
	bool complete;
};

static struct progress progress_of(const json_t *answer)
{
	const char *outcome = json_string_or(answer, "/event/outcome", "received");
	const json_t *runs = json_at(answer, "/runs"), *run;
	struct progress progress = {strcmp(outcome, "received") != 0, true};
	size_t i;

	if (strcmp(outcome, "routed") == 0 && json_array_size(runs) == 0)
		progress.over = false;
	json_array_foreach(runs, i, run)
	{
		progress.over = progress.over && is_run_over(run);
		progress.complete = progress.complete && is_log_complete(run);
	}
	return progress;
}

/*
 * Asks until the story is over or the time is. *answer is the latest answer, NULL when
 * there was none. False only when asking failed in a way that waiting cannot mend.
 */
static bool follow(struct cli *cli, const char *path, long wait_ms, json_t **answer,
	struct progress *progress)
{
	int64_t end_ms = clock_mono_ms() + wait_ms, over_ms = 0;

	for (;; clock_sleep_ms(POLL_MS)) {
		json_t *latest = NULL;
		int64_t now_ms = clock_mono_ms();

		if (call(cli, "GET", path, NULL, &latest)) {
			json_decref(*answer);
			*answer = latest;
			*progress = progress_of(latest);
		} else if (cli->http_status != 404 || wait_ms == 0)
			return false;
		if (progress->over && over_ms == 0)
			over_ms = now_ms;
		if (progress->over &&
			(progress->complete || now_ms - over_ms >= LOG_GRACE_MS))
			return true;
		if (now_ms >= end_ms)
			return *answer != NULL;
	}
}

static bool show(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;
	struct progress progress = {0};
	long wait_ms;

	text_add(&path, "/api/v1/admin/events/");
	call_add_encoded(&path, cli->arguments[0]);
	if (!read_wait(cli, &wait_ms) ||
		!follow(cli, text_string(&path), wait_ms, &answer, &progress))
		return false;
	if (!(cli_wants_json(cli) ? call_print_json(cli, answer)
				  : story_of_event(cli, answer)))
		return false;
	if (wait_ms > 0 && !progress.over)
		return cli_fail(
			cli, "not finished after %ld s; it goes on", wait_ms / 1000);
	return true;
}

const struct command events_commands[] = {
	{"list", "", "events, newest first",
		OPTION(ORG) | OPTION(TEAM) | OPTION(SOURCE) | OPTION(KIND) |
			OPTION(OUTCOME) | OPTION(UNROUTED) | OPTION(SINCE) |
			OPTION(LIMIT),
		0, 0, list},
	{"show", "ID", "the story of one event; the start of its id will do",
		OPTION(WAIT), 1, 1, show},
	{0},
};
