// SPDX-License-Identifier: Apache-2.0
#include "common/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
	struct timespec now;

	(void)clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
	return read_us(CLOCK_REALTIME);
}

int64_t clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t clock_mono_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000;
}

void clock_sleep_ms(long ms)
{
	(void)nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

enum { SECOND_LEN = 19 }; /* 2026-11-23T15:45:00 */

/* The calendar is worked out once a second; the ingress asks thousands of times. */
const char *clock_text(int64_t wall_us, char *out)
{
	static _Thread_local time_t last = -1;
	static _Thread_local char stamp[24];
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm utc;

	if (seconds != last) {
		(void)gmtime_r(&seconds, &utc);
		(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
		last = seconds;
	}
	memcpy(out, stamp, SECOND_LEN);
	out[SECOND_LEN] = '.';
	for (int i = SECOND_LEN + 6, us = (int)(wall_us % 1000000); i > SECOND_LEN;
		i--, us /= 10)
		out[i] = (char)('0' + us % 10);
	memcpy(out + SECOND_LEN + 7, "Z", 2);
	return out;
}

/* Exactly `count` digits of a number from `least` to `most`, then moves on. */
static bool number(int *out, const char **at, int count, int least, int most)
{
	int value = 0;

	for (int i = 0; i < count; i++, (*at)++) {
		if (!isdigit((unsigned char)**at))
			return false;
		value = value * 10 + (**at - '0');
	}
	*out = value;
	return value >= least && value <= most;
}

/* Letters may be of either case. */
static bool letter(const char **at, char lower)
{
	bool upper = lower >= 'a' && lower <= 'z' && **at == lower - 'a' + 'A';

	if (**at != lower && !upper)
		return false;
	(*at)++;
	return true;
}

static bool fraction(int *out_us, const char **at)
{
	int digits = 0;

	*out_us = 0;
	if (**at != '.')
		return true;
	for ((*at)++; isdigit((unsigned char)**at); (*at)++, digits++)
		if (digits < 6)
			*out_us = *out_us * 10 + (**at - '0');
	for (int i = digits; i < 6; i++)
		*out_us *= 10;
	return digits > 0 && digits <= 9;
}

static bool offset(int *out_s, const char **at)
{
	int sign = **at == '-' ? -1 : 1;
	int hours, minutes;

	*out_s = 0;
	if (letter(at, 'z'))
		return true;
	if (**at != '+' && **at != '-')
		return false;
	(*at)++;
	if (!number(&hours, at, 2, 0, 23) || !letter(at, ':') ||
		!number(&minutes, at, 2, 0, 59))
		return false;
	*out_s = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool day(struct tm *utc, const char **at)
{
	if (!number(&utc->tm_year, at, 4, 1970, 9999) || !letter(at, '-') ||
		!number(&utc->tm_mon, at, 2, 1, 12) || !letter(at, '-') ||
		!number(&utc->tm_mday, at, 2, 1, 31))
		return false;
	utc->tm_year -= 1900;
	utc->tm_mon -= 1;
	return true;
}

bool clock_parse(int64_t *out_us, const char *text)
{
	struct tm utc = {0};
	int micros, shift, month;
	time_t seconds;

	if (!day(&utc, &text) || !letter(&text, 't') ||
		!number(&utc.tm_hour, &text, 2, 0, 23) || !letter(&text, ':') ||
		!number(&utc.tm_min, &text, 2, 0, 59) || !letter(&text, ':') ||
		!number(&utc.tm_sec, &text, 2, 0, 60) || !fraction(&micros, &text) ||
		!offset(&shift, &text) || *text)
		return false;
	month = utc.tm_mon;
	seconds = timegm(&utc) - shift;
	if (utc.tm_mon != month || seconds < 0)
		return false;
	*out_us = (int64_t)seconds * 1000000 + micros;
	return true;
}
