// SPDX-License-Identifier: Apache-2.0
#include "common/settings.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct config {
	char *name, *password, *url, *listen;
	struct secret_list keys;
	long count, pause_ms, bytes;
	bool loud;
};

#define AT(member) offsetof(struct config, member)

static const struct setting table[] = {
	{SETTING_TEXT, "T_NAME", "nobody", AT(name), "Who"},
	{SETTING_SECRET, "T_PASSWORD", NULL, AT(password), "What nobody may know"},
	{SETTING_URL, "T_URL", "", AT(url), "Where"},
	{SETTING_ADDRESS, "T_LISTEN", "127.0.0.1:0", AT(listen), "Here"},
	{SETTING_SECRETS, "T_KEYS", "", AT(keys), "Several"},
	{SETTING_NUMBER, "T_COUNT", "3", AT(count), "How many"},
	{SETTING_DURATION, "T_PAUSE", "250ms", AT(pause_ms), "How long"},
	{SETTING_SIZE, "T_BYTES", "64KiB", AT(bytes), "How much"},
	{SETTING_BOOL, "T_LOUD", "false", AT(loud), "How"},
	{0},
};

static struct config config;
static struct fault fault;

static void set(const char *key, const char *value)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "TOCSIN_%s", key);
	cr_assert_eq(setenv(name, value, 1), 0);
}

static void start(void)
{
	set("T_PASSWORD", "hunter2");
}

static void stop(void)
{
	settings_free(table, &config);
}

TestSuite(settings, .init = start, .fini = stop);

/* A file with these bytes; its path is static. */
static const char *file_with(const void *bytes, size_t len)
{
	static char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/tocsin-setting-XXXXXX", P_tmpdir);
	fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, bytes, len), (ssize_t)len);
	(void)close(fd);
	return path;
}

Test(settings, have_defaults)
{
	cr_assert(settings_load(table, &config, &fault), "%s", fault.text);
	cr_expect_str_eq(config.name, "nobody");
	cr_expect_str_eq(config.password, "hunter2");
	cr_expect_str_eq(config.url, "");
	cr_expect_str_eq(config.listen, "127.0.0.1:0");
	cr_expect_eq(config.keys.count, 0);
	cr_expect_eq(config.count, 3);
	cr_expect_eq(config.pause_ms, 250);
	cr_expect_eq(config.bytes, 65536);
	cr_expect_not(config.loud);
}

Test(settings, come_from_the_environment)
{
	set("T_NAME", "");
	set("T_URL", "https://example.com");
	set("T_KEYS", "one\n\r\ntwo\r\nthree");
	set("T_LOUD", "on");
	cr_assert(settings_load(table, &config, &fault), "%s", fault.text);
	cr_expect_str_eq(config.name, "");
	cr_expect_eq(config.keys.count, 3);
	cr_expect_str_eq(config.keys.values[1], "two");
	cr_expect_str_eq(config.keys.values[2], "three");
	cr_expect(config.loud);
}

Test(settings, come_from_files_without_the_last_newline)
{
	const char *path = file_with("s3cret \n\n", 9);

	(void)unsetenv("TOCSIN_T_PASSWORD");
	set("T_PASSWORD_FILE", path);
	cr_assert(settings_load(table, &config, &fault), "%s", fault.text);
	cr_expect_str_eq(config.password, "s3cret ");
	(void)unlink(path);
}

