// SPDX-License-Identifier: Apache-2.0
#include "cli/filter.h"

#include "cli/call.h"
#include "common/clock.h"
#include "common/settings.h"

static bool read_time(struct cli *cli, const char *option, const char *text,
	int64_t now_us, char *out)
{
	struct fault fault = {0};
	int64_t at_us;
	long ms;

	if (clock_parse(&at_us, text))
		(void)clock_text(at_us, out);
	else if (settings_duration(&ms, text, &fault) && ms <= now_us / 1000)
		(void)clock_text(now_us - (int64_t)ms * 1000, out);
	else
		return cli_usage(cli,
			"%s %s: must be how long ago (90s, 15m, 1h, 7d) or a time "
			"(2026-11-23T16:00:00Z)",
			option, text);
	return true;
}

bool filter_since(struct cli *cli, const char *text, int64_t now_us, char *out)
{
	return read_time(cli, "--since", text, now_us, out);
}

static bool add_time(
	struct cli *cli, struct text *path, enum option option, const char *name)
{
	char words[16], time[CLOCK_TEXT_SIZE];

	if (!cli->values[option])
		return true;
	(void)snprintf(words, sizeof(words), "--%s", name);
	if (!read_time(cli, words, cli->values[option], clock_wall_us(), time))
		return false;
	call_add_query(path, name, time);
	return true;
}

bool filter_add(struct cli *cli, struct text *path)
{
	static const struct {
		enum option option;
		const char *name;
	} plain[] = {{OPTION_ORG, "org"}, {OPTION_TEAM, "team"},
		{OPTION_SOURCE, "source"}, {OPTION_KIND, "kind"},
		{OPTION_OUTCOME, "outcome"}, {OPTION_STATE, "state"},
		{OPTION_EVENT, "event"}, {OPTION_AGENT, "agent"},
		{OPTION_ACTION, "action"}, {OPTION_ACTOR, "actor"},
		{OPTION_AREA, "area"}, {OPTION_RUN, "run"}, {OPTION_TEXT, "text"},
		{OPTION_FORMAT, "format"}};

	if (cli->values[OPTION_UNROUTED] && cli->values[OPTION_OUTCOME])
		return cli_usage(cli, "--unrouted and --outcome exclude each other");
	for (size_t i = 0; i < countof(plain); i++)
		call_add_query(path, plain[i].name, cli->values[plain[i].option]);
	if (cli->values[OPTION_UNROUTED])
		call_add_query(path, "outcome", "unrouted");
	return add_time(cli, path, OPTION_SINCE, "since") &&
		add_time(cli, path, OPTION_UNTIL, "until");
}
