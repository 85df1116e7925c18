// SPDX-License-Identifier: Apache-2.0
// Signed deliveries of 2 KB through tocsin-ingress into JetStream, beside JetStream's
// own asynchronous publish of the same messages and a bare answer of the same HTTP
// server.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/hmac.h"
#include "common/http/http_server.h"
#include "common/ids.h"
#include "common/nats/subjects.h"
#include "common/stop.h"
#include "ingress/delivery.h"
#include "tests/bench/bench.h"
#include "tests/bench/floor.h"
#include "tests/bench/load.h"

#define SECRET "a secret for the bench only"

/* Counted as in life, but high: all deliveries are of one repository. */
#define LIMITS "TOCSIN_INGRESS_LIMITS=*=1000000/s:1000000"

#define SETTINGS "TOCSIN_GITHUB_WEBHOOK_SECRET=" SECRET, LIMITS

enum { BODY_LEN = 2048, ROUNDS_MAX = 15, FEW = 64, MANY = 256, AGAINST_MS = 20000 };

static const char no_id[LOAD_ID_LEN + 1] = "0000000000000000";

/* A comment whose text fills it up to BODY_LEN. */
static void body_make(char *body)
{
	int len = snprintf(body, BODY_LEN,
		"{\"action\":\"created\",\"issue\":{\"number\":7,\"title\":\"t\"},"
		"\"repository\":{\"full_name\":\"acme/"
		"shop\"},\"sender\":{\"login\":\"ann\","
		"\"type\":\"User\"},\"comment\":{\"id\":1,\"body\":\"");

	memset(body + len, 'x', (size_t)(BODY_LEN - len));
	memcpy(body + BODY_LEN - 3, "\"}}", 3);
}

struct request {
	char bytes[BODY_LEN + 1024];
	size_t len, id_offset;
};

static void request_make(struct request *request, const char *path, const char *body)
{
	unsigned char mac[HMAC_SIZE];
	char hex[HMAC_HEX_SIZE];
	int head;

	hmac_sha256(
		mac, SECRET, strlen(SECRET), &(struct hmac_part){body, BODY_LEN}, 1);
	id_hex(hex, mac, sizeof(mac));
	head = snprintf(request->bytes, sizeof(request->bytes),
		"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: "
		"GitHub-Hookshot/bench\r\n"
		"Accept: */*\r\nContent-Type: application/json\r\nX-GitHub-Event: "
		"issue_comment\r\nX-GitHub-Delivery: 72d3162e-cc78-11e3-81ab-%s\r\n"
		"X-Hub-Signature-256: sha256=%s\r\nContent-Length: %d\r\n\r\n",
		path, no_id, hex, BODY_LEN);
	memcpy(request->bytes + head, body, BODY_LEN);
	request->len = (size_t)head + BODY_LEN;
	request->id_offset = (size_t)(strstr(request->bytes, no_id) - request->bytes);
}

static const char *header_of(void *context, const char *name)
{
	(void)context;
	if (strcasecmp(name, "X-GitHub-Delivery") == 0)
		return "72d3162e-cc78-11e3-81ab-";
	return strcasecmp(name, "X-GitHub-Event") == 0 ? "issue_comment" : NULL;
}

/* JetStream's floor publishes what the ingress would: the same subject, headers, bytes.
 */
static struct figure publish_floor(struct bus *bus, const char *body, long seconds)
{
	struct wire wire AUTO(wire_done) = {0};
	struct delivery delivery = {.source = &sources[0],
		.body = body,
		.body_len = BODY_LEN,
		.content_type = "application/json",
		.request_id = "0190a5e4-0000-7000-8000-000000000000",
		.received_at_us = clock_wall_us()};
	struct delivery_message message = {.wire = &wire};
	const char *names[DELIVERY_HEADERS + 1] = {0},
					     *values[DELIVERY_HEADERS + 1] = {0};
	struct fault fault = {0};