Test(settings, stop_the_start_with_key_and_value)
{
	static const struct {
		const char *key, *value, *why;
	} cases[] = {
		{"T_COUNT", "-1", "TOCSIN_T_COUNT=-1: must be a number"},
		{"T_COUNT", "", "must be a number"},
		{"T_COUNT", "3 ", "must be a number"},
		{"T_COUNT", "99999999999999999999", "must be a number"},
		{"T_PAUSE", "30", "must be a duration"},
		{"T_BYTES", "1KB", "must be a size"},
		{"T_LOUD", "yes", "TOCSIN_T_LOUD=yes: must be 1, 0, true"},
		{"T_URL", "example.com", "must be a URL"},
		{"T_URL", "http://", "must be a URL"},
		{"T_LISTEN", "8080", "must be host:port"},
		{"T_LISTEN", "x:65536", "must be host:port"},
		{"T_PASSWORD", "", "TOCSIN_T_PASSWORD must be set"},
		{"T_KEYS", "1\n2\n3\n4\n5\n6\n7\n8\n9", "TOCSIN_T_KEYS=(hidden): must"},
		{"T_PASSWORD_FILE", "/nowhere", "both set"},
		{"T_NAME_FILE", "/nowhere", "TOCSIN_T_NAME_FILE=/nowhere: No such"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		char name[64];

		fault = (struct fault){0};
		set(cases[i].key, cases[i].value);
		cr_expect_not(settings_load(table, &config, &fault), "case %zu", i);
		cr_expect_eq(fault.kind, FAULT_FATAL, "case %zu", i);
		cr_expect(strstr(fault.text, cases[i].why), "case %zu: %s", i,
			fault.text);
		settings_free(table, &config);
		(void)snprintf(name, sizeof(name), "TOCSIN_%s", cases[i].key);
		(void)unsetenv(name);
		set("T_PASSWORD", "hunter2");
	}
}

Test(settings, never_show_a_secret)
{
	fault = (struct fault){0};
	set("T_KEYS", "s3cret\n2\n3\n4\n5\n6\n7\n8\n9");
	cr_expect_not(settings_load(table, &config, &fault));
	cr_expect_null(strstr(fault.text, "s3cret"), "%s", fault.text);
}

Test(settings, refuse_files_that_are_no_text)
{
	static char big[70000];
	const char *path = file_with("a\0b", 3);

	set("T_NAME_FILE", path);
	cr_expect_not(settings_load(table, &config, &fault));
	cr_expect(strstr(fault.text, "NUL byte"), "%s", fault.text);
	(void)unlink(path);
	settings_free(table, &config);

	memset(big, 'x', sizeof(big));
	path = file_with(big, sizeof(big));
	set("T_NAME_FILE", path);
	cr_expect_not(settings_load(table, &config, &fault));
	cr_expect(strstr(fault.text, "over 64 KiB"), "%s", fault.text);
	(void)unlink(path);
}

Test(settings, know_durations_and_sizes)
{
	static const struct {
		const char *text;
		long duration, size; /* -1: none */
	} cases[] = {
		{"250ms", 250, -1},
		{"30s", 30000, -1},
		{"5m", 300000, -1},
		{"24h", 86400000, -1},
		{"7d", 604800000, -1},
		{"0s", 0, -1},
		{"512", -1, 512},
		{"64KiB", -1, 65536},
		{"25MiB", -1, 25L << 20},
		{"10GiB", -1, 10L << 30},
		{"", -1, -1},
		{"s", -1, -1},
		{"-1s", -1, -1},
		{"+1s", -1, -1},
		{" 1s", -1, -1},
		{"1 s", -1, -1},
		{"1.5s", -1, -1},
		{"1S", -1, -1},
		{"0x10", -1, -1},
		{"1kib", -1, -1},
		{"9223372036854775807ms", LONG_MAX, -1},
		{"9223372036854775807s", -1, -1},
		{"9223372036854775807", -1, LONG_MAX},
		{"9223372036854775808", -1, -1},
		{"9223372036854775807KiB", -1, -1},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		long ms = -1, bytes = -1;

		cr_expect_eq(settings_duration(&ms, cases[i].text, &fault),
			cases[i].duration >= 0, "'%s'", cases[i].text);
		cr_expect_eq(ms, cases[i].duration, "'%s'", cases[i].text);
		cr_expect_eq(settings_size(&bytes, cases[i].text, &fault),
			cases[i].size >= 0, "'%s'", cases[i].text);
		cr_expect_eq(bytes, cases[i].size, "'%s'", cases[i].text);
	}
}

Test(settings, print_a_table_without_values)
{
	char *page AUTO(free) = NULL;
	size_t len;
	FILE *out = open_memstream(&page, &len);

	settings_print(table, out);
	(void)fclose(out);
	cr_expect(strstr(page, "TOCSIN_T_NAME"));
	cr_expect(strstr(page, "nobody"));
	cr_expect(strstr(page, "required"));
	cr_expect_null(strstr(page, "hunter2"));
}
