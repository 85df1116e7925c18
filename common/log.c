// SPDX-License-Identifier: Apache-2.0
#include "common/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/text.h"

enum {
	QUOTE_RING = 4,
	QUOTE_SIZE = 256,
	QUOTE_SPARE = 7, /* an escape with its NUL, the quote, a NUL */
	LINE_SIZE = 2048,
};

static const char *process_name = "tocsin";
static atomic_int least_level = LOG_INFO;

static const char *const level_names[] = {"debug", "info", "warning", "error"};

void log_open(const char *name)
{
	process_name = name;
}

void log_level(enum log_level level)
{
	atomic_store(&least_level, level);
}

bool log_level_parse(enum log_level *out, const char *word)
{
	for (size_t i = 0; i < countof(level_names); i++)
		if (strcmp(word, level_names[i]) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	return false;
}

static int line_head(char *line, size_t size, enum log_level level, const char *what)
{
	struct timespec now;
	struct tm utc;
	char stamp[32];

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &utc);
	(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
	return snprintf(line, size, "time=%s.%03ldZ level=%s daemon=%s msg=%s", stamp,
		now.tv_nsec / 1000000, level_names[level], process_name,
		log_quote(what));
}

/* One write(2) a line, so that lines of threads and processes never mix. */
static void line_write(char *line, size_t size, int len)
{
	size_t end = len < 0 ? 0 : (size_t)len;

	if (end > size - 2)
		end = size - 2;
	line[end] = '\n';
	/* Nobody is left to tell when standard error is gone. */
	(void)!write(STDERR_FILENO, line, end + 1);
}

void log_line(enum log_level level, const char *what, const char *pairs, ...)
{
	char line[LINE_SIZE];
	va_list arguments;
	int len;

	if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed))
		return;
	len = line_head(line, sizeof(line), level, what);
	if (*pairs && len > 0 && (size_t)len < sizeof(line) - 1) {
		line[len++] = ' ';
		va_start(arguments, pairs);
		len += vsnprintf(
			line + len, sizeof(line) - (size_t)len, pairs, arguments);
		va_end(arguments);
	}
	line_write(line, sizeof(line), len);
}

void log_fault(const struct fault *fault, const char *where, ...)
{
	enum log_level level = fault->kind == FAULT_FATAL ? LOG_ERROR : LOG_WARNING;
	char what[QUOTE_SIZE];
	va_list arguments;

	va_start(arguments, where);
	(void)vsnprintf(what, sizeof(what), where, arguments);
	va_end(arguments);
	log_line(level, what, "fault=%s reason=%s", fault_kind_name(fault->kind),
		log_quote(fault->text));
}

static bool is_plain(const char *value)
{
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == '"' || *p == '=' || *p == '\\' ||
			*p == 0x7F)
			return false;
	return *value != '\0' && text_is_utf8(value, strlen(value));
}

/* One character of a quoted value; returns its length. Bytes of no UTF-8 are escaped.
 */
static size_t put(char *out, const char *p, bool utf8)
{
	unsigned char c = (unsigned char)*p;

	if (c < ' ' || c == 0x7F || (c >= 0x80 && !utf8))
		return (size_t)sprintf(out, "\\x%02x", c);
	if (c == '"' || c == '\\')
		*out++ = '\\';
	*out = *p;
	return c == '"' || c == '\\' ? 2 : 1;
}

const char *log_quote(const char *value)
{
	static _Thread_local char ring[QUOTE_RING][QUOTE_SIZE];
	static _Thread_local unsigned next;
	char *out = ring[next++ % QUOTE_RING];
	bool utf8 = text_is_utf8(value, strlen(value));
	size_t len = 0;

	if (is_plain(value)) {
		(void)snprintf(out, QUOTE_SIZE, "%.*s",
			(int)text_cut(value, QUOTE_SIZE - 1), value);
		return out;
	}
	out[len++] = '"';
	for (const char *p = value; *p && len < QUOTE_SIZE - QUOTE_SPARE; p++)
		len += put(out + len, p, utf8);
	while (utf8 && !text_is_utf8(out, len))
		len--;
	out[len++] = '"';
	out[len] = '\0';
	return out;
}
