// SPDX-License-Identifier: Apache-2.0
// Counters, gauges and histograms, printed as Prometheus text. A family is a static
// object; series are made on first use and then only touched with atomics, from any
// thread.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/text.h"

enum { METRIC_LABELS_MAX = 3, METRIC_SERIES_MAX = 256 };

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_series;

/* Static and zero but for what the owner names; linked into the list on first use. */
struct metric {
	enum metric_type type;
	const char *name; /* tocsin_..., base units: _seconds, _bytes, _total */
	const char *help;
	const char *labels[METRIC_LABELS_MAX]; /* names; unused ones NULL */

	_Atomic(struct metric_series *) series;
	atomic_int count;
	struct metric *next;
	atomic_bool linked;
};

/*
 * The series with these label values (NULL for unused). Past METRIC_SERIES_MAX series
 * all new values share one whose values are "other", so that outside input cannot fill
 * memory. Never NULL; keep the pointer where it is hot.
 */
struct metric_series *metric_with(struct metric *metric, const char *first,
	const char *second, const char *third);

void metric_add(struct metric_series *series, int64_t amount);
void metric_set(struct metric_series *series, int64_t value);

/* For histograms; buckets run from 0.1 ms to 60 s and beyond. */
void metric_observe_us(struct metric_series *series, int64_t microseconds);

int64_t metric_value(const struct metric_series *series);

/* For metrics without labels. */
void metric_count(struct metric *metric);

/* Makes a family show up, at 0 if it has no labels, before anything happened. */
void metric_link(struct metric *metric);

/* Everything, and process_resident_memory_bytes, process_start_time_seconds. */
void metrics_print(struct text *out);
