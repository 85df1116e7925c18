// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/tool_http.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "agent-worker/template.h"
#include "agent-worker/utf8.h"
#include "common/json.h"

enum {
	RESULT_MAX_BYTES = 8000,
	RESULT_LIMIT_BYTES = 64 << 10,
	ANSWER_MAX_BYTES = 1 << 20,
	ERROR_BODY_BYTES = 500,
};

void tool_request_done(struct tool_request *request)
{
	free(request->method);
	free(request->url);
	free(request->body);
	for (size_t i = 0; i < request->header_count; i++)
		free(request->headers[i]);
	*request = (struct tool_request){0};
}

void tool_result_done(struct tool_result *result)
{
	free(result->text);
	*result = (struct tool_result){0};
}

/* RFC 9110's tokens. */
static bool is_header_name(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("!#$%&'*+-.^_`|~", *p))
			return false;
	return *name != '\0';
}

/* Without what would begin another line. */
static void add_line(struct text *line, const char *value)
{
	for (; *value; value++) {
		if (iscntrl((unsigned char)*value))
			text_add_char(line, ' ');
		else
			text_add_char(line, *value);
	}
}

static bool add_header(struct tool_request *request, const char *name,
	const char *value, struct fault *fault)
{
	struct text line AUTO(text_done) = {0};

	if (!is_header_name(name) || request->header_count == TOOL_HEADERS_MAX)
		return fault_set(fault, FAULT_REJECT,
			"header %.80s cannot be sent: bad name, or over %d headers",
			name, TOOL_HEADERS_MAX);
	text_printf(&line, "%s: ", name);
	add_line(&line, value);
	request->headers[request->header_count] = text_take(&line);
	if (!request->headers[request->header_count])
		return fault_set(fault, FAULT_REJECT, "header %.80s is too long", name);
	request->header_count++;
	return true;
}

static bool add_headers(struct tool_request *request, const json_t *tool,
	const json_t *arguments, struct fault *fault)
{
	json_t *headers = json_object_get(tool, "headers");
	const char *name;
	json_t *value;

	json_object_foreach(headers, name, value)
	{
		struct text filled AUTO(text_done) = {0};

		if (!json_is_string(value))
			return fault_set(fault, FAULT_REJECT,
				"header %.80s must be a string", name);
		slot_fill(&filled, json_string_value(value), arguments, SLOT_HEADER);
		if (text_failed(&filled))
			return fault_set(fault, FAULT_RETRY, "no memory for a header");
		if (!add_header(request, name, text_string(&filled), fault))
			return false;
	}
	return true;
}

static bool add_auth(struct tool_request *request, const json_t *tool,
	const json_t *config, struct fault *fault)
{
	const json_t *auth = json_object_get(tool, "auth");
	const char *integration = json_string_or(auth, "/integration", "");
	const char *field = json_string_or(auth, "/field", "api_key");
	const json_t *integrations = json_object_get(config, "integrations");
	const char *secret = json_string_value(
		json_object_get(json_object_get(integrations, integration), field));
	struct text value AUTO(text_done) = {0};

	if (!auth || json_is_null(auth))
		return true;
	if (!secret)
		return fault_set(fault, FAULT_REJECT,
			"the tool needs integrations.%.60s.%.60s, which is not set",
			integration, field);
	text_printf(&value, "%s%s", json_string_or(auth, "/prefix", ""), secret);
	return add_header(request, json_string_or(auth, "/header", "Authorization"),
		text_string(&value), fault);
}

static bool add_body(struct tool_request *request, const json_t *tool,
	const json_t *arguments, struct fault *fault)
{
	const json_t *body = json_object_get(tool, "body");
	json_t *filled AUTO(json_decref) = NULL;

	if (!body || json_is_null(body) || strcmp(request->method, "GET") == 0 ||
		strcmp(request->method, "HEAD") == 0)
		return true;
	filled = slot_fill_json(body, arguments);
	request->body = json_print(filled);
	if (!request->body)
		return fault_set(fault, FAULT_RETRY, "no memory for the tool's body");
	return add_header(request, "Content-Type", "application/json", fault);
}

/*
 * An argument of ".." would lead out of the path that the tool's author wrote, with the
 * tool's credentials. Escaped dots count too: many servers read them as dots.
 */
static bool has_dot_segment(const char *url)
{
	const char *path = strstr(url, "://") + 3;

	path += strcspn(path, "/?#");
	while (*path == '/') {
		size_t len = strcspn(++path, "/?#"), dots = 0, at = 0;

		for (; at < len; dots++) {
			if (path[at] == '.')
				at++;
			else if (len - at >= 3 && strncasecmp(path + at, "%2e", 3) == 0)
				at += 3;
			else
				break;
		}
		if (at == len && (dots == 1 || dots == 2))
			return true;
		path += len;
	}
	return false;
}

