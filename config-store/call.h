// SPDX-License-Identifier: Apache-2.0
// One HTTP request that has passed authorize(), and what handlers do with it.
#pragma once

#include "common/http/http_server.h"
#include "common/json.h"
#include "config-store/store.h"

struct call {
	struct http_request *request;
	struct store_thread *thread;
};

/* {name} of the path: "org", "node", "team", "id". */
const char *call_segment(const struct call *call, const char *name);

/* The body as an object; without one it is empty when `optional`. 400 otherwise. */
NODISCARD bool call_body(
	const struct call *call, json_t **out, bool optional, struct fault *fault);

/* A string of a body, borrowed; `otherwise` when it is absent or null. 400 for others.
 */
NODISCARD bool call_string(const struct call *call, const char **out,
	const json_t *body, const char *key, const char *otherwise,
	struct fault *fault);

/* The same where it must be there. */
NODISCARD bool call_needed(const struct call *call, const char **out,
	const json_t *body, const char *key, struct fault *fault);

enum { CALL_LIMIT = 50, CALL_LIMIT_MAX = 500 };

/* limit= as text for SQL, one more than asked for, so that a next page shows itself. */
NODISCARD bool call_limit(
	const struct call *call, char out[16], long *limit, struct fault *fault);

/* cursor=, "" when there is none; 400 for what `is_valid` does not take. */
NODISCARD bool call_cursor(const struct call *call, const char **out,
	bool (*is_valid)(const char *cursor), struct fault *fault);

/* Takes `body`. RETRY when it is NULL: memory ran out. */
NODISCARD bool call_answer(
	const struct call *call, int status, json_t *body, struct fault *fault);

/*
 * 200 with an ETag, which is quoted here; 304 without a body when it is a GET whose
 * If-None-Match names that tag. `text` is borrowed, it is JSON.
 */
NODISCARD bool call_answer_text(const struct call *call, const char *text, size_t len,
	const char *etag, struct fault *fault);

/* A number of a path or query; 400 for anything else, and for NULL. */
NODISCARD bool call_number(const struct call *call, int64_t *out, const char *text,
	const char *name, struct fault *fault);

/* name=1, 0, true or false of the query; false without it. 400 for anything else. */
NODISCARD bool call_switch(
	const struct call *call, bool *out, const char *name, struct fault *fault);

/* The same of a document, borrowed. */
NODISCARD bool call_answer_tagged(const struct call *call, const json_t *body,
	const char *etag, struct fault *fault);

/* 204 */
void call_answer_nothing(const struct call *call);

/*
 * {"items": […], "next": …} of at most `limit` of `rows`, each made by `describe`,
 * which returns NULL only when memory runs out. The cursor is the column `id` of the
 * last.
 */
NODISCARD bool call_answer_list(const struct call *call, const PGresult *rows,
	long limit, json_t *(*describe)(const PGresult *rows, int row), int id,
	struct fault *fault);
