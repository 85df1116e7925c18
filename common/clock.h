// SPDX-License-Identifier: Apache-2.0
// The two clocks: wall time for people and records, monotonic time for deadlines.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/auto.h"

/* Unix time in microseconds. */
int64_t clock_wall_us(void);

/* Milliseconds since some fixed moment; never goes back. */
int64_t clock_mono_ms(void);

/* Microseconds since some fixed moment; never goes back. */
int64_t clock_mono_us(void);

/* Sleeps; returns early when a signal comes. */
void clock_sleep_ms(long ms);

enum { CLOCK_TEXT_SIZE = 32 };

/* RFC 3339 in UTC with microseconds: 2026-11-23T15:45:00.000001Z. `out` has
 * CLOCK_TEXT_SIZE. */
const char *clock_text(int64_t wall_us, char *out);

/*
 * The other way: RFC 3339 with any offset and up to nine digits of fraction, of which
 * six count. False, and *out untouched, for anything else or before 1970.
 */
NODISCARD bool clock_parse(int64_t *out_us, const char *text);
