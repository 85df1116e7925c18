// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/cron.h"

#include <criterion/criterion.h>
#include <string.h>

Test(cron, takes_what_cron_takes)
{
	static const char *const good[] = {
		"* * * * *",
		"0 9 * * 1-5",
		"*/15 0-23/2 1,15 jan-jun,DEC mon,Wed-fri",
		"59 23 31 12 6",
		"0\t2  * * *  ",
		"5/10 * * * *",
		"@daily",
		"@yearly",
	};

	for (size_t i = 0; i < countof(good); i++) {
		struct fault fault = {0};

		cr_expect(cron_check(good[i], &fault), "%s: %s", good[i], fault.text);
	}
}

Test(cron, refuses_the_rest_and_names_the_field)
{
	static const char *const bad[][2] = {
		{"", "five fields"},
		{"* * * *", "five fields"},
		{"* * * * * *", "five fields"},
		{"60 * * * *", "the minute"},
		{"* 24 * * *", "the hour"},
		{"* * 0 * *", "the day of month"},
		{"* * * 13 *", "the month"},
		{"* * * * 7", "the day of week"},
		{"5-1 * * * *", "the minute"},
		{"*/0 * * * *", "the minute"},
		{"*/60 * * * *", "the minute"},
		{"1, * * * *", "the minute"},
		{"-1 * * * *", "the minute"},
		{"1-2-3 * * * *", "the minute"},
		{"99999999999 * * * *", "the minute"},
		{"* * * * mond", "the day of week"},
		{"mon * * * *", "the minute"},
		{"@reboot", "the minute"},
		{"@every 5m", "the minute"},
		{"TZ=UTC 0 9 * * *", "the minute"},
		{"0 9 * * *\n0 1 * * *", "the day of week"},
	};

	for (size_t i = 0; i < countof(bad); i++) {
		struct fault fault = {0};

		cr_expect_not(cron_check(bad[i][0], &fault), "%s", bad[i][0]);
		cr_expect_eq(fault.kind, FAULT_REJECT);
		cr_expect(
			strstr(fault.text, bad[i][1]), "%s: %s", bad[i][0], fault.text);
	}
}

Test(cron, is_bounded)
{
	char text[CRON_MAX + 2];
	struct fault fault = {0};

	memset(text, ' ', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	memcpy(text, "* * * * *", 9);
	cr_expect_not(cron_check(text, &fault));
	text[CRON_MAX] = '\0';
	cr_expect(cron_check(text, &fault), "%s", fault.text);
}

Test(cron, knows_a_time_zone_by_its_name)
{
	static const char *const bad[] = {"", "/", "Europe/", "/Europe", "../passwd",
		"Europe/../Europe/Berlin", "Europe//Berlin", "Europe/Ber lin",
		"Europe/Berlin\n", "Europe.Berlin"};
	char too_long[ZONE_MAX + 2];

	memset(too_long, 'A', sizeof(too_long));
	too_long[sizeof(too_long) - 1] = '\0';
	cr_expect_not(zone_is_known(too_long));
	cr_expect(zone_is_known("UTC"));
	cr_expect(zone_is_known("Europe/Berlin"));
	cr_expect(zone_is_known("America/Argentina/Buenos_Aires"));
	cr_expect(zone_is_known("Etc/GMT+5"));
	for (size_t i = 0; i < countof(bad); i++)
		cr_expect_not(zone_is_known(bad[i]), "%s", bad[i]);
}
