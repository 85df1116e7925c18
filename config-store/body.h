// SPDX-License-Identifier: Apache-2.0
// More of what a body may hold than strings; each refuses with 400 and the field's name.
#pragma once

#include "config-store/call.h"

/* A string of at most `max` bytes; `otherwise` when it is absent or null. */
NODISCARD bool body_short(const struct call *call, const char **out, const json_t *body,
	const char *key, size_t max, const char *otherwise, struct fault *fault);

/* The same where it must be there and not empty. */
NODISCARD bool body_needed(const struct call *call, const char **out,
	const json_t *body, const char *key, size_t max, struct fault *fault);

/* A whole number from 0 to `max`, as text for SQL; "" when absent or null. */
NODISCARD bool body_count(const struct call *call, char out[24], const json_t *body,
	const char *key, int64_t max, struct fault *fault);

/* An org's or team's id, which must be there. */
NODISCARD bool body_name(const struct call *call, const char **out, const json_t *body,
	const char *key, struct fault *fault);

/* A run's id. */
NODISCARD bool body_run(const struct call *call, const char *id, struct fault *fault);

/* NULL for "": what SQL takes for an absent value. */
const char *body_or_null(const char *text);

/* 200 or another with a JSON text that PostgreSQL has made. */
void body_answer(const struct call *call, int status, const char *json);
