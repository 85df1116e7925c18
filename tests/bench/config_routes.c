// SPDX-License-Identifier: Apache-2.0
// Every team's route, from the tables into the bucket as at the first start of a
// config-store, and from the bucket into a router that has just been started.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/subjects.h"
#include "tests/bench/config_bench.h"

enum { POLL_MS = 20, DEADLINE_S = 600, TELL_EVERY_MS = 5000, LINE_SIZE = 1024 };

static long count_routes(struct bus *bus)
{
	jsStreamInfo *info = NULL;
	long count;

	if (js_GetStreamInfo(&info, bus_js(bus), "KV_" BUCKET_ROUTES, NULL, NULL) !=
		NATS_OK)
		return 0;
	count = (long)info->State.Msgs;
	jsStreamInfo_Destroy(info);
	return count;
}

double config_routes_wait(struct bus *bus, long teams, int64_t from_us)
{
	int64_t tell = clock_mono_ms() + TELL_EVERY_MS;
	long count = count_routes(bus);

	for (; count < teams; count = count_routes(bus)) {
		if (clock_mono_us() - from_us > DEADLINE_S * 1000000LL)
			die("only %ld of %ld routes are in the bucket after %d s",
				count, teams, DEADLINE_S);
		if (clock_mono_ms() > tell) {
			bench_progress(
				"%ld of %ld routes are in the bucket", count, teams);
			tell = clock_mono_ms() + TELL_EVERY_MS;
		}
		clock_sleep_ms(POLL_MS);
	}
	return (double)(clock_mono_us() - from_us) / 1e6;
}

/* The number behind `key` in the first line of the router's log that has `event`. */
static long logged(const struct bench *bench, const char *event, const char *key)
{
	char path[sizeof(bench->place) + 16], line[LINE_SIZE];
	long number = -1;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/router.log", bench->place);
	file = fopen(path, "re");
	while (number < 0 && file && fgets(line, sizeof(line), file)) {
		const char *found = strstr(line, event) ? strstr(line, key) : NULL;

		if (found && strchr(line, '\n'))
			number = strtol(found + strlen(key), NULL, 10);
	}
	if (file)
		(void)fclose(file);
	return number;
}

void config_routes_load(struct bench *bench, const char *nats_setting, long teams)
{
	char address[64];
	int64_t from = clock_mono_us();
	pid_t router = start_daemon(bench, "router",
		(const char *const[]){nats_setting, NULL}, address, sizeof(address));
	long routes = -1;

	while (routes < 0) {
		if (clock_mono_us() - from > DEADLINE_S * 1000000LL)
			die("the router has not loaded its routes in %d s", DEADLINE_S);
		clock_sleep_ms(POLL_MS);
		routes = logged(bench, "routes loaded", " routes=");
	}
	if (routes != teams)
		die("the router has %ld routes of %ld", routes, teams);
	bench_number(bench, "router: start to all routes loaded",
		(double)(clock_mono_us() - from) / 1e6, "s");
	bench_number(bench, "router: of that, the load as it logs it",
		(double)logged(bench, "routes loaded", " took_ms=") / 1000, "s");
	bench_number(bench, "router: resident with all routes",
		(double)resident_kib(router) / 1024, "MiB");
	stop_process(router);
}
