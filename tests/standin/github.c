// SPDX-License-Identifier: Apache-2.0
// GitHub's REST API as far as issue and pull request comments go.
#include "tests/standin/standin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

enum { BODY_MAX = 65536, PER_PAGE = 30, PER_PAGE_MAX = 100 };

static void refuse(struct answer *answer, int status, const char *message)
{
	answer->status = status;
	answer->body = json_pack("{s:s, s:s}", "message", message, "documentation_url",
		"https://docs.github.com/rest");
}

static void invalid(struct answer *answer, const char *code, const char *message)
{
	answer->status = 422;
	answer->body = json_pack("{s:s, s:[{s:s, s:s, s:s, s:s}]}", "message",
		"Validation Failed", "errors", "resource", "IssueComment", "code", code,
		"field", "body", "message", message);
}

static bool is_token(const char *header, const char *token)
{
	size_t scheme = strcspn(header, " ");

	if (strncasecmp(header, "Bearer ", 7) != 0 &&
		strncasecmp(header, "token ", 6) != 0)
		return false;
	return strcmp(header + scheme + 1, token) == 0;
}

/* The repository in the path, or false with the refusal in `answer`. */
static bool may(struct standin *standin, struct http_request *request, char *repository,
	struct answer *answer)
{
	const char *authorization = http_header(request, "Authorization");
	const char *agent = http_header(request, "User-Agent");

	(void)snprintf(repository, 256, "%s/%s", http_segment(request, "owner"),
		http_segment(request, "name"));
	if (!agent || !*agent)
		refuse(answer, 403,
			"Request forbidden by administrative rules. Please make sure "
			"your request has a User-Agent header");
	else if (!authorization)
		refuse(answer, 401, "Requires authentication");
	else if (!is_token(authorization, standin->options.github_token))
		refuse(answer, 401, "Bad credentials");
	else if (!standin_knows(standin->options.repositories, repository))
		refuse(answer, 404, "Not Found");
	else
		return true;
	return false;
}

/* A positive number in the path, or 0. */
static long number_of(struct http_request *request, const char *segment)
{
	const char *text = http_segment(request, segment);
	char *end;
	long number = strtol(text, &end, 10);

	return *end || number < 0 ? 0 : number;
}

static bool is_in(const json_t *comment, const char *repository, long number)
{
	return strcasecmp(json_string_or(comment, "/repository", ""), repository) ==
		0 &&
		(number < 0 || json_integer_or(comment, "/number", 0) == number);
}

static json_t *find_comment(struct standin *standin, const char *repository, long id)
{
	json_t *comment;
	size_t i;

	json_array_foreach(
		standin->comments, i, comment) if (is_in(comment, repository, -1) &&
		json_integer_or(comment, "/id", 0) == id) return comment;
	return NULL;
}

/* The text of the comment in the request's body, borrowed from *body; NULL: refused. */
static const char *text_of(
	struct http_request *request, json_t **body, struct answer *answer)
{
	const json_t *value;

	*body = standin_body(request);
	if (!*body) {
		refuse(answer, 400, "Problems parsing JSON");
		return NULL;
	}
	value = json_object_get(*body, "body");
	if (!json_is_string(value) || json_string_length(value) == 0) {
		invalid(answer, "missing_field", "body cannot be blank");
		return NULL;
	}
	if (standin_characters(json_string_value(value)) > BODY_MAX) {
		invalid(answer, "custom",
			"body is too long (maximum is 65536 characters)");
		return NULL;
	}
	return json_string_value(value);
}

static long query_number(struct http_request *request, const char *name, long otherwise)
{
	const char *text = http_query(request, name);
	long number = text ? strtol(text, NULL, 10) : otherwise;

	return number < 1 ? otherwise : number;
}

static void link_pages(
	struct http_request *request, long page, long last, struct answer *answer)
{
	const char *host = http_header(request, "Host");
	char url[200];

