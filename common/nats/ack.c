// SPDX-License-Identifier: Apache-2.0
#include "common/nats/ack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"

enum {
	PLAIN_SIZE = 192,
	WRONG_LAST_SEQUENCE = 10071,
	ID_IN_PROCESS = 10158,
	WRONG_LAST_SEQUENCE_IN_PROCESS = 10164,
	TOO_MANY_REQUESTS = 429,
};

/* Behind `expected`, or NULL when `at` does not start with it. */
static const char *skip(const char *at, const char *expected)
{
	size_t len = strlen(expected);

	return at && strncmp(at, expected, len) == 0 ? at + len : NULL;
}

/*
 * nats-server writes acks by hand as {"stream":"X", "seq":1} or with , "duplicate": true.
 * Parsing 40,000 of them a second as JSON costs more than checking their signatures did, so
 * this shape is read directly; anything else goes through the parser.
 */
static bool parse_plain(struct published *result, const char *data, size_t len)
{
	char plain[PLAIN_SIZE], *end;
	const char *at;
	unsigned long long sequence;

	if (len == 0 || len >= sizeof(plain))
		return false;
	memcpy(plain, data, len);
	plain[len] = '\0';
	at = skip(plain, "{\"stream\":\"");
	at = at ? skip(at + strcspn(at, "\"\\"), "\", \"seq\":") : NULL;
	if (!at || *at < '1' || *at > '9')
		return false;
	errno = 0;
	sequence = strtoull(at, &end, 10);
	if (errno != 0 ||
		(strcmp(end, "}") != 0 && strcmp(end, ", \"duplicate\": true}") != 0))
		return false;
	result->stored = true;
	result->sequence = sequence;
	result->duplicate = *end == ',';
	return true;
}

/*
 * A no that stays a no. The leader of a replicated stream also answers 4xx to what is well:
 * a copy of the message is on its way to the replicas (and may not get there), or it has too
 * much to do.
 */
static bool is_final(long code, int error_code)
{
	return code >= 400 && code < 500 && code != TOO_MANY_REQUESTS &&
		error_code != ID_IN_PROCESS;
}

bool published_was_late(const struct published *result)
{
	return result->error_code == WRONG_LAST_SEQUENCE ||
		result->error_code == WRONG_LAST_SEQUENCE_IN_PROCESS;
}

void ack_parse(struct published *result, const void *data, size_t len, char *error,
	size_t error_size)
{
	json_t *json AUTO(json_decref) = NULL;
	struct fault fault = {0};
	long code, sequence;

	*result = (struct published){0};
	if (parse_plain(result, data, len))
		return;
	result->error = error;
	if (!json_parse(&json, data, len, &fault)) {
		(void)snprintf(
			error, error_size, "JetStream's answer is %s", fault.text);
		return;
	}
	if (json_at(json, "/error")) {
		code = json_integer_or(json, "/error/code", 500);
		result->error_code = (int)json_integer_or(json, "/error/err_code", 0);
		result->refused = is_final(code, result->error_code);
		(void)snprintf(error, error_size, "JetStream refuses: %s (%d)",
			json_string_or(json, "/error/description", "no reason given"),
			result->error_code);
		return;
	}
	/* Zero, and "duplicate", is how a cluster before 2.10.20 says "in process". */
	sequence = json_integer_or(json, "/seq", 0);
	result->sequence = sequence > 0 ? (uint64_t)sequence : 0;
	result->duplicate = json_bool_or(json, "/duplicate", false);
	result->stored = result->sequence > 0;
	if (result->stored)
		result->error = NULL;
	else
		(void)snprintf(error, error_size, "JetStream's answer has no sequence");
}
