// SPDX-License-Identifier: Apache-2.0
// The source table, swapped by one thread as a SIGHUP does it, while deliveries that hold the
// old one are under way: in an I/O thread, in the pool, or waiting for JetStream's ack.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/source/source_table.h"
#include "ingress/webhook.h"
#include "tests/threads/threads.h"

enum {
	SWAPS = 60,
	SENDERS = 4,
	SMALL = 200,
	LARGE = 200 << 10, /* judged in the pool */
	IN_FLIGHT = 256,
	IO_THREADS = 2,
	PATIENCE_S = 20,
};

static struct webhook webhook;
static struct http_server *server;
static atomic_int swaps, accepted;
static char path[] = "/tmp/tocsin-sources-XXXXXX";

static void write_sources(void)
{
	static const char text[] =
		"{\"sources\":[{\"name\":\"home\",\"scheme\":\"bearer\","
		"\"secrets\":[{\"env\":\"TOCSIN_THREADS_SECRET\"}]}]}";
	int fd = mkstemp(path);

	must(fd >= 0 && write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1);
	(void)close(fd);
	must(setenv("TOCSIN_THREADS_SECRET", "of threads", 1) == 0);
}

static struct source_table *load(void)
{
	struct source_table *table = NULL;
	struct text problems AUTO(text_done) = {0};
	struct fault fault = {0};

	must(source_table_load(&table, path, &problems, &fault));
	return table;
}

static bool send_all(int fd, const char *data, size_t len)
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

static int deliver(const struct text *request)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct timeval patience = {.tv_sec = PATIENCE_S};
	const char *colon = strrchr(http_server_address(server), ':');
	char answer[64] = "";
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), status = 0;

	must(fd >= 0);
	to.sin_port = htons((uint16_t)strtol(colon + 1, NULL, 10));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	must(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
	if (send_all(fd, text_string(request), request->len) &&
		recv(fd, answer, sizeof(answer) - 1, MSG_WAITALL) > 0)
		(void)sscanf(answer, "HTTP/1.1 %d", &status);
	(void)close(fd);
	return status;
}

static void write_request(struct text *out, int sender, int number)
{
	int len = number % 2 ? LARGE : SMALL;

	text_printf(out,
		"POST /webhooks/generic/home HTTP/1.1\r\nHost: x\r\n"
		"Authorization: Bearer of threads\r\nContent-Type: application/json\r\n"
		"Connection: close\r\nContent-Length: %d\r\n\r\n{\"number\":\"%*d\"}",
		len, len - 13, sender * 1000000 + number);
}

static void *send_some(void *context)
{
	static atomic_int senders;
	int sender = atomic_fetch_add(&senders, 1);

	(void)context;
	for (int i = 0; atomic_load(&swaps) < SWAPS; i++) {
		struct text request AUTO(text_done) = {0};

		write_request(&request, sender, i);
		must(deliver(&request) == 200);
		atomic_fetch_add(&accepted, 1);
	}
	return NULL;
}

/* Each table is used before the next comes. */
static void swap_often(void)
{
	for (int i = 0; i < SWAPS; i++) {
		int enough = atomic_load(&accepted) + 2;

		webhook_replace_sources(&webhook, load());
		if (i % 10 == 0) /* one that is never taken */
			webhook_replace_sources(&webhook, load());
		while (atomic_load(&accepted) < enough)
			(void)usleep(1000);
		atomic_fetch_add(&swaps, 1);
	}
}

static void serve(void)
{
	static const struct http_route routes[] = {
		{.method = "POST",
			.path = "/webhooks/generic/{name}",
			.handle = webhook_handle},
		{0}};
	struct http_side sides[HTTP_IO_THREADS_MAX];
	struct fault fault = {0};

	webhook_sides(&webhook, sides);
	must(http_server_start(&server,
		&(struct http_server_options){.listen = "127.0.0.1:0",
			.routes = routes,
			.context = &webhook,
			.io_threads = IO_THREADS,
			.sides = sides,
			.blocking_threads = 2,
			.body_memory = 64 << 20,
			.body_share = 64 << 20},
		&fault));
}

int main(void)
{
	struct limits *limits AUTO(limits_free) = NULL;
	struct admission admission = {0};
	struct source_table *first AUTO(source_table_release) = NULL;
	struct daemon_config config;
	struct fault fault = {0};
	struct crew crew;
	struct bus *bus;

	server_start();
	bus = server_bus();
	config = server_config();
	write_sources();
	must(limits_new(&limits, &fault));
	admission.limits = limits;
	must(admission_read(&admission, "*=0", "0", "", &fault));
	first = load();
	webhook = (struct webhook){
		.admission = &admission, .ack_timeout_ms = PATIENCE_S * 1000};
	must(publisher_open(&webhook.audit, bus, IN_FLIGHT, &fault));
	must(webhook_open(&webhook,
		&(struct webhook_options){.daemon = &config,
			.threads = IO_THREADS,
			.max_in_flight = IN_FLIGHT,
			.sources = first},
		&fault));
	serve();
	crew_start(&crew, SENDERS, send_some, NULL);
	swap_often();
	crew_join(&crew);
	must(accepted >= 2 * SWAPS);
	http_server_stop(server);
	webhook_done(&webhook);
	publisher_close(webhook.audit);
	bus_close(bus);
	(void)unlink(path);
	return EXIT_SUCCESS;
}