	(void)snprintf(url, sizeof(url), "http://%s%s?page=", host ? host : "127.0.0.1",
		http_path(request));
	if (page < last)
		(void)snprintf(answer->link, sizeof(answer->link),
			"<%s%ld>; rel=\"next\", <%s%ld>; rel=\"last\"", url, page + 1,
			url, last);
	else if (page > 1)
		(void)snprintf(answer->link, sizeof(answer->link),
			"<%s%ld>; rel=\"prev\", <%s1>; rel=\"first\"", url, page - 1,
			url);
}

void github_list(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	char repository[256];
	long page = query_number(request, "page", 1);
	long size = query_number(request, "per_page", PER_PAGE), seen = 0;
	json_t *comment;
	size_t i;

	if (!may(standin, request, repository, answer))
		return;
	if (size > PER_PAGE_MAX)
		size = PER_PAGE_MAX;
	if (size > standin->options.page_size)
		size = standin->options.page_size;
	answer->status = 200;
	answer->body = json_array();
	json_array_foreach(standin->comments, i, comment)
	{
		if (!is_in(comment, repository, number_of(request, "number")))
			continue;
		if (seen / size == page - 1)
			(void)json_array_append_new(
				answer->body, json_deep_copy(comment));
		seen++;
	}
	link_pages(request, page, (seen + size - 1) / size, answer);
}

static void tell(const struct standin *standin, const json_t *comment, const char *did)
{
	char where[360];

	(void)snprintf(where, sizeof(where), "github %s %s#%ld, comment %ld", did,
		json_string_or(comment, "/repository", ""),
		json_integer_or(comment, "/number", 0),
		json_integer_or(comment, "/id", 0));
	standin_print(standin, where, json_string_or(comment, "/body", ""));
}

void github_create(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	char repository[256], now[CLOCK_TEXT_SIZE];
	long number = number_of(request, "number");
	json_t *body AUTO(json_decref) = NULL;
	json_t *comment;
	const char *text;

	if (!may(standin, request, repository, answer))
		return;
	if (number == 0) {
		refuse(answer, 404, "Not Found");
		return;
	}
	text = text_of(request, &body, answer);
	if (!text)
		return;
	comment = json_pack("{s:I, s:s, s:I, s:s, s:i, s:s, s:{s:s, s:s}}", "id",
		(json_int_t)++standin->last_comment, "repository", repository, "number",
		(json_int_t)number, "body", text, "updates", 0, "created_at",
		clock_text(clock_wall_us(), now), "user", "login", "tocsin[bot]",
		"type", "Bot");
	(void)json_array_append_new(standin->comments, comment);
	tell(standin, comment, "comment on");
	answer->status = 201;
	answer->body = json_deep_copy(comment);
}

void github_edit(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	char repository[256];
	json_t *body AUTO(json_decref) = NULL;
	json_t *comment;
	const char *text;

	if (!may(standin, request, repository, answer))
		return;
	comment = find_comment(standin, repository, number_of(request, "id"));
	if (!comment) {
		refuse(answer, 404, "Not Found");
		return;
	}
	text = text_of(request, &body, answer);
	if (!text)
		return;
	(void)json_object_set_new(comment, "body", json_string(text));
	(void)json_object_set_new(comment, "updates",
		json_integer(json_integer_or(comment, "/updates", 0) + 1));
	tell(standin, comment, "edit on");
	answer->status = 200;
	answer->body = json_deep_copy(comment);
}

void github_get(
	struct standin *standin, struct http_request *request, struct answer *answer)
{
	char repository[256];
	const json_t *comment;

	if (!may(standin, request, repository, answer))
		return;
	comment = find_comment(standin, repository, number_of(request, "id"));
	if (!comment) {
		refuse(answer, 404, "Not Found");
		return;
	}
	answer->status = 200;
	answer->body = json_deep_copy(comment);
}
