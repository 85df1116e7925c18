// SPDX-License-Identifier: Apache-2.0
// Story: whatever is sent to the config store's writing calls that cannot be meant, is
// refused with the reason, and nothing of it is stored. The calls are those of the table
// of routes, so that a new one is tried as well.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/flow/refusing.h"

enum { DEPTH = 10000, HUGE_BYTES = 10 << 20, BODIES_MAX = 32 };

static struct refusing_body bodies[BODIES_MAX], huge;
static size_t body_count;

static void add(const char *what, const char *bytes, size_t len)
{
	char *copy = malloc(len + 1);

	cr_assert(copy && body_count < BODIES_MAX);
	memcpy(copy, bytes, len);
	copy[len] = '\0';
	bodies[body_count++] = (struct refusing_body){what, copy, len};
}

#define ADD(what, literal) add(what, literal, sizeof(literal) - 1)

static void add_repeated(const char *what, const char *const parts[3])
{
	struct text text AUTO(text_done) = {0};

	text_add(&text, parts[0]);
	for (int i = 0; i < DEPTH; i++)
		text_add(&text, parts[1]);
	for (int i = 0; i < DEPTH; i++)
		text_add(&text, parts[2]);
	text_add(&text, "}");
	add(what, text_string(&text), text.len);
}

static void make_bodies(void)
{
	ADD("cut off", "{\"name\":");
	ADD("words", "nonsense");
	ADD("two values", "{\"name\":\"a\"}{}");
	ADD("a comma too many", "{\"name\":\"a\",}");
	ADD("blanks", "   ");
	ADD("a number", "5");
	ADD("null", "null");
	ADD("a string", "\"x\"");
	ADD("an array", "[{\"name\":\"a\"}]");
	ADD("a key twice", "{\"name\":\"a\",\"name\":\"b\"}");
	ADD("a key twice, escaped", "{\"name\":\"a\",\"n\\u0061me\":\"b\"}");
	ADD("a key twice, deep", "{\"config\":{\"x\":[{\"y\":1,\"y\":1}]}}");
	ADD("invalid UTF-8", "{\"name\":\"\xff\xfe\"}");
	ADD("overlong UTF-8", "{\"name\":\"\xc0\xaf\"}");
	ADD("a surrogate in UTF-8", "{\"name\":\"\xed\xa0\x80\"}");
	ADD("half a pair", "{\"name\":\"\\ud800\"}");
	ADD("an escaped NUL", "{\"name\":\"a\\u0000b\"}");
	ADD("an escaped NUL in a key", "{\"a\\u0000b\":\"x\"}");
	ADD("a NUL byte", "{\"name\":\"a\0b\"}");
	ADD("a control character", "{\"name\":\"a\nb\"}");
	ADD("a number out of range", "{\"name\":1e999}");
	ADD("an integer out of range", "{\"name\":123456789012345678901234567890}");
	add_repeated("deep arrays", (const char *const[]){"{\"config\":", "[", "]"});
	add_repeated(
		"deep objects", (const char *const[]){"{\"config\":", "{\"a\":", "}"});
	add_repeated("never closed", (const char *const[]){"{\"config\":", "[", ""});
	huge.what = "10 MB";
	huge.len = HUGE_BYTES;
	huge.bytes = malloc(huge.len + 1);
	cr_assert(huge.bytes);
	memset(huge.bytes, 'x', huge.len);
	memcpy(huge.bytes, "{\"name\":\"", 9);
	memcpy(huge.bytes + huge.len - 2, "\"}", 3);
}

static void start(void)
{
	refusing_start();
	make_bodies();
}

static void stop(void)
{
	for (size_t i = 0; i < body_count; i++)
		free(bodies[i].bytes);
	free(huge.bytes);
	refusing_stop();
}

static bool writes(const struct route *route)
{
	return strcmp(route->method, "GET") != 0;
}

Test(bad_input, a_body_that_cannot_be_meant_is_refused_everywhere, .timeout = 280)
{
	static const int refused[REFUSING_STATUSES_MAX] = {400, 413, 422};
	char line[REFUSING_LINE_SIZE];
	char *before AUTO(free) = NULL;
	size_t tried = 0;

	start();
	before = refusing_contents();
	for (size_t i = 0; i < route_count; i++) {
		const struct route *route = &routes[i];
		bool names_one = strstr(route->path, "{id}") != NULL;

		if (!writes(route) || strcmp(route->method, "DELETE") == 0)
			continue;
		(void)refusing_fill_line(line, route, -1, NULL);
		for (size_t k = 0; k < body_count; k++) {
			int status = refusing_send(route, line, &bodies[k]);

			cr_expect(refusing_is_one_of(status, refused) ||
					(names_one && status == 404) ||
					(refusing_is_for_others(route) &&
						status == 403),
				"%s with %s: %d", line, bodies[k].what, status);
		}
		refusing_expect_unchanged(before, line);
		tried++;
	}
	cr_expect_gt(tried, 5);
	stop();
}

Test(bad_input, ten_megabytes_are_not_read, .timeout = 280)
{
	char line[REFUSING_LINE_SIZE];
	char *before AUTO(free) = NULL;

	start();
	before = refusing_contents();
	for (size_t i = 0; i < route_count; i++) {
		if (!writes(&routes[i]))
			continue;
		(void)refusing_fill_line(line, &routes[i], -1, NULL);
		cr_expect_eq(refusing_send(&routes[i], line, &huge), 413, "%s", line);
	}
	refusing_expect_unchanged(before, "10 MB");
	stop();
}
