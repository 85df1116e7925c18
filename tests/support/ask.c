// SPDX-License-Identifier: Apache-2.0
#include "tests/support/ask.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALL_MS = 60000 };

void answer_done(struct answer *answer)
{
	json_decref(answer->body);
	free(answer->text);
	*answer = (struct answer){0};
}

int ask(struct answer *out, const struct stack *stack, const struct ask *call)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	struct text headers AUTO(text_done) = {0};

	text_printf(&headers,
		"Content-Type: application/json\r\nAuthorization: Bearer %s\r\n%s",
		call->token ? call->token : ADMIN_TOKEN,
		call->headers ? call->headers : "");
	request_write(&exchange.request, call->line, text_string(&headers),
		call->body ? call->body : "", call->body ? strlen(call->body) : 0);
	(void)exchange_run(&exchange, stack->addresses[CONFIG_STORE], CALL_MS);
	answer_done(out);
	out->status = exchange.status;
	out->text = strdup(exchange.body);
	out->body = json_loads(exchange.body, JSON_DECODE_ANY, NULL);
	(void)exchange_header(&exchange, "ETag", out->etag, sizeof(out->etag));
	(void)exchange_header(
		&exchange, "Retry-After", out->retry_after, sizeof(out->retry_after));
	return out->status;
}

const char *answer_at(const struct answer *answer, const char *pointer)
{
	static _Thread_local char *printed;
	json_t *value = json_at(answer->body, pointer);

	free(printed);
	printed = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	return printed ? printed : "";
}
