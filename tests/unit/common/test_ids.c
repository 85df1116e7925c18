// SPDX-License-Identifier: Apache-2.0
#include "common/ids.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/auto.h"
#include "common/clock.h"

Test(ids, made_ones_are_version_7_and_sort_by_time)
{
	char first[UUID_SIZE], second[UUID_SIZE];
	int64_t before = clock_mono_ms();

	cr_expect_eq(id_make(first), first);
	while (clock_mono_ms() - before < 3)
		;
	(void)id_make(second);
	cr_expect(id_is_uuid(first), "%s", first);
	cr_expect_eq(first[14], '7');
	cr_expect(strchr("89ab", first[19]), "%s", first);
	cr_expect_lt(strcmp(first, second), 0);
}

Test(ids, made_ones_differ)
{
	enum { COUNT = 2000 };
	static char ids[COUNT][UUID_SIZE];

	for (int i = 0; i < COUNT; i++)
		(void)id_make(ids[i]);
	for (int i = 0; i < COUNT; i++)
		for (int k = i + 1; k < COUNT; k++)
			cr_assert_str_neq(ids[i], ids[k]);
}

/* printf 'event\0github\0d1\0' | sha256sum, with version 8 and variant set. */
Test(ids, derived_ones_never_change)
{
	char id[UUID_SIZE];

	cr_expect_str_eq(id_of_event(id, "github", "d1"),
		"8a75d055-6985-82da-9493-63e0291968d2");
	cr_expect(id_is_uuid(id));
	cr_expect_str_eq(id_of_run(id, "e", "acme", "shop"),
		"13684521-cd24-88cd-ad60-63c58c15fdb7");
}

Test(ids, derived_ones_keep_parts_apart)
{
	char a[UUID_SIZE], b[UUID_SIZE];

	(void)id_of_event(a, "ab", "c");
	(void)id_of_event(b, "a", "bc");
	cr_expect_str_neq(a, b);
	(void)id_derive(a, (const char *const[]){"x"}, 1);
	(void)id_derive(b, (const char *const[]){"x", ""}, 2);
	cr_expect_str_neq(a, b);
}

Test(ids, uuids_are_known_by_their_form)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"01a20939-997d-728e-8853-b8661e181110", true},
		{"01A20939-997D-728E-8853-B8661E181110", false},
		{"01a20939-997d-728e-8853-b8661e18111", false},
		{"01a20939-997d-728e-8853-b8661e1811100", false},
		{"01a20939a997d-728e-8853-b8661e181110", false},
		{"01a20939-997d-728e-8853-b8661e18111g", false},
		{"", false},
	};

	for (size_t i = 0; i < countof(cases); i++)
		cr_expect_eq(id_is_uuid(cases[i].text), cases[i].good, "case %zu", i);
}

Test(ids, names_can_be_subject_tokens)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"a", true},
		{"Acme_9-x", true},
		{"9", true},
		{"123456789012345678901234567890123456789012345678901234567890123",
			true},
		{"1234567890123456789012345678901234567890123456789012345678901234",
			false},
		{"", false},
		{"-a", false},
		{"_a", false},
		{"a.b", false},
		{"a b", false},
		{"a*", false},
		{"a>", false},
		{"caf\xc3\xa9", false},
	};

	for (size_t i = 0; i < countof(cases); i++)
		cr_expect_eq(
			id_is_name(cases[i].text), cases[i].good, "%s", cases[i].text);
}

Test(ids, traces_go_on_or_begin)
{
	static const char parent[] =
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
	static const char *const broken[] = {NULL, "", "00",
		"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
		"00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01"};
	char trace[TRACEPARENT_SIZE];

	(void)id_child_trace(trace, parent);
	cr_expect_eq(strlen(trace), TRACEPARENT_SIZE - 1);
	cr_expect_eq(strncmp(trace, parent, 36), 0);
	cr_expect_neq(strncmp(trace + 36, parent + 36, 16), 0);
	for (size_t i = 0; i < countof(broken); i++) {
		(void)id_child_trace(trace, broken[i]);
		cr_expect_eq(strlen(trace), TRACEPARENT_SIZE - 1, "case %zu", i);
		cr_expect_neq(strncmp(trace, parent, 36), 0, "case %zu", i);
	}
	(void)id_make_trace(trace);
	cr_expect_eq(trace[35], '-');
	cr_expect_str_eq(trace + 52, "-01");
}

Test(ids, random_bytes_come_in_any_number)
{
	static unsigned char a[4096], b[4096];

	for (size_t count = 0; count <= sizeof(a); count = 2 * count + 1) {
		id_random(a, count);
		id_random(b, count);
		if (count >= 16)
			cr_expect_neq(memcmp(a, b, count), 0, "%zu", count);
	}
}

Test(ids, hex_is_lower_case)
{
	char out[9];

	id_hex(out, "\x00\x0f\xa0\xff", 4);
	cr_expect_str_eq(out, "000fa0ff");
}
