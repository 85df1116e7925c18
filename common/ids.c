// SPDX-License-Identifier: Apache-2.0
#include "common/ids.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/auto.h"
#include "common/clock.h"
#include "common/hmac.h"
#include "common/text.h"

enum { UUID_BYTES = 16, DERIVE_PARTS_MAX = 8, POOL_BYTES = 512 };

/* A signal may cut a read of more than 256 bytes short. */
static void read_random(void *out, size_t count)
{
	unsigned char *to = out;

	while (count > 0) {
		ssize_t got = getrandom(to, count, 0);

		if (got < 0 && errno != EINTR)
			abort();
		if (got > 0) {
			to += got;
			count -= (size_t)got;
		}
	}
}

/* A pool per thread: one system call serves many ids. */
void id_random(void *out, size_t count)
{
	static _Thread_local unsigned char pool[POOL_BYTES];
	static _Thread_local size_t left;

	if (count > POOL_BYTES) {
		read_random(out, count);
		return;
	}
	if (left < count) {
		read_random(pool, sizeof(pool));
		left = sizeof(pool);
	}
	left -= count;
	memcpy(out, pool + left, count);
	memset(pool + left, 0, count);
}

void id_hex(char *out, const void *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;

	for (size_t i = 0; i < count; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * count] = '\0';
}

static const char *uuid_print(char *out, unsigned char *bytes, unsigned version)
{
	static const size_t groups[] = {4, 2, 2, 2, 6};
	size_t from = 0;
	char *to = out;

	bytes[6] = (unsigned char)((bytes[6] & 0x0F) | version << 4);
	bytes[8] = (unsigned char)((bytes[8] & 0x3F) | 0x80);
	for (size_t i = 0; i < countof(groups); i++) {
		id_hex(to, bytes + from, groups[i]);
		from += groups[i];
		to += 2 * groups[i];
		*to++ = i + 1 < countof(groups) ? '-' : '\0';
	}
	return out;
}

const char *id_make(char *out)
{
	unsigned char bytes[UUID_BYTES];
	uint64_t ms = (uint64_t)(clock_wall_us() / 1000);

	id_random(bytes, sizeof(bytes));
	for (int i = 5; i >= 0; i--, ms >>= 8)
		bytes[i] = (unsigned char)ms;
	return uuid_print(out, bytes, 7);
}

const char *id_derive(char *out, const char *const *parts, size_t count)
{
	struct hmac_part hashed[DERIVE_PARTS_MAX];
	unsigned char bytes[HMAC_SIZE];

	assert(count <= DERIVE_PARTS_MAX);
	for (size_t i = 0; i < count; i++)
		hashed[i] = (struct hmac_part){parts[i], strlen(parts[i]) + 1};
	sha256_parts(bytes, hashed, count);
	return uuid_print(out, bytes, 8);
}

const char *id_of_event(char *out, const char *source, const char *delivery)
{
	return id_derive(out, (const char *const[]){"event", source, delivery}, 3);
}

const char *id_of_run(char *out, const char *event, const char *org, const char *team)
{
	return id_derive(out, (const char *const[]){"run", event, org, team}, 4);
}

static bool is_lower_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool id_is_uuid(const char *text)
{
	for (size_t i = 0; i < UUID_SIZE - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !is_lower_hex(text[i]))
			return false;
	}
	return text[UUID_SIZE - 1] == '\0';
}

static bool is_alphanumeric(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		(c >= '0' && c <= '9');
}

bool id_is_name(const char *text)
{
	size_t len = 0;

	if (!is_alphanumeric(text[0]))
		return false;
	for (; text[len]; len++)
		if (len >= NAME_MAX_LEN ||
			(!is_alphanumeric(text[len]) && text[len] != '_' &&
				text[len] != '-'))
			return false;
	return true;
}

static const char *trace_print(char *out, const char *trace)
{
	unsigned char bytes[24];
	char id[33], parent[17];

	id_random(bytes, sizeof(bytes));
	id_hex(id, bytes, 16);
	id_hex(parent, bytes + 16, 8);
	if (trace)
		memcpy(id, trace, sizeof(id) - 1);
	(void)text_join(out, TRACEPARENT_SIZE,
		(const char *const[]){"00-", id, "-", parent, "-01"}, 5);
	return out;
}

const char *id_make_trace(char *out)
{
	return trace_print(out, NULL);
}

/* https://www.w3.org/TR/trace-context/#traceparent-header, version 00 only. */
static bool is_trace(const char *text)
{
	size_t i;

	if (strnlen(text, TRACEPARENT_SIZE) != TRACEPARENT_SIZE - 1 ||
		strncmp(text, "00-", 3) != 0)
		return false;
	for (i = 3; i < TRACEPARENT_SIZE - 1; i++)
		if (i == 35 || i == 52 ? text[i] != '-' : !is_lower_hex(text[i]))
			return false;
	return strspn(text + 3, "0") < 32 && strspn(text + 36, "0") < 16;
}

const char *id_child_trace(char *out, const char *parent)
{
	return trace_print(out, parent && is_trace(parent) ? parent + 3 : NULL);
}
