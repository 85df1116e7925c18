// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>

#include "agent-worker/template.h"
#include "common/json.h"

static json_t *scope(void)
{
	return json_pack("{s:{s:s, s:s}, s:{s:{s:s, s:s}}, s:{s:i, s:[i, i], s:n}}",
		"task", "text", "is {{task.actor}} up?", "actor", "alice", "steps",
		"ready", "status", "ok", "result", "fine", "event", "number", 42,
		"list", 1, 2, "gone");
}

Test(template, puts_in_what_is_there_and_nothing_for_what_is_not)
{
	static const struct {
		const char *source, *expected;
	} cases[] = {
		{"", ""},
		{"no slot", "no slot"},
		{"{{task.actor}}", "alice"},
		{"a {{ task.actor }} b", "a alice b"},
		{"{{steps.ready.status}}: {{steps.ready.result}}", "ok: fine"},
		{"{{event.number}} {{event.list}} {{event.list.1}}", "42 [1,2] 2"},
		{"<{{event.gone}}{{event.nothing}}{{nothing.at.all}}>", "<>"},
		{"<{{task.actor.deeper}}>", "<>"},
		{"{{}}{{.}}{{..}}", ""},
		{"{{unclosed", "{{unclosed"},
		{"{single} }} {{task.actor}}", "{single} }} alice"},
		{"{{steps.ready}}", "{\"status\":\"ok\",\"result\":\"fine\"}"},
	};
	json_t *values AUTO(json_decref) = scope();

	for (size_t i = 0; i < countof(cases); i++) {
		struct text out AUTO(text_done) = {0};

		template_fill(&out, cases[i].source, values);
		cr_expect_str_eq(text_string(&out), cases[i].expected, "case %zu", i);
	}
}

Test(template, never_looks_again_at_what_it_put_in)
{
	json_t *values AUTO(json_decref) = scope();
	struct text out AUTO(text_done) = {0};

	template_fill(&out, "{{task.text}}", values);
	cr_expect_str_eq(text_string(&out), "is {{task.actor}} up?");
}

Test(template, survives_a_path_of_any_length)
{
	struct text source AUTO(text_done) = {0};
	struct text out AUTO(text_done) = {0};
	json_t *values AUTO(json_decref) = scope();

	text_add(&source, "<{{");
	for (int i = 0; i < 5000; i++)
		text_add_char(&source, 'x');
	text_add(&source, "}}>");
	template_fill(&out, text_string(&source), values);
	cr_expect_str_eq(text_string(&out), "<>");
}

Test(template, fills_strings_at_any_depth_of_arguments)
{
	json_t *values AUTO(json_decref) = scope();
	json_t *source AUTO(json_decref) = json_pack("{s:s, s:[s, i], s:{s:b}}", "who",
		"{{task.actor}}", "list", "n{{event.number}}", 7, "deep", "flag", 1);
	json_t *filled AUTO(json_decref) = template_fill_json(source, values);
	char *printed AUTO(free) = json_print(filled);

	cr_expect_str_eq(printed,
		"{\"who\":\"alice\",\"list\":[\"n42\",7],\"deep\":{\"flag\":true}}");
}

Test(slots, keep_an_argument_inside_its_part_of_a_url)
{
	static const struct {
		const char *value, *expected;
	} cases[] = {
		{"plain", "http://h/x?q=plain&v=1"},
		{"a b&admin=1#x", "http://h/x?q=a%20b%26admin%3D1%23x&v=1"},
		{"../../etc", "http://h/x?q=..%2F..%2Fetc&v=1"},
		{"ü{v}", "http://h/x?q=%C3%BC%7Bv%7D&v=1"},
		{"\r\nHost: evil", "http://h/x?q=%0D%0AHost%3A%20evil&v=1"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *arguments AUTO(json_decref) =
			json_pack("{s:s, s:i}", "q", cases[i].value, "v", 1);
		struct text out AUTO(text_done) = {0};

		slot_fill(&out, "http://h/x?q={q}&v={v}", arguments, SLOT_URL);
		cr_expect_str_eq(text_string(&out), cases[i].expected, "case %zu", i);
	}
}

Test(slots, cannot_add_a_header)
{
	json_t *arguments AUTO(json_decref) =
		json_pack("{s:s}", "v", "a\r\nX-Evil: 1\x7f");
	struct text out AUTO(text_done) = {0};

	slot_fill(&out, "v-{v}-{missing}", arguments, SLOT_HEADER);
	cr_expect_str_eq(text_string(&out), "v-a  X-Evil: 1 -");
}

Test(slots, keep_an_arguments_type_where_the_string_is_all_slot)
{
	json_t *arguments AUTO(json_decref) =
		json_pack("{s:i, s:[s], s:s}", "n", 3, "list", "a", "s", "x");
	json_t *source AUTO(json_decref) =
		json_pack("{s:s, s:s, s:s, s:s, s:s}", "a", "{n}", "b", "{list}", "c",
			"n={n}", "d", "{missing}", "e", "{not a slot}");
	json_t *filled AUTO(json_decref) = slot_fill_json(source, arguments);
	char *printed AUTO(free) = json_print(filled);

	cr_expect_str_eq(printed,
		"{\"a\":3,\"b\":[\"a\"],\"c\":\"n=3\",\"d\":null,"
		"\"e\":\"{not a slot}\"}");
}
