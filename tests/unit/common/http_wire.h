// SPDX-License-Identifier: Apache-2.0
// A client for tests of the HTTP server that can misbehave: bytes out, answers in.
#pragma once

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WIRE_SIZE = 65536, WIRE_MS = 5000 };

/* What has come and was not read yet. */
struct wire {
	int fd;
	size_t len;
	char data[WIRE_SIZE];
};

struct wire_answer {
	int status;
	char head[4096]; /* with its empty line */
	char body[WIRE_SIZE];
};

/* -1 when nobody listens. */
__attribute__((unused)) static int wire_try(const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_geq(fd, 0);
	to.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

__attribute__((unused)) static void wire_open(struct wire *wire, const char *address)
{
	wire->len = 0;
	wire->fd = wire_try(address);
	cr_assert_geq(wire->fd, 0);
}

__attribute__((unused)) static void wire_close(struct wire *wire)
{
	(void)close(wire->fd);
}

__attribute__((unused)) static void wire_send(struct wire *wire, const char *bytes)
{
	size_t len = strlen(bytes);

	cr_assert_eq(send(wire->fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* True when something, or the end, comes within `ms`. */
__attribute__((unused)) static bool wire_waits(struct wire *wire, int ms)
{
	return poll(&(struct pollfd){wire->fd, POLLIN, 0}, 1, ms) == 1;
}

/* False at the end of the connection. */
__attribute__((unused)) static bool wire_more(struct wire *wire)
{
	ssize_t got;

	cr_assert_lt(wire->len, sizeof(wire->data) - 1);
	cr_assert(wire_waits(wire, WIRE_MS), "the server is silent");
	got = recv(wire->fd, wire->data + wire->len, sizeof(wire->data) - 1 - wire->len,
		0);
	if (got <= 0)
		return false;
	wire->len += (size_t)got;
	wire->data[wire->len] = '\0';
	return true;
}

/* The value of a header, "" when it is not there. Borrowed from a static buffer. */
__attribute__((unused)) static const char *wire_header(
	const struct wire_answer *answer, const char *name)
{
	static char value[512];
	size_t len = strlen(name);

	for (const char *line = strstr(answer->head, "\r\n"); line && line[2] != '\r';
		line = strstr(line + 2, "\r\n"))
		if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':') {
			const char *from = line + 2 + len + 1;

			from += strspn(from, " ");
			(void)snprintf(value, sizeof(value), "%.*s",
				(int)strcspn(from, "\r"), from);
			return value;
		}
	return "";
}

/* False when the connection ended first. `has_body` is false after HEAD. */
__attribute__((unused)) static bool wire_read(
	struct wire *wire, struct wire_answer *answer, bool has_body)
{
	const char *end;
	size_t head, body;

	wire->data[wire->len] = '\0';
	while (!(end = strstr(wire->data, "\r\n\r\n")))
		if (!wire_more(wire))
			return false;
	head = (size_t)(end - wire->data) + 4;
	cr_assert_lt(head, sizeof(answer->head));
	memcpy(answer->head, wire->data, head);
	answer->head[head] = '\0';
	cr_assert_eq(sscanf(answer->head, "HTTP/1.1 %d", &answer->status), 1, "%s",
		answer->head);
	body = has_body ? (size_t)atoi(wire_header(answer, "Content-Length")) : 0;
	while (wire->len < head + body)
		if (!wire_more(wire))
			return false;
	memcpy(answer->body, wire->data + head, body);
	answer->body[body] = '\0';
	wire->len -= head + body;
	memmove(wire->data, wire->data + head + body, wire->len);
	return true;
}

/* One request and its answer; returns the status. */
__attribute__((unused)) static int wire_ask(
	struct wire *wire, struct wire_answer *answer, const char *request)
{
	wire_send(wire, request);
	cr_assert(wire_read(wire, answer, strncmp(request, "HEAD ", 5) != 0),
		"no answer to %s", request);
	return answer->status;
}

/* True when the server has closed, and nothing came before. */
__attribute__((unused)) static bool wire_has_ended(struct wire *wire)
{
	return wire->len == 0 && !wire_more(wire);
}
