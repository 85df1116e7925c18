// SPDX-License-Identifier: Apache-2.0
#include "common/nats/bus_url.h"

#include <criterion/criterion.h>
#include <string.h>

Test(bus_url, takes_only_schemes_that_nats_speaks)
{
	static const struct {
		const char *urls;
		bool good;
	} cases[] = {{"nats://127.0.0.1:4222", true}, {"tls://a:1,nats://b:2", true},
		{"nats://a,", true}, {"http://a:4222", false},
		{"nats://a,http://b", false}, {"a:4222", false}};

	for (size_t i = 0; i < countof(cases); i++)
		cr_expect_eq(bus_urls_are_good(cases[i].urls), cases[i].good, "%s",
			cases[i].urls);
}

Test(bus_url, is_shown_without_who_may_come_in)
{
	static const struct {
		const char *urls, *shown;
	} cases[] = {{"nats://127.0.0.1:4222", "nats://127.0.0.1:4222"},
		{"nats://ada:pass@a:1", "nats://a:1"}, {"tls://token@a", "tls://a"},
		{"nats://u:p@ss@a:1,nats://b,tls://u:p@c",
			"nats://a:1,nats://b,tls://c"},
		{"", ""}};

	for (size_t i = 0; i < countof(cases); i++) {
		char shown[BUS_URLS_SIZE];

		bus_urls_show(shown, cases[i].urls);
		cr_expect_str_eq(shown, cases[i].shown);
	}
}

Test(bus_url, is_cut_where_there_is_no_more_room)
{
	char shown[BUS_URLS_SIZE], urls[3 * BUS_URLS_SIZE];

	memset(urls, 'a', sizeof(urls) - 1);
	urls[sizeof(urls) - 1] = '\0';
	memcpy(urls + BUS_URLS_SIZE / 2, ",nats://b,", 10);
	bus_urls_show(shown, urls);
	cr_expect_eq(strlen(shown), BUS_URLS_SIZE - 1);
}
