// SPDX-License-Identifier: Apache-2.0
// Families and series are only ever added, at the front of lists that are read without
// a lock.
#include "common/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/metrics_process.h"

enum { BUCKETS = 19, VALUE_MAX_LEN = 128, CACHE_LINE = 64 };

/* Upper bounds; the last bucket has none. */
static const struct {
	int64_t us;
	const char *seconds;
} bounds[BUCKETS] = {
	{100, "0.0001"},
	{250, "0.00025"},
	{500, "0.0005"},
	{1000, "0.001"},
	{2500, "0.0025"},
	{5000, "0.005"},
	{10000, "0.01"},
	{25000, "0.025"},
	{50000, "0.05"},
	{100000, "0.1"},
	{250000, "0.25"},
	{500000, "0.5"},
	{1000000, "1"},
	{2500000, "2.5"},
	{5000000, "5"},
	{10000000, "10"},
	{30000000, "30"},
	{60000000, "60"},
	{INT64_MAX, "+Inf"},
};

/* `value` is the sum in microseconds of a histogram. */
struct metric_series {
	atomic_int_least64_t value;
	struct metric_series *next;
	char *labels[METRIC_LABELS_MAX]; /* NULL where the family has no label */
	atomic_int_least64_t buckets[];  /* BUCKETS of a histogram, else none */
};

static _Atomic(struct metric *) families;
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

void metric_link(struct metric *metric)
{
	if (atomic_load_explicit(&metric->linked, memory_order_relaxed) ||
		atomic_exchange(&metric->linked, true))
		return;
	metric->next = atomic_load(&families);
	while (!atomic_compare_exchange_weak(&families, &metric->next, metric))
		;
	if (!metric->labels[0])
		(void)metric_with(metric, NULL, NULL, NULL);
}

static struct metric_series *find(
	const struct metric *metric, const char *const values[METRIC_LABELS_MAX])
{
	struct metric_series *series =
		atomic_load_explicit(&metric->series, memory_order_acquire);

	for (; series; series = series->next) {
		int i = 0;

		while (i < METRIC_LABELS_MAX && metric->labels[i] &&
			strcmp(series->labels[i], values[i]) == 0)
			i++;
		if (i == METRIC_LABELS_MAX || !metric->labels[i])
			break;
	}
	return series;
}

static struct metric_series *make(
	struct metric *metric, const char *const values[METRIC_LABELS_MAX])
{
	struct metric_series *series;
	size_t size = sizeof(*series);

	if (metric->type == METRIC_HISTOGRAM)
		size += BUCKETS * sizeof(series->buckets[0]);
	size = (size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
	series = aligned_alloc(CACHE_LINE, size);
	if (!series)
		abort();
	memset(series, 0, size);
	for (int i = 0; i < METRIC_LABELS_MAX && metric->labels[i]; i++) {
		series->labels[i] = strdup(values[i]);
		if (!series->labels[i])
			abort();
	}
	series->next = atomic_load(&metric->series);
	atomic_store_explicit(&metric->series, series, memory_order_release);
	atomic_fetch_add(&metric->count, 1);
	return series;
}

/* Prometheus refuses a whole page for one label that is not UTF-8. */
static bool are_fit(const char *const values[METRIC_LABELS_MAX])
{
	for (int i = 0; i < METRIC_LABELS_MAX; i++) {
		size_t len = strlen(values[i]);

		if (len > VALUE_MAX_LEN || !text_is_utf8(values[i], len))
			return false;
	}
	return true;
}

static struct metric_series *find_or_make(
	struct metric *metric, const char *const values[METRIC_LABELS_MAX])
{
	static const char *const other[METRIC_LABELS_MAX] = {"other", "other", "other"};
	struct metric_series *series;

	(void)pthread_mutex_lock(&making);
	if (!are_fit(values) || atomic_load(&metric->count) >= METRIC_SERIES_MAX - 1)
		values = find(metric, values) ? values : other;
	series = find(metric, values);
	if (!series)
		series = make(metric, values);
	(void)pthread_mutex_unlock(&making);
	return series;
}

struct metric_series *metric_with(
	struct metric *metric, const char *first, const char *second, const char *third)
{
	const char *values[METRIC_LABELS_MAX] = {
		first ? first : "", second ? second : "", third ? third : ""};
	struct metric_series *series;

