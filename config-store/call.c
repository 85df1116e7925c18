// SPDX-License-Identifier: Apache-2.0
#include "config-store/call.h"

#include <string.h>

#include "config-store/etag.h"

const char *call_segment(const struct call *call, const char *name)
{
	return http_segment(call->request, name);
}

static bool no_memory(struct fault *fault)
{
	return fault_set(fault, FAULT_RETRY, "no memory for an answer");
}

bool call_body(
	const struct call *call, json_t **out, bool optional, struct fault *fault)
{
	size_t len;
	const void *bytes = http_body(call->request, &len);
	json_t *body AUTO(json_decref) = NULL;

	if (len == 0 && optional) {
		*out = json_object();
		return *out || no_memory(fault);
	}
	if (!json_parse_strict(&body, bytes, len, fault)) {
		char why[sizeof(fault->text)];

		json_forget_quote(fault);
		memcpy(why, fault->text, sizeof(why));
		return refuse(call->thread, fault, 400, "invalid_json", "%s", why);
	}
	if (!json_is_object(body))
		return refuse(call->thread, fault, 400, "invalid_body",
			"the body must be a JSON object");
	*out = TAKE(body);
	return true;
}

bool call_string(const struct call *call, const char **out, const json_t *body,
	const char *key, const char *otherwise, struct fault *fault)
{
	const json_t *value = json_object_get(body, key);

	if (value && !json_is_null(value) && !json_is_string(value))
		return refuse(call->thread, fault, 400, "invalid_body",
			"'%s' must be a string", key);
	*out = json_is_string(value) ? json_string_value(value) : otherwise;
	return true;
}

bool call_needed(const struct call *call, const char **out, const json_t *body,
	const char *key, struct fault *fault)
{
	if (!call_string(call, out, body, key, NULL, fault))
		return false;
	return *out ||
		refuse(call->thread, fault, 400, "invalid_body", "'%s' is missing",
			key);
}

bool call_limit(const struct call *call, char out[16], long *limit, struct fault *fault)
{
	const char *text = http_query(call->request, "limit");
	char *end = NULL;

	*limit = text ? strtol(text, &end, 10) : CALL_LIMIT;
	if (text && (end == text || *end || *limit < 1 || *limit > CALL_LIMIT_MAX))
		return refuse(call->thread, fault, 400, "invalid_limit",
			"limit must be a number from 1 to %d", CALL_LIMIT_MAX);
	(void)snprintf(out, 16, "%ld", *limit + 1);
	return true;
}

bool call_cursor(const struct call *call, const char **out,
	bool (*is_valid)(const char *cursor), struct fault *fault)
{
	const char *cursor = http_query(call->request, "cursor");

	if (cursor && *cursor && !is_valid(cursor))
		return refuse(call->thread, fault, 400, "invalid_cursor",
			"cursor must be the 'next' of an answer to the same call");
	*out = cursor ? cursor : "";
	return true;
}

bool call_answer(const struct call *call, int status, json_t *body, struct fault *fault)
{
	if (!body)
		return no_memory(fault);
	http_answer_json(call->request, status, body);
	return true;
}

bool call_answer_text(const struct call *call, const char *text, size_t len,
	const char *etag, struct fault *fault)
{
	const char *known = http_header(call->request, "If-None-Match");
	bool unchanged = strcmp(http_method(call->request), "GET") == 0 &&
		etag_listed(known, etag, true);
	struct text tag AUTO(text_done) = {0};

	text_printf(&tag, "\"%s\"", etag);
	if (text_failed(&tag))
		return no_memory(fault);
	http_answer(call->request,
		&(struct http_answer){.status = unchanged ? 304 : 200,
			.body = unchanged ? NULL : text,
			.len = unchanged ? 0 : len,
			.headers = (const struct http_answer_header[]){
				{"ETag", text_string(&tag)},
				{"Cache-Control", "private, no-cache"}, {NULL, NULL}}});
	return true;
}

bool call_answer_tagged(const struct call *call, const json_t *body, const char *etag,
	struct fault *fault)
{
	char *printed AUTO(free) = json_print(body);

	return printed ? call_answer_text(call, printed, strlen(printed), etag, fault)
		       : no_memory(fault);
}

bool call_number(const struct call *call, int64_t *out, const char *text,
	const char *name, struct fault *fault)
{
	enum { DIGITS_MAX = 18 };
	size_t len = text ? strlen(text) : 0;

	if (len == 0 || len > DIGITS_MAX || strspn(text, "0123456789") != len)
		return refuse(call->thread, fault, 400, "invalid_number",
			"%s must be a number, 0 or more", name);
	*out = strtoll(text, NULL, 10);
	return true;
}

bool call_switch(
	const struct call *call, bool *out, const char *name, struct fault *fault)
{
	static const char *const words[] = {"0", "false", "1", "true"};
	const char *text = http_query(call->request, name);

	*out = false;
	for (size_t i = 0; text && i < countof(words); i++)
		if (strcmp(text, words[i]) == 0) {
			*out = i >= 2;
			return true;
		}
	return !text ||
		refuse(call->thread, fault, 400, "invalid_switch",
			"%s must be 1, 0, true or false", name);
}

void call_answer_nothing(const struct call *call)
{
	http_answer(call->request, &(struct http_answer){.status = 204});
}

bool call_answer_list(const struct call *call, const PGresult *rows, long limit,
	json_t *(*describe)(const PGresult *rows, int row), int id, struct fault *fault)
{
	json_t *items AUTO(json_decref) = json_array();
	int count = PQntuples(rows);
	bool more = count > limit;

	for (int i = 0; i < count && i < limit; i++)
		if (json_array_append_new(items, describe(rows, i)) < 0)
			return no_memory(fault);
	return call_answer(call, 200,
		json_pack("{sO,ss?}", "items", items, "next",
			more ? db_value(rows, (int)limit - 1, id) : NULL),
		fault);
}