	delivery_identify(&delivery, header_of, NULL);
	if (!delivery_message(&message, &delivery, header_of, NULL, &fault))
		die("%s", fault.text);
	for (size_t i = 0; i < message.outgoing.header_count; i++) {
		names[i] = message.outgoing.headers[i].name;
		values[i] = message.outgoing.headers[i].value;
	}
	return floor_publish(bus,
		&(struct floor_message){
			message.subject, names, values, wire.data, wire.len},
		seconds);
}

static void answer_bare(void *context, struct http_request *request)
{
	static const char body[] = "{\"ok\":true}";

	(void)context;
	http_answer(request,
		&(struct http_answer){
			.status = 200, .body = body, .len = sizeof(body) - 1});
}

int bench_serve_bare(const char *listen_file, unsigned io_threads)
{
	static const struct http_route routes[] = {
		{.method = "POST", .path = "/bare", .handle = answer_bare},
		{.method = "GET", .path = "/bare", .handle = answer_bare}, {0}};
	struct http_server *server AUTO(http_server_stop) = NULL;
	struct fault fault = {0};

	stop_install();
	if (!http_server_start(&server,
		    &(struct http_server_options){.listen = "127.0.0.1:0",
			    .listen_file = listen_file,
			    .io_threads = io_threads,
			    .routes = routes},
		    &fault))
		die("%s", fault.text);
	stop_wait();
	return EXIT_SUCCESS;
}

pid_t start_bare(
	const struct bench *bench, unsigned io_threads, char *address, size_t size)
{
	char listen_file[300], threads[16];
	pid_t pid;

	(void)snprintf(
		listen_file, sizeof(listen_file), "%s/bare.listen", bench->place);
	(void)snprintf(threads, sizeof(threads), "%u", io_threads);
	pid = start_program(bench, "bare",
		(const char *const[]){
			"/proc/self/exe", "serve-bare", listen_file, threads, NULL},
		NULL);
	read_when_there(listen_file, address, size);
	return pid;
}

/* One of the two servers under load. */
struct target {
	char address[64];
	pid_t pid;
	struct request request;
};

static struct figure drive(const struct target *target, int connections, long seconds)
{
	const struct request *request = &target->request;

	return load_run(&(struct load){.address = target->address,
		.server = target->pid,
		.request = request->bytes,
		.request_len = request->len,
		.id_offset = request->id_offset,
		.connections = connections,
		.seconds = seconds,
		.expected_status = 200});
}

struct rounds {
	struct figure few[ROUNDS_MAX], many[ROUNDS_MAX], publish[ROUNDS_MAX],
		bare[ROUNDS_MAX], against_few[ROUNDS_MAX], against_many[ROUNDS_MAX];
};

struct targets {
	struct target ingress, bare, against;
};

static void measure(struct bench *bench, struct rounds *rounds, struct targets *targets,
	struct bus *bus)
{
	struct target *ingress = &targets->ingress, *bare = &targets->bare,
		      *against = &targets->against;
	char body[BODY_LEN];

	body_make(body);
	request_make(&ingress->request, "/webhooks/github", body);
	request_make(&bare->request, "/bare", body);
	request_make(&against->request, "/webhooks/github", body);
	for (long i = 0; i < bench->rounds; i++) {
		rounds->publish[i] = publish_floor(bus, body, bench->seconds);
		rounds->bare[i] = drive(bare, FEW, bench->seconds);
		rounds->few[i] = drive(ingress, FEW, bench->seconds);
		rounds->many[i] = drive(ingress, MANY, bench->seconds);
		if (!bench->against)
			continue;
		rounds->against_few[i] = drive(against, FEW, bench->seconds);
		rounds->against_many[i] = drive(against, MANY, bench->seconds);
	}
}

/* A port that was free a moment ago: CMD is told of it and must serve there. */
static void free_address(char *address, size_t size)
{
	struct sockaddr_in name = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(name);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) != 0 ||
		getsockname(fd, (struct sockaddr *)&name, &len) != 0)
		die("no free port");
	(void)close(fd);
	(void)snprintf(address, size, "127.0.0.1:%u", ntohs(name.sin_port));
}

