// SPDX-License-Identifier: Apache-2.0
#include "common/metrics.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 4, ROUNDS = 20000 };

static bool page_has(const char *line)
{
	struct text page AUTO(text_done) = {0};
	bool found;

	metrics_print(&page);
	cr_assert_not(text_failed(&page));
	found = strstr(text_string(&page), line) != NULL;
	if (!found)
		cr_log_error("no '%s' in\n%s", line, text_string(&page));
	return found;
}

Test(metrics, show_up_at_zero_once_linked)
{
	static struct metric plain = {
		METRIC_COUNTER, "tocsin_test_total", "A \\ counter\nof things."};

	metric_link(&plain);
	cr_expect(page_has("# HELP tocsin_test_total A \\\\ counter\\nof things.\n"
			   "# TYPE tocsin_test_total counter\n"
			   "tocsin_test_total 0\n"));
	metric_count(&plain);
	cr_expect(page_has("\ntocsin_test_total 1\n"));
}

Test(metrics, escape_label_values)
{
	static struct metric family = {
		METRIC_GAUGE, "tocsin_test_things", "Things.", {"kind", "name"}};
	struct metric_series *series =
		metric_with(&family, "a\"b\\c\nd", "caf\xc3\xa9", NULL);

	metric_set(series, -5);
	cr_expect(page_has("tocsin_test_things{kind=\"a\\\"b\\\\c\\nd\","
			   "name=\"caf\xc3\xa9\"} -5\n"));
	cr_expect_eq(metric_with(&family, "a\"b\\c\nd", "caf\xc3\xa9", NULL), series);
	cr_expect_eq(metric_value(series), -5);
}

Test(metrics, print_histograms_cumulatively_and_in_seconds)
{
	static struct metric family = {
		METRIC_HISTOGRAM, "tocsin_test_seconds", "Time.", {"path"}};
	struct metric_series *series = metric_with(&family, "/x", NULL, NULL);

	metric_observe_us(series, -1);
	metric_observe_us(series, 100);
	metric_observe_us(series, 101);
	metric_observe_us(series, 60000000);
	metric_observe_us(series, 60000001);
	cr_expect(page_has("# TYPE tocsin_test_seconds histogram\n"));
	cr_expect(
		page_has("tocsin_test_seconds_bucket{path=\"/x\",le=\"0.0001\"} 2\n"
			 "tocsin_test_seconds_bucket{path=\"/x\",le=\"0.00025\"} 3\n"));
	cr_expect(page_has("tocsin_test_seconds_bucket{path=\"/x\",le=\"60\"} 4\n"
			   "tocsin_test_seconds_bucket{path=\"/x\",le=\"+Inf\"} 5\n"
			   "tocsin_test_seconds_sum{path=\"/x\"} 120.000202\n"
			   "tocsin_test_seconds_count{path=\"/x\"} 5\n"));
}

Test(metrics, print_histograms_without_labels)
{
	static struct metric family = {METRIC_HISTOGRAM, "tocsin_bare_seconds", "T."};

	metric_observe_us(metric_with(&family, NULL, NULL, NULL), 1500000);
	cr_expect(page_has("tocsin_bare_seconds_bucket{le=\"1\"} 0\n"
			   "tocsin_bare_seconds_bucket{le=\"2.5\"} 1\n"));
	cr_expect(page_has("tocsin_bare_seconds_sum 1.500000\n"
			   "tocsin_bare_seconds_count 1\n"));
}

Test(metrics, share_one_series_when_there_are_too_many)
{
	static struct metric family = {
		METRIC_COUNTER, "tocsin_flood_total", "Flood.", {"who"}};
	char name[32];

	for (int i = 0; i < 10 * METRIC_SERIES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "guest-%d", i);
		metric_add(metric_with(&family, name, NULL, NULL), 1);
	}
	cr_expect_eq(atomic_load(&family.count), METRIC_SERIES_MAX);
	cr_expect_eq(metric_value(metric_with(&family, "guest-7", NULL, NULL)), 1);
	cr_expect_eq(metric_value(metric_with(&family, "other", NULL, NULL)),
		10 * METRIC_SERIES_MAX - (METRIC_SERIES_MAX - 1));
}

Test(metrics, put_what_no_page_can_carry_under_other)
{
	static struct metric family = {
		METRIC_COUNTER, "tocsin_odd_total", "Odd.", {"who"}};
	char longest[300];

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	metric_add(metric_with(&family, "\xff", NULL, NULL), 1);
	metric_add(metric_with(&family, longest, NULL, NULL), 1);
	cr_expect(page_has("tocsin_odd_total{who=\"other\"} 2\n"));
}

static struct metric raced = {
	METRIC_COUNTER, "tocsin_raced_total", "Raced.", {"a", "b"}};

static void *race(void *argument)
{
	static const char *const names[] = {"one", "two", "three"};

	for (int i = 0; i < ROUNDS; i++)
		metric_add(metric_with(&raced, names[i % 3], "same", NULL), 1);
	return argument;
}

Test(metrics, lose_no_count_between_threads)
{
	pthread_t threads[THREADS];
	int64_t sum = 0;

	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, race, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	sum += metric_value(metric_with(&raced, "one", "same", NULL));
	sum += metric_value(metric_with(&raced, "two", "same", NULL));
	sum += metric_value(metric_with(&raced, "three", "same", NULL));
	cr_expect_eq(sum, THREADS * ROUNDS);
	cr_expect_eq(atomic_load(&raced.count), 3);
}

Test(metrics, tell_about_the_process)
{
	cr_expect(page_has("# TYPE process_resident_memory_bytes gauge\n"
			   "process_resident_memory_bytes "));
	cr_expect(page_has("\nprocess_start_time_seconds 1"));
	cr_expect(page_has("\nprocess_open_fds "));
}
