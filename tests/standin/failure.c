// SPDX-License-Identifier: Apache-2.0
// Things that go wrong on order: refusals, silence, and effects whose answer is lost.
#include "tests/standin/standin.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

enum { DESCRIPTORS = 4096 };

static bool is_meant(const json_t *order, struct http_request *request)
{
	const char *path = json_string_or(order, "/path", "");
	const char *method = json_string_or(order, "/method", http_method(request));
	const char *contains = json_string_or(order, "/contains", "");
	size_t len;
	const void *body = http_body(request, &len);

	return strncmp(http_path(request), path, strlen(path)) == 0 &&
		strcmp(method, http_method(request)) == 0 &&
		(!*contains || memmem(body, len, contains, strlen(contains)));
}

/* Counts the order's key down; false when it is used up. */
static bool count_down(json_t *order, const char *key, long otherwise)
{
	char pointer[16];
	long left;

	(void)snprintf(pointer, sizeof(pointer), "/%s", key);
	left = json_integer_or(order, pointer, otherwise);
	if (left <= 0)
		return false;
	(void)json_object_set_new(order, key, json_integer(left - 1));
	return true;
}

struct failure failure_take(struct standin *standin, struct http_request *request)
{
	struct failure failure = {0};
	json_t *order;
	size_t i;

	json_array_foreach(standin->failures, i, order)
	{
		if (!is_meant(order, request) ||
			json_integer_or(order, "/count", 1) <= 0)
			continue;
		if (count_down(order, "skip", 0))
			return failure;
		(void)count_down(order, "count", 1);
		failure.any = true;
		failure.status = (int)json_integer_or(order, "/status", 0);
		failure.hang_ms = json_integer_or(order, "/hang_ms", 0);
		failure.linger_ms = json_integer_or(order, "/linger_ms", 0);
		failure.hang_up = json_bool_or(order, "/hang_up", false);
		failure.retry_after_s = json_integer_or(order, "/retry_after", -1);
		return failure;
	}
	return failure;
}

static json_t *body_for(const char *path, int status)
{
	if (strncmp(path, "/slack/", 7) == 0)
		return json_pack("{s:b, s:s}", "ok", 0, "error",
			status == 429 ? "ratelimited" : "internal_error");
	if (strncmp(path, "/github/", 8) == 0)
		return json_pack("{s:s}", "message",
			status == 403 || status == 429
				? "You have exceeded a secondary rate limit. Please "
				  "wait a few minutes before you try again."
				: "Server Error");
	return json_pack("{s:{s:s, s:s, s:n, s:s?}}", "error", "message",
		status == 429 ? "Rate limit reached" : "The server had an error",
		"type", status == 429 ? "requests" : "server_error", "param", "code",
		status == 429 ? "rate_limit_exceeded" : NULL);
}

void failure_answer(
	const struct failure *failure, const char *path, struct answer *answer)
{
	answer->status = failure->status;
	answer->body = body_for(path, failure->status);
	if (failure->retry_after_s >= 0)
		(void)snprintf(answer->retry_after, sizeof(answer->retry_after), "%ld",
			failure->retry_after_s);
}

/* True for a connection that was accepted on `port`. */
static bool is_served(int fd, int port)
{
	struct sockaddr_in here = {0}, there = {0};
	socklen_t size = sizeof(here), peer_size = sizeof(there);

	return getsockname(fd, (struct sockaddr *)&here, &size) == 0 &&
		here.sin_family == AF_INET && ntohs(here.sin_port) == port &&
		getpeername(fd, (struct sockaddr *)&there, &peer_size) == 0;
}

void failure_hang_up(const char *address)
{
	const char *colon = strrchr(address, ':');
	int port = colon ? atoi(colon + 1) : 0;

	for (int fd = 3; fd < DESCRIPTORS; fd++)
		if (is_served(fd, port))
			(void)shutdown(fd, SHUT_RDWR);
}
