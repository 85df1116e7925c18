// SPDX-License-Identifier: Apache-2.0
// What libcurl sends again by itself when a kept connection breaks: against a server that
// answers the first request of each connection and, hangs up at its second.
#include "common/http/http_client.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/auto.h"

enum { CONNECTIONS = 16, POLL_MS = 50 };

static struct {
	int listener, fds[CONNECTIONS], requests[CONNECTIONS];
	int count, port;
	atomic_int seen;
	atomic_bool stop;
	pthread_t thread;
} server;

/* `i` may answer only once. A connection that is hung up on looks alive to the client
 * until it sends: that is what a proxy with an idle timeout leaves behind. */
static void serve(int i)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	char request[4096];
	ssize_t len = recv(server.fds[i], request, sizeof(request), 0);

	if (len > 0) {
		(void)atomic_fetch_add(&server.seen, 1);
		if (server.requests[i]++ == 0) {
			cr_assert_eq(send(server.fds[i], answer, sizeof(answer) - 1,
					     MSG_NOSIGNAL),
				sizeof(answer) - 1);
			return;
		}
	}
	(void)close(server.fds[i]);
	server.fds[i] = -1;
}

static void *run(void *unused)
{
	(void)unused;
	while (!atomic_load(&server.stop)) {
		struct pollfd polled[CONNECTIONS + 1] = {{server.listener, POLLIN, 0}};

		for (int i = 0; i < server.count; i++)
			polled[i + 1] = (struct pollfd){server.fds[i], POLLIN, 0};
		if (poll(polled, (nfds_t)server.count + 1, POLL_MS) <= 0)
			continue;
		for (int i = 0; i < server.count; i++)
			if (polled[i + 1].revents)
				serve(i);
		if (polled[0].revents) {
			cr_assert_lt(server.count, CONNECTIONS);
			server.fds[server.count++] =
				accept(server.listener, NULL, NULL);
		}
	}
	return NULL;
}

static void start(void)
{
	struct sockaddr_in here = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(here);

	server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(server.listener, (struct sockaddr *)&here, size), 0);
	cr_assert_eq(listen(server.listener, CONNECTIONS), 0);
	cr_assert_eq(getsockname(server.listener, (struct sockaddr *)&here, &size), 0);
	server.port = ntohs(here.sin_port);
	cr_assert_eq(pthread_create(&server.thread, NULL, run, NULL), 0);
}

static void stop(void)
{
	atomic_store(&server.stop, true);
	(void)pthread_join(server.thread, NULL);
}

TestSuite(http_repeat, .init = start, .fini = stop, .timeout = 30);

/* How often the server saw the request. */
static int seen_of(struct http_client *client, const char *method)
{
	struct http_reply reply AUTO(http_reply_done) = {0};
	struct fault fault = {0};
	int before = atomic_load(&server.seen);
	char url[64];

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/", server.port);
	cr_expect(http_fetch(client, &(struct http_call){.method = method, .url = url},
			  &reply, &fault),
		"%s: %s", method, fault.text);
	return atomic_load(&server.seen) - before;
}

Test(http_repeat, what_has_an_effect_is_sent_once)
{
	static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE"};
	struct http_client *client AUTO(http_client_close) = NULL;
	struct fault fault = {0};

	cr_assert(http_client_open(&client, "", &fault));
	cr_expect_eq(seen_of(client, "GET"), 1);
	for (size_t i = 0; i < countof(methods); i++)
		cr_expect_eq(seen_of(client, methods[i]), 1, "%s", methods[i]);
}

Test(http_repeat, a_get_is_sent_twice_at_most)
{
	struct http_client *client AUTO(http_client_close) = NULL;
	struct fault fault = {0};

	cr_assert(http_client_open(&client, "", &fault));
	cr_expect_eq(seen_of(client, "GET"), 1);
	cr_expect_eq(seen_of(client, "POST"), 1);
	cr_expect_eq(seen_of(client, "GET"), 2);
}
