// SPDX-License-Identifier: Apache-2.0
#include "ingress/json_check.h"

#include <stdint.h>
#include <string.h>

#include "common/text.h"

/* `p` walks; every function leaves it behind what it read, or returns false. */
struct cursor {
	const unsigned char *p, *end;
};

static void skip_space(struct cursor *at)
{
	while (at->p < at->end &&
		(*at->p == ' ' || *at->p == '\n' || *at->p == '\r' || *at->p == '\t'))
		at->p++;
}

static bool is_hex(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
		(c >= 'A' && c <= 'F');
}

static bool check_escape(struct cursor *at)
{
	if (at->p == at->end)
		return false;
	if (*at->p != 'u') /* strchr() finds the NUL at its end, too */
		return *at->p != '\0' && strchr("\"\\/bfnrt", *at->p++) != NULL;
	at->p++;
	if (at->end - at->p < 4)
		return false;
	for (int i = 0; i < 4; i++)
		if (!is_hex(*at->p++))
			return false;
	return true;
}

/* Sixteen bytes at once, on any machine: an extension of C that gcc and clang share. */
typedef uint8_t sixteen __attribute__((vector_size(16)));

/* Ones where a byte ends a plain run: a quote, a backslash, or less than a space. */
static sixteen specials(const unsigned char *p)
{
	sixteen bytes;

	memcpy(&bytes, p, sizeof(bytes));
	return (sixteen)(bytes == '"') | (sixteen)(bytes == '\\') |
		(sixteen)(bytes < ' ');
}

static void skip_plain(struct cursor *at)
{
	for (; (size_t)(at->end - at->p) >= sizeof(sixteen); at->p += sizeof(sixteen)) {
		sixteen found = specials(at->p);
		uint64_t halves[2];

		memcpy(halves, &found, sizeof(halves));
		if (halves[0] | halves[1])
			return;
	}
}

/* Behind the opening quote. UTF-8 is checked once, over the whole document. */
static bool check_string(struct cursor *at)
{
	skip_plain(at);
	while (at->p < at->end) {
		unsigned char c = *at->p++;

		if (c == '"')
			return true;
		if (c < ' ' || (c == '\\' && !check_escape(at)))
			return false;
		if (c == '\\')
			skip_plain(at);
	}
	return false;
}

static size_t skip_digits(struct cursor *at)
{
	const unsigned char *from = at->p;

	while (at->p < at->end && *at->p >= '0' && *at->p <= '9')
		at->p++;
	return (size_t)(at->p - from);
}

static bool check_number(struct cursor *at)
{
	if (*at->p == '-')
		at->p++;
	if (at->p < at->end && *at->p == '0')
		at->p++; /* no digit may follow */
	else if (skip_digits(at) == 0)
		return false;
	if (at->p < at->end && *at->p == '.') {
		at->p++;
		if (skip_digits(at) == 0)
			return false;
	}
	if (at->p < at->end && (*at->p | 0x20) == 'e') {
		at->p++;
		if (at->p < at->end && (*at->p == '+' || *at->p == '-'))
			at->p++;
		return skip_digits(at) > 0;
	}
	return true;
}

static bool check_word(struct cursor *at, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(at->end - at->p) < len || memcmp(at->p, word, len) != 0)
		return false;
	at->p += len;
	return true;
}

static bool check_scalar(struct cursor *at)
{
	switch (*at->p) {
	case '"':
		at->p++;
		return check_string(at);
	case 't':
		return check_word(at, "true");
	case 'f':
		return check_word(at, "false");
	case 'n':
		return check_word(at, "null");
	default:
		return (*at->p == '-' || (*at->p >= '0' && *at->p <= '9')) &&
			check_number(at);
	}
}

/* The open brackets, as bits: an object is a 1. No recursion: depth is the sender's. */
struct nest {
	uint64_t bits[JSON_CHECK_DEPTH_MAX / 64];
	size_t depth;
};

static bool nest_push(struct nest *nest, bool object)
{
	uint64_t bit = UINT64_C(1) << nest->depth % 64;

	if (nest->depth == JSON_CHECK_DEPTH_MAX)
		return false;
	if (object)
		nest->bits[nest->depth / 64] |= bit;
	else
		nest->bits[nest->depth / 64] &= ~bit;
	nest->depth++;
	return true;
}

static bool nest_in_object(const struct nest *nest)
{
	size_t top = nest->depth - 1;

	return nest->bits[top / 64] >> top % 64 & 1;
}

/* "key": with the space around it. */
static bool check_key(struct cursor *at)
{
	skip_space(at);
	if (at->p == at->end || *at->p++ != '"' || !check_string(at))
		return false;
	skip_space(at);
	return at->p < at->end && *at->p++ == ':';
}

enum next { NEXT_VALUE, NEXT_END, NEXT_BAD };

/* Behind a value: closes what closes; says whether another value follows. */
static enum next after_value(struct cursor *at, struct nest *nest)
{
	for (;;) {
		unsigned char c;

		skip_space(at);
		if (nest->depth == 0)
			return at->p == at->end ? NEXT_END : NEXT_BAD;
		if (at->p == at->end)
			return NEXT_BAD;
		c = *at->p++;
		if (c == ',')
			return !nest_in_object(nest) || check_key(at) ? NEXT_VALUE
								      : NEXT_BAD;
		if (c != (nest_in_object(nest) ? '}' : ']'))
			return NEXT_BAD;
		nest->depth--;
	}
}

/* Behind an opening bracket: an empty container is a value that is complete. */
static enum next open_container(struct cursor *at, struct nest *nest, bool object)
{
	if (!nest_push(nest, object))
		return NEXT_BAD;
	skip_space(at);
	if (at->p < at->end && *at->p == (object ? '}' : ']'))
		return after_value(at, nest);
	return !object || check_key(at) ? NEXT_VALUE : NEXT_BAD;
}

bool json_check(const void *bytes, size_t len)
{
	struct cursor at = {bytes, (const unsigned char *)bytes + len};
	struct nest nest = {0};
	enum next next = NEXT_VALUE;

	if (!text_is_utf8(bytes, len))
		return false;
	while (next == NEXT_VALUE) {
		skip_space(&at);
		if (at.p == at.end)
			return false;
		if (*at.p == '{' || *at.p == '[') {
			bool object = *at.p++ == '{';

			next = open_container(&at, &nest, object);
		} else {
			next = check_scalar(&at) ? after_value(&at, &nest) : NEXT_BAD;
		}
	}
	return next == NEXT_END;
}