	metric_link(metric);
	series = find(metric, values);
	return series ? series : find_or_make(metric, values);
}

void metric_add(struct metric_series *series, int64_t amount)
{
	atomic_fetch_add_explicit(&series->value, amount, memory_order_relaxed);
}

void metric_set(struct metric_series *series, int64_t value)
{
	atomic_store_explicit(&series->value, value, memory_order_relaxed);
}

void metric_observe_us(struct metric_series *series, int64_t microseconds)
{
	size_t bucket = 0;

	if (microseconds < 0)
		microseconds = 0;
	while (microseconds > bounds[bucket].us)
		bucket++;
	atomic_fetch_add_explicit(&series->buckets[bucket], 1, memory_order_relaxed);
	metric_add(series, microseconds);
}

int64_t metric_value(const struct metric_series *series)
{
	return atomic_load_explicit(&series->value, memory_order_relaxed);
}

void metric_count(struct metric *metric)
{
	metric_add(metric_with(metric, NULL, NULL, NULL), 1);
}

static void print_escaped(struct text *out, const char *value, bool quotes)
{
	for (const char *p = value; *p; p++)
		if (*p == '\n')
			text_add(out, "\\n");
		else if (*p == '\\' || (quotes && *p == '"'))
			text_printf(out, "\\%c", *p);
		else
			text_add_char(out, *p);
}

/* `bound` is the label le of a histogram's bucket, or NULL. */
static void print_labels(struct text *out, const struct metric *metric,
	const struct metric_series *series, const char *bound)
{
	const char *between = "{";

	for (int i = 0; i < METRIC_LABELS_MAX && metric->labels[i]; i++) {
		text_printf(out, "%s%s=\"", between, metric->labels[i]);
		print_escaped(out, series->labels[i], true);
		text_add_char(out, '"');
		between = ",";
	}
	if (bound)
		text_printf(out, "%sle=\"%s\"", between, bound);
	if (bound || metric->labels[0])
		text_add_char(out, '}');
	text_add_char(out, ' ');
}

static void print_histogram(struct text *out, const struct metric *metric,
	const struct metric_series *series)
{
	int64_t sum = metric_value(series), count = 0;

	for (int i = 0; i < BUCKETS; i++) {
		count +=
			atomic_load_explicit(&series->buckets[i], memory_order_relaxed);
		text_printf(out, "%s_bucket", metric->name);
		print_labels(out, metric, series, bounds[i].seconds);
		text_printf(out, "%" PRId64 "\n", count);
	}
	text_printf(out, "%s_sum", metric->name);
	print_labels(out, metric, series, NULL);
	text_printf(out, "%" PRId64 ".%06" PRId64 "\n%s_count", sum / 1000000,
		sum % 1000000, metric->name);
	print_labels(out, metric, series, NULL);
	text_printf(out, "%" PRId64 "\n", count);
}

static void print_family(struct text *out, struct metric *metric)
{
	static const char *const types[] = {"counter", "gauge", "histogram"};
	const struct metric_series *series =
		atomic_load_explicit(&metric->series, memory_order_acquire);

	text_printf(out, "# HELP %s ", metric->name);
	print_escaped(out, metric->help ? metric->help : "", false);
	text_printf(out, "\n# TYPE %s %s\n", metric->name, types[metric->type]);
	for (; series; series = series->next) {
		if (metric->type == METRIC_HISTOGRAM) {
			print_histogram(out, metric, series);
			continue;
		}
		text_add(out, metric->name);
		print_labels(out, metric, series, NULL);
		text_printf(out, "%" PRId64 "\n", metric_value(series));
	}
}

void metrics_print(struct text *out)
{
	for (struct metric *metric = atomic_load(&families); metric;
		metric = metric->next)
		print_family(out, metric);
	metrics_print_process(out);
}
