// SPDX-License-Identifier: Apache-2.0
#include "cli/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/table.h"
#include "cli/token_file.h"

enum { PAGE_MAX = 500, LIMIT_DEFAULT = 50, LIMIT_MAX = 1000000 };
enum { TIMEOUT_MS = 45000 }; /* an order may wait 30 s for its end */
enum { ANSWER_MAX = 64 << 20, STREAM_TIMEOUT_MS = 3600000 };

static const char default_url[] = "http://127.0.0.1:8081";
static const char default_ingress_url[] = "http://127.0.0.1:8080";

static bool is_plain(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		(c >= '0' && c <= '9') || strchr("-_~", c);
}

/* Dots too: "." and ".." would be taken for steps of the path. */
void call_add_encoded(struct text *path, const char *value)
{
	for (; *value; value++)
		if (is_plain(*value))
			text_add_char(path, *value);
		else
			text_printf(path, "%%%02X", (unsigned)(unsigned char)*value);
}

void call_add_query(struct text *path, const char *name, const char *value)
{
	if (!value)
		return;
	text_add_char(path, strchr(text_string(path), '?') ? '&' : '?');
	text_add(path, name);
	text_add_char(path, '=');
	call_add_encoded(path, value);
}

const char *call_ingress_url(void)
{
	const char *url = getenv("TOCSIN_INGRESS_URL");

	return url && *url ? url : default_ingress_url;
}

static const char *base_url(const struct cli *cli)
{
	const char *url = cli->values[OPTION_URL];

	if (!url)
		url = cli->at_ingress ? call_ingress_url()
				      : getenv("TOCSIN_CONFIG_URL");
	return url && url[0] ? url : default_url;
}

static void make_url(struct text *url, const struct cli *cli, const char *path)
{
	const char *base = base_url(cli);
	size_t len = strlen(base);

	while (len > 0 && base[len - 1] == '/')
		len--;
	text_add_bytes(url, base, len);
	text_add(url, path);
}

static bool unreachable(
	struct cli *cli, const char *method, const char *url, const char *why)
{
	const char *name = cli->at_ingress ? "TOCSIN_INGRESS_URL" : "TOCSIN_CONFIG_URL";
	bool told = getenv(name) || cli->values[OPTION_URL];

	return cli_fail(cli,
		"%s %s: %s\n"
		"Is the %s running there? %s%s%s; ./quickstart starts one, and\n"
		"`source .local/env` says where it is",
		method, url, why, cli->at_ingress ? "ingress" : "config store",
		told ? "The address comes from --url or " : "", name,
		told ? "" : " is not set, this is the default");
}

static const char *way_out(int status, const json_t *answer)
{
	/* No other token would do: the lock is in the configuration of a node above. */
	if (strcmp(json_string_or(answer, "/error", ""), "locked") == 0)
		return "\nSee: tocsin config explain";
	switch (status) {
	case 401:
		return "\nSet TOCSIN_ADMIN_TOKEN (`source .local/env`) or name a "
		       "--token-file";
	case 403:
		return "\nThe token is good, but not for this: use one of the "
		       "organisation or the super admin's";
	case 429:
	case 502:
	case 503:
	case 504:
		return "\nThis may pass: try again in a moment";
	default:
		return "";
	}
}

static void describe(struct text *words, const json_t *answer, const char *body)
{
	const char *code = json_string_at(answer, "/error");
	const char *message = json_string_at(answer, "/message");

	if (code)
		table_clean(words, code, false);
	if (code && message)
		text_add(words, ": ");
	if (message)
		table_clean(words, message, true);
	if (!code && !message && body[0]) {
		char start[201];

		(void)snprintf(start, sizeof(start), "%.200s", body);
		table_clean(words, start, false);
	}
}

