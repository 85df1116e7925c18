// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/problem.h"

#include "common/json.h"
#include "common/text.h"

static long left_out(const json_t *problem)
{
	return json_integer_or(problem, "/left_out", 0);
}

/* The element that only counts; NULL while everything is listed. */
static json_t *counter_of(const json_t *problems)
{
	json_t *last = json_array_size(problems) > PROBLEMS_MAX
		? json_array_get(problems, PROBLEMS_MAX)
		: NULL;

	return left_out(last) > 0 ? last : NULL;
}

static json_t *counter_new(long count)
{
	struct text message AUTO(text_done) = {0};

	text_printf(&message, "%ld more are not listed", count);
	return json_pack("{ss,ss,sI}", "path", "", "message", text_string(&message),
		"left_out", (json_int_t)count);
}

static json_t *append(json_t *problems, json_t *problem)
{
	if (!problem)
		problem = json_string("no memory");
	return json_array_append_new(problems, problem) == 0 ? problem : NULL;
}

static void count_more(json_t *problems, long more)
{
	json_t *counter = counter_of(problems);

	if (!counter)
		(void)append(problems, counter_new(more));
	else /* without memory it says too few, which is no harm */
		(void)json_array_set_new(
			problems, PROBLEMS_MAX, counter_new(left_out(counter) + more));
}

json_t *problem_add(json_t *problems, const char *path, const char *text, ...)
{
	struct text message AUTO(text_done) = {0};
	json_t *problem = NULL;
	va_list arguments;

	if (json_array_size(problems) >= PROBLEMS_MAX) {
		count_more(problems, 1);
		return NULL;
	}
	va_start(arguments, text);
	text_vprintf(&message, text, arguments);
	va_end(arguments);
	if (!text_failed(&message))
		problem = json_pack(
			"{ss,ss}", "path", path, "message", text_string(&message));
	return append(problems, problem);
}

size_t problem_count(const json_t *problems)
{
	const json_t *counter = counter_of(problems);

	return counter ? PROBLEMS_MAX + (size_t)left_out(counter)
		       : json_array_size(problems);
}

static bool is_known(const json_t *known, const json_t *problem)
{
	const json_t *one;
	size_t i;

	json_array_foreach(known, i, one)
	{
		if (json_equal(one, problem))
			return true;
	}
	return false;
}

bool problem_move(json_t *to, const json_t *from, const json_t *known, const char *node)
{
	json_t *problem;
	size_t i;

	json_array_foreach(from, i, problem)
	{
		long more = left_out(problem);

		if (is_known(known, problem))
			continue;
		if (more > 0 || json_array_size(to) >= PROBLEMS_MAX) {
			count_more(to, more > 0 ? more : 1);
			continue;
		}
		if (node && json_is_object(problem) &&
			json_object_set_new(problem, "node", json_string(node)) < 0)
			return false;
		if (json_array_append(to, problem) < 0)
			return false;
	}
	return true;
}
