// SPDX-License-Identifier: Apache-2.0
#include "tests/support/seen.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "common/json.h"

static bool is(const json_t *object, const char *pointer, const char *wanted)
{
	return strcmp(json_string_or(object, pointer, ""), wanted) == 0;
}

size_t seen_messages(const json_t *state, const char *channel, const char *thread,
	const json_t **last)
{
	json_t *message;
	size_t i, count = 0;

	json_array_foreach(json_object_get(state, "messages"), i, message)
	{
		if (!is(message, "/channel", channel) ||
			(thread && !is(message, "/thread_ts", thread)))
			continue;
		count++;
		if (last)
			*last = message;
	}
	return count;
}

size_t seen_comments(
	const json_t *state, const char *repository, long number, const json_t **last)
{
	json_t *comment;
	size_t i, count = 0;

	json_array_foreach(json_object_get(state, "comments"), i, comment)
	{
		if (!is(comment, "/repository", repository) ||
			(number >= 0 &&
				json_integer_or(comment, "/number", 0) != number))
			continue;
		count++;
		if (last)
			*last = comment;
	}
	return count;
}

size_t seen_calls(const json_t *state, const char *tool, const char *key)
{
	json_t *call;
	size_t i, count = 0;

	json_array_foreach(json_object_get(state, "tool_calls"), i, call) count +=
		is(call, "/name", tool) && (!key || is(call, "/key", key));
	return count;
}

size_t seen_count(const json_t *state, const char *list)
{
	return json_array_size(json_object_get(state, list));
}

static void add_texts(struct text *out, const json_t *value)
{
	const char *key;
	json_t *child;
	size_t i;

	json_array_foreach(value, i, child) add_texts(out, child);
	json_object_foreach((json_t *)(uintptr_t)value, key, child)
	{
		if (strcmp(key, "text") == 0 && json_is_string(child))
			text_printf(out, "%s\n", json_string_value(child));
		else
			add_texts(out, child);
	}
}

char *seen_text(const json_t *message)
{
	struct text out = {0};
	char *text;

	add_texts(&out, json_object_get(message, "blocks"));
	text_add(&out, json_string_or(message, "/text", ""));
	text_add(&out, json_string_or(message, "/body", ""));
	text = text_take(&out);
	cr_assert(text);
	return text;
}

void seen_no_refusal(const json_t *state)
{
	json_t *refusal;
	size_t i;

	json_array_foreach(json_object_get(state, "refused"), i, refusal)
	{
		char *printed AUTO(free) = json_dumps(refusal, 0);

		cr_expect_fail("the stand-in refused a call: %s", printed);
	}
}
