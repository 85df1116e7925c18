// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "agent-worker/blocks.h"
#include "agent-worker/utf8.h"
#include "common/json.h"
#include "common/text.h"

static struct slack_message make(const char *markdown)
{
	struct slack_message message = {0};
	struct fault fault = {0};

	cr_assert(blocks_make(&message, markdown, &fault), "%s", fault.text);
	return message;
}

static const char *section(const struct slack_message *message, size_t index)
{
	return json_string_or(json_array_get(message->blocks, index), "/text/text", "");
}

static bool is_whole(const char *mrkdwn)
{
	for (const char *p = mrkdwn; (p = strchr(p, '&')); p++)
		if (strncmp(p, "&amp;", 5) != 0 && strncmp(p, "&lt;", 4) != 0 &&
			strncmp(p, "&gt;", 4) != 0)
			return false;
	for (const char *p = mrkdwn; (p = strchr(p, '<')); p++)
		if (!strchr(p, '>'))
			return false;
	return text_is_utf8(mrkdwn, strlen(mrkdwn));
}

/* What Slack refuses. */
static void expect_valid(const struct slack_message *message, const char *what)
{
	char *printed AUTO(free) = json_print(message->blocks);
	json_t *text AUTO(json_decref) = json_string(message->text);
	char *quoted AUTO(free) = json_print(text);

	cr_expect(json_array_size(message->blocks) >= 1, "%s", what);
	cr_expect(json_array_size(message->blocks) <= BLOCKS_MAX, "%s", what);
	for (size_t i = 0; i < json_array_size(message->blocks); i++) {
		const json_t *block = json_array_get(message->blocks, i);
		const char *shown = section(message, i);

		if (strcmp(json_string_or(block, "/type", ""), "divider") == 0)
			continue;
		cr_expect(*shown, "%s: block %zu is empty", what, i);
		cr_expect(
			utf8_units(shown, strlen(shown)) <= BLOCK_TEXT_MAX, "%s", what);
		cr_expect(is_whole(shown), "%s: block %zu: %s", what, i, shown);
	}
	cr_expect(utf8_units(message->text, strlen(message->text)) <= FALLBACK_MAX);
	cr_expect(*message->text && is_whole(message->text), "%s", what);
	cr_expect(utf8_units(printed, strlen(printed)) +
				utf8_units(quoted, strlen(quoted)) <=
			13000,
		"%s", what);
}

Test(blocks, show_markdown_as_slack_writes_it)
{
	static const struct {
		const char *markdown, *expected;
	} cases[] = {
		{"plain", "plain"},
		{"a & b < c > d", "a &amp; b &lt; c &gt; d"},
		{"# Head *line*", "*Head line*"},
		{"**bold** and *soft* and ~~gone~~", "*bold* and _soft_ and ~gone~"},
		{"`a<b`", "`a&lt;b`"},
		{"[site](https://x.org/?a=1&b=2)", "<https://x.org/?a=1&amp;b=2|site>"},
		{"<https://x.org>", "<https://x.org>"},
		{"[bad](javascript:alert)", "bad"},
		{"[a|b](https://x.org/|y)", "<https://x.org/%7Cy|a b>"},
		{"- one\n- two\n  - deep", "• one\n• two\n    • deep"},
		{"3. three\n4. four", "3. three\n4. four"},
		{"> quoted\n> more", "> quoted more"},
		{"```c\nif (a < b)\n```", "```if (a &lt; b)```"},
		{"| a | bb |\n|---|---|\n| 1 & 2 | x |",
			"```a     | bb\n------+---\n1 &amp; 2 | x```"},
		{"<b>raw</b>", "&lt;b&gt;raw&lt;/b&gt;"},
		{"", "_(empty)_"},
		{"one\n\ntwo", "one\n\ntwo"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct slack_message message AUTO(slack_message_done) =
			make(cases[i].markdown);

		cr_expect_str_eq(
			section(&message, 0), cases[i].expected, "case %zu", i);
		expect_valid(&message, cases[i].markdown);
	}
}

/* `count` times `piece`. */
static char *repeat(const char *piece, size_t count)
{
	struct text text = {0};

	for (size_t i = 0; i < count; i++)
		text_add(&text, piece);
	return text_take(&text);
}

Test(blocks, stay_within_slacks_limits_whatever_the_input)
{
	static const struct {
		const char *piece;
		size_t count;
	} cases[] = {
		{"x", 100000},
		{"&", 20000},
		{"ü", 20000},
		{"\U0001F600", 20000},
		{"word ", 20000},
		{"# h\n\n", 5000},
		{"---\n\n", 5000},
		{"```\ncode & \"quotes\"\n```\n\n", 2000},
		{"- item\n", 5000},
		{"> ", 10000},
		{"[a](https://x.org/&) ", 3000},
		{"[[[[", 5000},
		{"**", 20000},
		{"\"\\\n", 10000},
		{"\x01", 5000},
		{"\xff\xfe", 5000},
		{"| a | b |\n|---|---|\n", 500},
		{"`", 10001},
		{"a&lt;", 5000},
		{"    ", 5000},
		{"*_~`", 6000},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		char *markdown AUTO(free) = repeat(cases[i].piece, cases[i].count);
		struct slack_message message AUTO(slack_message_done) = make(markdown);

		expect_valid(&message, cases[i].piece);
	}
}

Test(blocks, say_that_the_rest_was_cut)
{
	char *markdown AUTO(free) = repeat("All is well here, and there too.\n\n", 900);
	struct slack_message message AUTO(slack_message_done) = make(markdown);
	size_t last = json_array_size(message.blocks) - 1;

	cr_expect(strstr(section(&message, last), "the rest was cut"));
	cr_expect(strlen(section(&message, 0)) > 2000);
}

Test(blocks, show_all_of_an_answer_that_fits)
{
	char *markdown AUTO(free) = repeat("All is well here, and there too.\n\n", 200);
	struct slack_message message AUTO(slack_message_done) = make(markdown);
	size_t last = json_array_size(message.blocks) - 1;

	cr_expect_not(strstr(section(&message, last), "the rest was cut"));
	cr_expect_leq(json_array_size(message.blocks), 4);
}
