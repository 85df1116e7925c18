// SPDX-License-Identifier: Apache-2.0
#include "common/log.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"

static int kept_stderr;
static char path[64];

/* From here on standard error is a file. */
static void start(void)
{
	int fd;

	(void)snprintf(path, sizeof(path), "%s/tocsin-log-XXXXXX", P_tmpdir);
	fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	kept_stderr = dup(STDERR_FILENO);
	cr_assert_geq(dup2(fd, STDERR_FILENO), 0);
	(void)close(fd);
	log_open("tester");
}

static const char *written(void)
{
	static char all[16384];
	FILE *file;

	(void)dup2(kept_stderr, STDERR_FILENO);
	file = fopen(path, "re");
	cr_assert_not_null(file);
	all[fread(all, 1, sizeof(all) - 1, file)] = '\0';
	(void)fclose(file);
	(void)unlink(path);
	return all;
}

Test(log, writes_one_line_of_pairs)
{
	const char *line;

	start();
	log_line(LOG_INFO, "it happened", "id=%d name=%s", 7, log_quote("a b"));
	line = written();
	cr_expect_eq(strncmp(line, "time=20", 7), 0, "%s", line);
	cr_expect(strstr(line,
			  "Z level=info daemon=tester msg=\"it happened\" id=7 "
			  "name=\"a b\"\n"),
		"%s", line);
}

Test(log, leaves_out_what_is_below_its_level)
{
	const char *lines;

	start();
	log_line(LOG_DEBUG, "quiet", "%s", "");
	log_level(LOG_ERROR);
	log_line(LOG_WARNING, "quiet", "%s", "");
	log_line(LOG_ERROR, "loud", "%s", "");
	lines = written();
	cr_expect_null(strstr(lines, "quiet"), "%s", lines);
	cr_expect(strstr(lines, "level=error daemon=tester msg=loud"), "%s", lines);
}

Test(log, cuts_lines_and_still_ends_them)
{
	static char value[10000];
	const char *line;

	start();
	memset(value, 'x', sizeof(value) - 1);
	log_line(LOG_INFO, "long", "value=%s", value);
	log_line(LOG_INFO, "next", "value=%d", 1);
	line = written();
	cr_expect_eq(strcspn(line, "\n"), 2046);
	cr_expect(strstr(line, "\ntime="), "%s", line);
}

Test(log, tells_faults_by_their_kind)
{
	const struct fault retry = {.kind = FAULT_RETRY, .text = "no \"luck\""};
	const struct fault fatal = {.kind = FAULT_FATAL, .text = "over"};
	const char *lines;

	start();
	log_fault(&retry, "at %s", "work");
	log_fault(&fatal, "here");
	lines = written();
	cr_expect(strstr(lines,
			  "level=warning daemon=tester msg=\"at work\" "
			  "fault=retry reason=\"no \\\"luck\\\"\"\n"),
		"%s", lines);
	cr_expect(strstr(lines,
			  "level=error daemon=tester msg=here fault=fatal "
			  "reason=over\n"),
		"%s", lines);
}

Test(log, quotes_what_needs_it)
{
	static const struct {
		const char *value, *quoted;
	} cases[] = {
		{"plain", "plain"},
		{"a:b/c-d.e", "a:b/c-d.e"},
		{"caf\xc3\xa9", "caf\xc3\xa9"},
		{"", "\"\""},
		{"a b", "\"a b\""},
		{"a=b", "\"a=b\""},
		{"a\"b", "\"a\\\"b\""},
		{"a\\b", "\"a\\\\b\""},
		{"a\nb level=error", "\"a\\x0ab level=error\""},
		{"\x1b[31m", "\"\\x1b[31m\""},
		{"\x7f", "\"\\x7f\""},
		{"a\xff"
		 "b",
			"\"a\\xffb\""},
	};

	for (size_t i = 0; i < countof(cases); i++)
		cr_expect_str_eq(
			log_quote(cases[i].value), cases[i].quoted, "case %zu", i);
}

Test(log, cuts_quoted_values_between_characters)
{
	static const char *const units[] = {"x", "\xc3\xa9", "\xe2\x82\xac",
		"\xf0\x9f\x98\x80", "\n", "\"", "\xff"};

	for (size_t i = 0; i < countof(units); i++)
		for (size_t shift = 0; shift < 8; shift++) {
			struct text value AUTO(text_done) = {0};
			const char *quoted;

			text_printf(&value, "%.*s ", (int)shift, "12345678");
			while (value.len < 600)
				text_add(&value, units[i]);
			quoted = log_quote(text_string(&value));
			cr_expect_lt(strlen(quoted), 256);
			cr_expect_gt(strlen(quoted), 240);
			cr_expect(text_is_utf8(quoted, strlen(quoted)));
			cr_expect_eq(quoted[strlen(quoted) - 1], '"');
		}
}

Test(log, keeps_four_quoted_values_at_once)
{
	const char *a = log_quote("1"), *b = log_quote("2"), *c = log_quote("3"),
		   *d = log_quote("4");

	cr_expect_str_eq(a, "1");
	cr_expect_str_eq(b, "2");
	cr_expect_str_eq(c, "3");
	cr_expect_str_eq(d, "4");
}

Test(log, knows_its_levels)
{
	enum log_level level = LOG_INFO;

	cr_expect(log_level_parse(&level, "debug"));
	cr_expect_eq(level, LOG_DEBUG);
	cr_expect(log_level_parse(&level, "error"));
	cr_expect_eq(level, LOG_ERROR);
	cr_expect_not(log_level_parse(&level, "loud"));
	cr_expect_eq(level, LOG_ERROR);
}