static bool add_url(struct tool_request *request, const json_t *tool,
	const json_t *arguments, struct fault *fault)
{
	static const char *const methods[] = {
		"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
	const char *method = json_string_or(tool, "/method", "GET");
	struct text url AUTO(text_done) = {0};

	for (size_t i = 0; i < countof(methods); i++)
		if (strcasecmp(methods[i], method) == 0)
			request->method = strdup(methods[i]);
	if (!request->method)
		return fault_set(fault, FAULT_REJECT,
			"method %.20s is none of GET, HEAD, POST, PUT, PATCH, DELETE",
			method);
	slot_fill(&url, json_string_or(tool, "/url", ""), arguments, SLOT_URL);
	if (strncasecmp(text_string(&url), "http://", 7) != 0 &&
		strncasecmp(text_string(&url), "https://", 8) != 0)
		return fault_set(fault, FAULT_REJECT,
			"the tool's url must start with http:// or https://");
	if (has_dot_segment(text_string(&url)))
		return fault_set(fault, FAULT_REJECT,
			"the tool's url may have no part that is . or .. in its path");
	request->url = text_take(&url);
	return request->url || fault_set(fault, FAULT_RETRY, "no memory for a URL");
}

bool tool_request_build(struct tool_request *out, const json_t *tool,
	const json_t *config, const json_t *arguments, const char *key,
	struct fault *fault)
{
	struct tool_request request AUTO(tool_request_done) = {0};

	if (!add_url(&request, tool, arguments, fault) ||
		!add_headers(&request, tool, arguments, fault) ||
		!add_auth(&request, tool, config, fault) ||
		!add_body(&request, tool, arguments, fault) ||
		!add_header(&request, "Idempotency-Key", key, fault))
		return false;
	*out = request;
	request = (struct tool_request){0};
	return true;
}

static size_t max_bytes(const json_t *tool)
{
	long bytes = json_integer_or(tool, "/result/max_bytes", RESULT_MAX_BYTES);

	return bytes < 1 || bytes > RESULT_LIMIT_BYTES ? RESULT_LIMIT_BYTES
						       : (size_t)bytes;
}

static bool tell(struct tool_result *out, bool ok, const char *bytes, size_t len,
	size_t max, struct fault *fault)
{
	static const char cut[] = "\n[cut]";
	char *text AUTO(free) = utf8_clean(bytes, len);
	size_t keep;

	if (!text)
		return fault_set(fault, FAULT_RETRY, "no memory for a tool's result");
	keep = text_cut(text, max);
	if (text[keep]) {
		keep = text_cut(text, max > sizeof(cut) ? max - sizeof(cut) : max);
		text[keep] = '\0';
		if (max > sizeof(cut))
			(void)stpcpy(text + keep, cut);
	}
	*out = (struct tool_result){.ok = ok, .text = TAKE(text)};
	return true;
}

static bool tell_text(struct tool_result *out, const char *string, struct fault *fault)
{
	return tell(out, false, string, strlen(string), RESULT_LIMIT_BYTES, fault);
}

static bool select_part(struct tool_result *out, const json_t *tool, const char *body,
	size_t len, struct fault *fault)
{
	const char *pointer = json_string_at(tool, "/result/select");
	json_t *json AUTO(json_decref) = NULL;
	struct fault why = {0};
	char *printed AUTO(free) = NULL;
	char text[200];
	const json_t *part;

	if (!json_parse(&json, body, len, &why)) {
		(void)snprintf(
			text, sizeof(text), "the tool's answer is %.150s", why.text);
		return tell_text(out, text, fault);
	}
	part = json_at(json, pointer);
	if (!part) {
		(void)snprintf(text, sizeof(text),
			"the tool's answer has nothing at %.100s", pointer);
		return tell_text(out, text, fault);
	}
	if (json_is_string(part))
		return tell(out, true, json_string_value(part),
			json_string_length(part), max_bytes(tool), fault);
	printed = json_print(part);
	if (!printed)
		return fault_set(fault, FAULT_RETRY, "no memory for a tool's result");
	return tell(out, true, printed, strlen(printed), max_bytes(tool), fault);
}

bool tool_result_of(struct tool_result *out, const json_t *tool, int status,
	const char *body, size_t len, struct fault *fault)
{
	struct text text AUTO(text_done) = {0};

	if (status >= 400) {
		text_printf(&text, "HTTP %d: ", status);
		text_add_bytes(
			&text, body, len > ERROR_BODY_BYTES ? ERROR_BODY_BYTES : len);
		return tell(out, false, text_string(&text), text.len,
			RESULT_LIMIT_BYTES, fault);
	}
	if (json_string_at(tool, "/result/select"))
		return select_part(out, tool, body, len, fault);
	return tell(out, true, body, len, max_bytes(tool), fault);
}

bool tool_http_call(struct tool_result *out, struct http_client *http,
	const json_t *tool, const struct tool_request *request, long timeout_ms,
	struct fault *fault)
{
	bool selects = json_string_at(tool, "/result/select") != NULL;
	struct http_reply reply AUTO(http_reply_done) = {0};
	struct fault why = {0};
	struct http_call call = {
		.method = request->method,
		.url = request->url,
		.headers = (const char *const *)request->headers,
		.body = request->body,
		.body_len = request->body ? strlen(request->body) : 0,
		.timeout_ms = timeout_ms,
		.max_answer = selects ? ANSWER_MAX_BYTES : max_bytes(tool) + 64,
		.cut_answer = !selects,
		.guarded = true,
	};

	if (!http_fetch(http, &call, &reply, &why))
		return tell_text(out, why.text, fault);
	return tool_result_of(out, tool, reply.status, reply.body, reply.len, fault);
}
