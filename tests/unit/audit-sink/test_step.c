// SPDX-License-Identifier: Apache-2.0
#include "audit-sink/step.h"

#include <criterion/criterion.h>

#include "common/wire.h"
#include "proto/names.h"

DEFINE_AUTO_DONE(struct row, row_done)

Test(step, keeps_every_field)
{
	static const char *const expected[STEP_COUNT] = {"run", "event", "acme", "shop",
		"3", "2", "w1", "tool_result", "grafana", "99", "7", "{}"};
	struct row row AUTO(row_done) = {0};
	struct wire wire AUTO(wire_done) = {0};
	struct fault fault = {0};
	pb_step step;

	pb_step_init(&step);
	step.run_id = wire_string("run");
	step.event_id = wire_string("event");
	step.org = wire_string("acme");
	step.team = wire_string("shop");
	step.number = 3;
	step.attempt = 2;
	step.worker = wire_string("w1");
	step.kind = wire_string("tool_result");
	step.name = wire_string("grafana");
	step.at_us = 99;
	step.duration_ms = 7;
	step.payload_json = wire_string("{}");
	cr_assert(wire_pack(&wire, &step.base, &fault));

	cr_assert(step_of_message(&row,
		&(struct row_message){
			.subject = "s", .data = wire.data, .len = wire.len},
		&fault));
	cr_assert_eq(row.count, STEP_COUNT);
	for (size_t i = 0; i < STEP_COUNT; i++)
		cr_expect_str_eq(row.values[i], expected[i], "value %zu", i);
}

Test(step, is_refused_when_it_has_no_run_or_is_no_step)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {{"", 0}, {"\x0a\x03run", 5}, {"\x0a\xff", 2}};

	for (size_t i = 0; i < countof(cases); i++) {
		struct row row AUTO(row_done) = {0};
		struct fault fault = {0};

		cr_expect_not(step_of_message(&row,
			&(struct row_message){.subject = "s",
				.data = cases[i].bytes,
				.len = cases[i].len},
			&fault));
		cr_expect_eq(fault.kind, FAULT_REJECT, "case %zu", i);
	}
}
