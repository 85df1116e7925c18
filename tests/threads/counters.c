// SPDX-License-Identifier: Apache-2.0
// Metrics and the log: series made and counted by many threads, printed by others.
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/metrics.h"
#include "tests/threads/threads.h"

enum { THREADS = 8, ROUNDS = 2000, NAMES = 300 };

static struct metric counted = {.type = METRIC_COUNTER,
	.name = "tocsin_threads_total",
	.help = "Rounds",
	.labels = {"name"}};
static struct metric times = {.type = METRIC_HISTOGRAM,
	.name = "tocsin_threads_seconds",
	.help = "Times",
	.labels = {"name"}};
static struct metric plain = {.type = METRIC_COUNTER,
	.name = "tocsin_threads_plain_total",
	.help = "Rounds, without labels"};

static void *count(void *context)
{
	(void)context;
	for (int i = 0; i < ROUNDS; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "n%d", i % NAMES);
		metric_add(metric_with(&counted, name, NULL, NULL), 1);
		metric_observe_us(metric_with(&times, "x", NULL, NULL), i);
		metric_count(&plain);
		if (i % 100 == 0)
			log_line(LOG_INFO, "counting", "name=%s", log_quote(name));
		if (i % 200 == 0)
			log_line(LOG_DEBUG, "unseen", "i=%d", i);
	}
	return NULL;
}

static void *print(void *context)
{
	(void)context;
	for (int i = 0; i < 50; i++) {
		struct text text AUTO(text_done) = {0};

		metrics_print(&text);
		must(!text_failed(&text));
	}
	return NULL;
}

int main(void)
{
	struct crew counters, printers;

	must(freopen("/dev/null", "w", stderr));
	log_open("threads");
	crew_start(&counters, THREADS, count, NULL);
	crew_start(&printers, 2, print, NULL);
	crew_join(&counters);
	crew_join(&printers);
	if (metric_value(metric_with(&plain, NULL, NULL, NULL)) != THREADS * ROUNDS)
		_exit(EXIT_FAILURE);
	return EXIT_SUCCESS;
}
