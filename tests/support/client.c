// SPDX-License-Identifier: Apache-2.0
#include "tests/support/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"

enum { ALL_TIMEOUT_MS = 30000, THREADS_MAX = 128 };

void exchange_done(struct exchange *exchange)
{
	text_done(&exchange->request);
	free(exchange->head);
	free(exchange->body);
	*exchange = (struct exchange){0};
}

void request_write(struct text *out, const char *line, const char *headers,
	const void *body, size_t len)
{
	text_printf(out,
		"%s HTTP/1.1\r\nHost: tocsin.test\r\nConnection: close\r\n"
		"Content-Length: %zu\r\n%s\r\n",
		line, len, headers);
	text_add_bytes(out, body, len);
}

static bool bind_to(int fd, const char *from)
{
	struct sockaddr_in own = {.sin_family = AF_INET};

	return !from ||
		(inet_pton(AF_INET, from, &own.sin_addr) == 1 &&
			bind(fd, (struct sockaddr *)&own, sizeof(own)) == 0);
}

int client_dial(const char *address, const char *from, long timeout_ms)
{
	struct timeval limit = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
	const char *colon = strrchr(address, ':');
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_port = htons((uint16_t)strtol(colon ? colon + 1 : "0", NULL, 10));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (!bind_to(fd, from) || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

bool client_send(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		data += sent;
		len -= (size_t)sent;
	}
	return true;
}

/* Until the other side closes, or time is up. */
static void receive_all(int fd, struct text *out)
{
	char chunk[16384];
	ssize_t got;

	while ((got = recv(fd, chunk, sizeof(chunk), 0)) > 0)
		text_add_bytes(out, chunk, (size_t)got);
}

static void unchunk(struct text *out, const char *data)
{
	unsigned long size;
	char *after;

	while ((size = strtoul(data, &after, 16)) > 0 &&
		strncmp(after, "\r\n", 2) == 0 && strlen(after + 2) >= size) {
		text_add_bytes(out, after + 2, size);
		data = after + 2 + size + 2;
	}
}

static bool take_answer(struct exchange *exchange, const struct text *answer)
{
	const char *all = text_string(answer), *end = strstr(all, "\r\n\r\n");
	struct text body AUTO(text_done) = {0};
	char encoding[32];

	if (!end || sscanf(all, "HTTP/1.%*d %d", &exchange->status) != 1) {
		exchange->status = 0;
		exchange->head = strdup("");
		exchange->body = strdup("");
		return false;
	}
	exchange->head = strndup(all, (size_t)(end - all) + 2);
	if (*exchange_header(exchange, "Transfer-Encoding", encoding, sizeof(encoding)))
		unchunk(&body, end + 4);
	else
		text_add(&body, end + 4);
	exchange->body = strdup(text_string(&body));
	return true;
}

bool exchange_run(struct exchange *exchange, const char *address, long timeout_ms)
{
	struct text answer AUTO(text_done) = {0};
	int64_t start = clock_mono_ms();
	int fd = client_dial(address, exchange->from, timeout_ms);

	free(exchange->head);
	free(exchange->body);
	if (fd >= 0 &&
		client_send(fd, text_string(&exchange->request), exchange->request.len))
		receive_all(fd, &answer);
	if (fd >= 0)
		(void)close(fd);
	exchange->took_ms = (long)(clock_mono_ms() - start);
	return take_answer(exchange, &answer);
}

struct crowd {
	struct exchange *exchanges;
	size_t count;
	const char *address;
	atomic_size_t next;
};

static void *send_some(void *context)
{
	struct crowd *crowd = context;
	size_t i;

	while ((i = atomic_fetch_add(&crowd->next, 1)) < crowd->count)
		(void)exchange_run(
			&crowd->exchanges[i], crowd->address, ALL_TIMEOUT_MS);
	return NULL;
}

void exchange_run_all(
	struct exchange *exchanges, size_t count, const char *address, int threads)
{
	struct crowd crowd = {
		.exchanges = exchanges, .count = count, .address = address};
	pthread_t ids[THREADS_MAX];
	int started = 0;

	while (started < threads && started < THREADS_MAX &&
		pthread_create(&ids[started], NULL, send_some, &crowd) == 0)
		started++;
	(void)send_some(&crowd);
	while (started > 0)
		(void)pthread_join(ids[--started], NULL);
}

const char *exchange_header(
	const struct exchange *exchange, const char *name, char *out, size_t size)
{
	size_t len = strlen(name);

	*out = '\0';
	for (const char *line = exchange->head; line && *line;) {
		const char *end = strstr(line, "\r\n");

		if (!end)
			break;
		if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
			line += len + 1;
			line += strspn(line, " ");
			(void)snprintf(out, size, "%.*s", (int)(end - line), line);
			break;
		}
		line = end + 2;
	}
	return out;
}
