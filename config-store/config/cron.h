// SPDX-License-Identifier: Apache-2.0
// When a schedule runs: the five fields of cron, and names of time zones. What is good here
// is good for Kubernetes, which has Sunday as 0 only.
#pragma once

#include <stdbool.h>

#include "common/fault.h"

enum { CRON_MAX = 200, ZONE_MAX = 64 };

/*
 * Minute, hour, day of month, month, day of week, separated by blanks: "*", numbers,
 * ranges, lists, steps, and English names of months and days; or one of @hourly, @daily,
 * @midnight, @weekly, @monthly, @yearly, @annually. REJECT says which field is wrong.
 */
NODISCARD bool cron_check(const char *text, struct fault *fault);

/*
 * Can `name` be the name of a time zone, such as Europe/Berlin? Where this machine has the
 * database of zones it must be one of its names.
 */
bool zone_is_known(const char *name);