static bool is_served(const char *address)
{
	struct sockaddr_in name = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool served;

	name.sin_port = htons((uint16_t)strtol(strrchr(address, ':') + 1, NULL, 10));
	served = connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0;
	(void)close(fd);
	return served;
}

/* The shell becomes CMD where it can, so that its time and end are CMD's. */
static void start_against(
	const struct bench *bench, struct target *target, const char *nats_url)
{
	char address[96], nats[160], command[1024];
	int64_t until = clock_mono_ms() + AGAINST_MS;

	free_address(target->address, sizeof(target->address));
	(void)snprintf(address, sizeof(address), "BENCH_ADDRESS=%s", target->address);
	(void)snprintf(nats, sizeof(nats), "BENCH_NATS_URL=%s", nats_url);
	if (snprintf(command, sizeof(command), "exec %s", bench->against) >=
		(int)sizeof(command))
		die("--against: the command is too long");
	target->pid = start_program(bench, "against",
		(const char *const[]){"sh", "-c", command, NULL},
		(const char *const[]){address, nats, "BENCH_SECRET=" SECRET, NULL});
	while (!is_served(target->address)) {
		if (clock_mono_ms() > until)
			die("--against: nobody serves %s; see %s/against.log",
				target->address, bench->place);
		clock_sleep_ms(20);
	}
}

static void report_against(struct bench *bench, struct rounds *rounds, double ours)
{
	size_t count = (size_t)bench->rounds;
	struct figure few = figure_median(rounds->against_few, count),
		      many = figure_median(rounds->against_many, count);

	bench_say(bench, "against, 64 connections", &few);
	bench_say(bench, "against, 256 connections", &many);
	bench_share(bench, "ours to against, 64 connections", ours, few.per_second);
}

static int report(struct bench *bench, struct rounds *rounds)
{
	size_t count = (size_t)bench->rounds;
	struct figure few = figure_median(rounds->few, count),
		      many = figure_median(rounds->many, count),
		      publish = figure_median(rounds->publish, count),
		      bare = figure_median(rounds->bare, count);

	bench_say(bench, "ingress, 64 connections", &few);
	bench_say(bench, "ingress, 256 connections", &many);
	bench_say(bench, "floor: JetStream asynchronous publish", &publish);
	bench_say(bench, "floor: bare HTTP answer, 64 connections", &bare);
	bench_share(bench, "share of JetStream, 64 connections", few.per_second,
		publish.per_second);
	bench_share(bench, "share of JetStream, 256 connections", many.per_second,
		publish.per_second);
	bench_share(bench, "share of bare HTTP, 64 connections", few.per_second,
		bare.per_second);
	if (bench->against)
		report_against(bench, rounds, few.per_second);
	return few.failed || many.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int bench_ingress(struct bench *bench)
{
	char nats_url[128], nats_setting[160];
	static struct rounds rounds;
	static struct targets targets;
	struct bus *bus AUTO(bus_close) = NULL;
	pid_t nats;

	if (bench->idle)
		return bench_ingress_idle(bench);
	if (bench->rounds > ROUNDS_MAX)
		bench->rounds = ROUNDS_MAX;
	nats = start_nats(bench, nats_url, sizeof(nats_url));
	(void)snprintf(
		nats_setting, sizeof(nats_setting), "TOCSIN_NATS_URL=%s", nats_url);
	targets.ingress.pid = start_daemon(bench, "ingress",
		(const char *const[]){nats_setting, SETTINGS, NULL},
		targets.ingress.address, sizeof(targets.ingress.address));
	targets.bare.pid = start_bare(bench, http_processors(HTTP_IO_THREADS_USUAL),
		targets.bare.address, sizeof(targets.bare.address));
	if (bench->against)
		start_against(bench, &targets.against, nats_url);
	bus = bench_bus(nats_url);
	measure(bench, &rounds, &targets, bus);
	bus_close(TAKE(bus));
	stop_process(targets.against.pid);
	stop_process(targets.ingress.pid);
	stop_process(targets.bare.pid);
	stop_process(nats);
	return report(bench, &rounds);
}
