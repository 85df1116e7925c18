// SPDX-License-Identifier: Apache-2.0
// What is remembered, and a few helpers of all the services.
#include "tests/standin/standin.h"

#include <stdio.h>
#include <string.h>

enum { PRINT_LIMIT = 2000 };

static void fill(struct standin *standin)
{
	standin->messages = json_array();
	standin->comments = json_array();
	standin->model_calls = json_array();
	standin->tool_calls = json_array();
	standin->refused = json_array();
	standin->failures = json_array();
	standin->script = json_null();
	standin->allowance = json_object();
}

static void empty(struct standin *standin)
{
	json_decref(standin->messages);
	json_decref(standin->comments);
	json_decref(standin->model_calls);
	json_decref(standin->tool_calls);
	json_decref(standin->refused);
	json_decref(standin->failures);
	json_decref(standin->script);
	json_decref(standin->allowance);
}

void standin_init(struct standin *standin, const struct standin_options *options)
{
	*standin = (struct standin){.options = *options};
	(void)pthread_mutex_init(&standin->lock, NULL);
	fill(standin);
}

void standin_reset(struct standin *standin)
{
	empty(standin);
	fill(standin);
}

void standin_done(struct standin *standin)
{
	empty(standin);
	(void)pthread_mutex_destroy(&standin->lock);
}

bool standin_knows(const char *list, const char *word)
{
	size_t len = strlen(word);

	if (!*list)
		return true;
	for (const char *p = list; *p;) {
		size_t item = strcspn(p, ",");

		if (item == len && strncasecmp(p, word, len) == 0)
			return true;
		p += item;
		p += *p == ',';
	}
	return false;
}

json_t *standin_body(struct http_request *request)
{
	size_t len;
	const void *bytes = http_body(request, &len);
	json_t *body = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(body))
		return body;
	json_decref(body);
	return NULL;
}

size_t standin_characters(const char *text)
{
	size_t count = 0;

	for (const char *p = text; *p; p++)
		count += ((unsigned char)*p & 0xC0) != 0x80;
	return count;
}

void standin_print(const struct standin *standin, const char *where, const char *text)
{
	if (!standin->options.print)
		return;
	(void)printf("-- %s\n%.*s\n\n", where, (int)text_cut(text, PRINT_LIMIT), text);
	(void)fflush(stdout);
}