static void list_one(struct text *words, const json_t *item)
{
	static const char *const parts[] = {"/node", "/path", "/message", "/type",
		"/value", "/org_id", "/team_id", "/owner"};

	text_add(words, "\n ");
	if (json_is_string(item)) {
		text_add_char(words, ' ');
		table_clean(words, json_string_value(item), false);
	}
	for (size_t i = 0; i < countof(parts); i++) {
		const char *part = json_string_at(item, parts[i]);

		if (!part)
			continue;
		text_add_char(words, ' ');
		table_clean(words, part, false);
	}
}

/* The message names one of them; here are all. */
static void list_all(struct text *words, const json_t *answer)
{
	static const char *const lists[] = {"/candidates", "/errors", "/clashes"};
	const json_t *item;
	size_t i;

	for (size_t at = 0; at < countof(lists); at++)
		json_array_foreach(json_at(answer, lists[at]), i, item)
			list_one(words, item);
}

static bool refused(struct cli *cli, const struct http_call *request,
	const struct http_reply *reply)
{
	struct text words AUTO(text_done) = {0}, said AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;
	struct fault fault;

	if (json_parse(&answer, reply->body, reply->len, &fault))
		list_all(&words, answer);
	describe(&said, answer, reply->body);
	return cli_fail(cli, "%s %s: %d %s%s%s", request->method, request->url,
		reply->status, text_string(&said), text_string(&words),
		way_out(reply->status, answer));
}

static bool parse_answer(struct cli *cli, const struct http_call *request,
	const struct http_reply *reply, json_t **out)
{
	struct fault fault = {0};

	cli->http_status = reply->status;
	if (reply->status >= 300)
		return refused(cli, request, reply);
	if (reply->len == 0)
		*out = json_object();
	else if (!json_parse(out, reply->body, reply->len, &fault))
		return cli_fail(cli,
			"%s %s: %d with an answer that is no JSON (%s)\n"
			"Is this the %s's address?",
			request->method, request->url, reply->status, fault.text,
			cli->at_ingress ? "ingress" : "config store");
	return true;
}

static bool prepare(struct cli *cli)
{
	struct fault fault = {0};

	if (!cli->token && !token_file_read(cli))
		return false;
	if (!cli->client && !http_client_open(&cli->client, "", &fault))
		return cli_fail(cli, "%s", fault.text);
	return true;
}

/* --if-version as the header that the config store holds the change to. */
static bool add_condition(struct cli *cli, struct text *header)
{
	const char *version = cli->values[OPTION_IF_VERSION];

	if (!version)
		return true;
	if (!*version || strspn(version, "0123456789") != strlen(version))
		return cli_usage(cli, "--if-version %s: must be a number", version);
	text_printf(header, "If-Match: \"%s\"", version);
	return true;
}

bool call(struct cli *cli, const char *method, const char *path, const json_t *body,
	json_t **out)
{
	char *text AUTO(free) = body ? json_print(body) : NULL;
	struct text url AUTO(text_done) = {0}, bearer AUTO(text_done) = {0};
	struct text condition AUTO(text_done) = {0};
	struct http_reply reply AUTO(http_reply_done) = {0};
	struct fault fault = {0};

	cli->http_status = 0;
	if (!prepare(cli))
		return false;
	make_url(&url, cli, path);
	text_printf(&bearer, "Authorization: Bearer %s", cli->token);
	if (!add_condition(cli, &condition))
		return false;
	if (text_failed(&url) || text_failed(&bearer) || text_failed(&condition) ||
		(body && !text))
		return cli_fail(cli, "no memory");

	const char *const headers[] = {text_string(&bearer), "Accept: application/json",
		body ? "Content-Type: application/json" : NULL,
		condition.len > 0 ? text_string(&condition) : NULL, NULL};
	const struct http_call request = {.method = method,
		.url = text_string(&url),
		.headers = headers,
		.body = text,
		.body_len = text ? strlen(text) : 0,
		.timeout_ms = TIMEOUT_MS,
		.max_answer = ANSWER_MAX};

	if (!http_fetch(cli->client, &request, &reply, &fault))
		return unreachable(cli, method, request.url, fault.text);
	return parse_answer(cli, &request, &reply, out);
}

