// SPDX-License-Identifier: Apache-2.0
#include "config-store/problem.h"

#include "common/text.h"

void problem_add(json_t *problems, const char *path, const char *text, ...)
{
	struct text message AUTO(text_done) = {0};
	json_t *problem = NULL;
	va_list arguments;

	if (json_array_size(problems) >= PROBLEMS_MAX)
		return;
	va_start(arguments, text);
	text_vprintf(&message, text, arguments);
	va_end(arguments);
	if (!text_failed(&message))
		problem = json_pack(
			"{ss,ss}", "path", path, "message", text_string(&message));
	if (!problem)
		problem = json_string("no memory");
	(void)json_array_append_new(problems, problem);
}
