// SPDX-License-Identifier: Apache-2.0
// jansson, with our faults and a few look-ups. Of duplicate keys the last one is kept,
// where they are not refused; NUL in strings and depth over 2048 are.
#pragma once

#include <jansson.h>

#include "common/fault.h"
#include "common/text.h"

DEFINE_AUTO(json_t, json_decref)

/* Bytes from outside. REJECT with line and column when they are no JSON. The caller
 * owns *out. */
NODISCARD bool json_parse(
	json_t **out, const void *bytes, size_t len, struct fault *fault);

/*
 * The same, and a key that an object has twice is refused: for what people write, where
 * one of the two would be lost without a word.
 */
NODISCARD bool json_parse_strict(
	json_t **out, const void *bytes, size_t len, struct fault *fault);

/* Takes from a fault of json_parse() what it quotes of the bytes: it may be a secret. */
void json_forget_quote(struct fault *fault);

/* As json_parse(), and it must be an object; "" or NULL is an empty one. */
NODISCARD bool json_parse_object(json_t **out, const char *string, struct fault *fault);

/* Compact text for free(); NULL only when memory ran out or `json` is NULL. */
NODISCARD char *json_print(const json_t *json);

/*
 * RFC 6901: "/event/data/service/id". Borrowed; NULL when there is nothing. "" is the
 * whole.
 */
json_t *json_at(const json_t *json, const char *pointer);

/* The string at `pointer`, borrowed; NULL when there is none or it is no string. */
const char *json_string_at(const json_t *json, const char *pointer);

/* The same, with `otherwise` for NULL. */
const char *json_string_or(
	const json_t *json, const char *pointer, const char *otherwise);

/* The integer at `pointer`, or `otherwise`. */
long json_integer_or(const json_t *json, const char *pointer, long otherwise);

/* The boolean at `pointer`, or `otherwise`. */
bool json_bool_or(const json_t *json, const char *pointer, bool otherwise);