static bool write_piece(void *context, const void *bytes, size_t len)
{
	const struct cli *cli = context;

	return fwrite(bytes, 1, len, cli->out) == len;
}

bool call_stream(struct cli *cli, const char *path)
{
	struct text url AUTO(text_done) = {0}, bearer AUTO(text_done) = {0};
	struct http_reply reply AUTO(http_reply_done) = {0};
	struct fault fault = {0};

	if (!prepare(cli))
		return false;
	make_url(&url, cli, path);
	text_printf(&bearer, "Authorization: Bearer %s", cli->token);
	if (text_failed(&url) || text_failed(&bearer))
		return cli_fail(cli, "no memory");

	const char *const headers[] = {text_string(&bearer), NULL};
	const struct http_call request = {.method = "GET",
		.url = text_string(&url),
		.headers = headers,
		.timeout_ms = STREAM_TIMEOUT_MS,
		.take = write_piece,
		.take_context = cli};

	if (!http_fetch(cli->client, &request, &reply, &fault))
		return ferror(cli->out)
			? cli_fail(cli, "cannot write the answer: %s", strerror(errno))
			: unreachable(cli, "GET", request.url, fault.text);
	cli->http_status = reply.status;
	return reply.status < 300 || refused(cli, &request, &reply);
}

static bool read_limit(struct cli *cli, long *out)
{
	const char *text = cli->values[OPTION_LIMIT];
	char *end;

	*out = LIMIT_DEFAULT;
	if (!text)
		return true;
	errno = 0;
	*out = strtol(text, &end, 10);
	if (errno || *end || end == text || *out < 1 || *out > LIMIT_MAX)
		return cli_usage(cli, "--limit %s: must be a number from 1 to %d", text,
			LIMIT_MAX);
	return true;
}

static bool next_page(struct cli *cli, const char *path, long wanted,
	const char *cursor, json_t **page)
{
	struct text full AUTO(text_done) = {0};
	char number[24];

	(void)snprintf(number, sizeof(number), "%ld",
		wanted < PAGE_MAX ? wanted : (long)PAGE_MAX);
	text_add(&full, path);
	call_add_query(&full, "limit", number);
	call_add_query(&full, "cursor", cursor);
	if (text_failed(&full))
		return cli_fail(cli, "no memory");
	return call(cli, "GET", text_string(&full), NULL, page);
}

bool call_list(struct cli *cli, const char *path, json_t **out)
{
	json_t *items AUTO(json_decref) = json_array();
	char *cursor AUTO(free) = NULL;
	long limit;

	if (!read_limit(cli, &limit))
		return false;
	do {
		json_t *page AUTO(json_decref) = NULL;
		const char *next;

		if (!next_page(cli, path, limit - (long)json_array_size(items), cursor,
			    &page))
			return false;
		if (!json_is_array(json_at(page, "/items")) ||
			json_array_extend(items, json_at(page, "/items")) != 0)
			return cli_fail(cli, "%s: an answer without items", path);
		free(cursor);
		next = json_string_at(page, "/next");
		cursor = next && json_array_size(json_at(page, "/items")) > 0
			? strdup(next)
			: NULL;
	} while (cursor && (long)json_array_size(items) < limit);
	*out = json_pack("{s:O, s:s?}", "items", items, "next", cursor);
	return *out || cli_fail(cli, "no memory");
}

bool call_print_json(struct cli *cli, const json_t *json)
{
	if (json_dumpf(json, cli->out, JSON_INDENT(2) | JSON_ENCODE_ANY) != 0 ||
		fputc('\n', cli->out) == EOF)
		return cli_fail(cli, "cannot write the answer: %s", strerror(errno));
	return true;
}
