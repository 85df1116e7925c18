// SPDX-License-Identifier: Apache-2.0
// What connections cost that do nothing: the ingress's memory with 5,000 idle ones, and the
// latency of others while 5,000 dribble a request.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/load.h"

enum { CROWD = 5000, LIMIT_KIB = 64 * 1024, SETTLE_MS = 1000, OTHERS = 16 };

static const char health[] = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-Id: "
			     "0000000000000000\r\n\r\n";
static const char slow[] =
	"POST /webhooks/github HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ";

static int crowd[CROWD];
static atomic_bool leaving;

static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < CROWD + 200)
		die("%d descriptors are needed; see ulimit -Hn", CROWD + 200);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int dial(const char *address)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_port = htons((uint16_t)strtol(strrchr(address, ':') + 1, NULL, 10));
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("%s: %s", address, strerror(errno));
	return fd;
}

/* Each has had one answer, as a sender's connection that is kept has. */
static void gather(const char *address, const char *bytes, bool answered)
{
	char answer[4096];

	for (int i = 0; i < CROWD; i++) {
		crowd[i] = dial(address);
		if (send(crowd[i], bytes, strlen(bytes), MSG_NOSIGNAL) < 0 ||
			(answered && recv(crowd[i], answer, sizeof(answer), 0) <= 0))
			die("connection %d: %s", i, strerror(errno));
	}
}

static void disperse(void)
{
	for (int i = 0; i < CROWD; i++)
		(void)close(crowd[i]);
}

static void *dribble(void *context)
{
	(void)context;
	for (int i = 0; !atomic_load(&leaving); i = (i + 1) % CROWD) {
		(void)send(crowd[i], "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (i % 50 == 0)
			clock_sleep_ms(10);
	}
	return NULL;
}

static struct figure drive(const struct bench *bench, const char *address, pid_t pid)
{
	return load_run(&(struct load){.address = address,
		.server = pid,
		.request = health,
		.request_len = sizeof(health) - 1,
		.id_offset = (size_t)(strstr(health, "0000") - health),
		.connections = OTHERS,
		.seconds = bench->seconds,
		.expected_status = 200});
}

static int say_memory(struct bench *bench, long kib)
{
	(void)json_object_set_new(bench->figures, "ingress, 5000 idle connections",
		json_pack("{s:i, s:i}", "resident_kib", (int)kib, "limit_kib",
			LIMIT_KIB));
	if (!bench->json)
		(void)printf("%-44s %6.1f MiB resident   (limit %d MiB)%s\n",
			"ingress, 5000 idle connections", (double)kib / 1024,
			LIMIT_KIB / 1024, kib > LIMIT_KIB ? "   TOO MUCH" : "");
	return kib > 0 && kib <= LIMIT_KIB ? EXIT_SUCCESS : EXIT_FAILURE;
}

int bench_ingress_idle(struct bench *bench)
{
	char nats_url[128], setting[160], address[64];
	struct figure quiet, loud;
	pthread_t thread;
	pid_t nats = start_nats(bench, nats_url, sizeof(nats_url)), ingress;
	int status;

	raise_limit();
	(void)snprintf(setting, sizeof(setting), "TOCSIN_NATS_URL=%s", nats_url);
	ingress = start_daemon(bench, "ingress",
		(const char *const[]){setting, "TOCSIN_GITHUB_WEBHOOK_SECRET=x",
			"TOCSIN_INGRESS_REQUEST_TIMEOUT=10m", NULL},
		address, sizeof(address));
	gather(address, health, true);
	clock_sleep_ms(SETTLE_MS);
	status = say_memory(bench, resident_kib(ingress));
	disperse();
	quiet = drive(bench, address, ingress);
	gather(address, slow, false);
	if (pthread_create(&thread, NULL, dribble, NULL) != 0)
		die("no thread");
	loud = drive(bench, address, ingress);
	atomic_store(&leaving, true);
	(void)pthread_join(thread, NULL);
	disperse();
	bench_say(bench, "others, alone", &quiet);
	bench_say(bench, "others, with 5000 slow connections", &loud);
	stop_process(ingress);
	stop_process(nats);
	return status;
}
