// SPDX-License-Identifier: Apache-2.0
#include "tests/threads/threads.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/nats/streams.h"
#include "common/nats/subjects.h"

enum { PATH_SIZE = 128, START_MS = 30000, DAY_MS = 86400000, WALK = 16 };

static char place[PATH_SIZE], url[64];
static pid_t server;

void crew_start(struct crew *crew, int count, void *(*run)(void *), void *context)
{
	must(count <= CREW_MAX);
	for (crew->count = 0; crew->count < count; crew->count++)
		must(pthread_create(&crew->ids[crew->count], NULL, run, context) == 0);
}

void crew_join(struct crew *crew)
{
	for (int i = 0; i < crew->count; i++)
		(void)pthread_join(crew->ids[i], NULL);
}

static bool read_url(void)
{
	char path[PATH_SIZE + 64];
	json_t *ports AUTO(json_decref) = NULL;
	const char *first;

	(void)snprintf(
		path, sizeof(path), "%s/nats-server_%d.ports", place, (int)server);
	ports = json_load_file(path, 0, NULL);
	first = json_string_at(ports, "/nats/0");
	if (first)
		(void)snprintf(url, sizeof(url), "%s", first);
	return first != NULL;
}

static void launch(void)
{
	const char *port = *url ? strrchr(url, ':') + 1 : "-1";
	const char *arguments[] = {"nats-server", "-js", "-a", "127.0.0.1", "-p", port,
		"--ports_file_dir", place, "-sd", place, "-l", "/dev/null", NULL};

	server = fork();
	must(server >= 0);
	if (server == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)setenv(
			"PATH", "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin", 1);
		(void)execvp(arguments[0], (char *const *)(uintptr_t)arguments);
		_exit(127);
	}
	for (int64_t until = clock_mono_ms() + START_MS; !read_url();) {
		must(clock_mono_ms() < until);
		clock_sleep_ms(10);
	}
}

static int remove_one(
	const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static void clean(void)
{
	server_stop();
	(void)nftw(place, remove_one, WALK, FTW_DEPTH | FTW_PHYS);
}

void server_start(void)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(place, sizeof(place), "%.64s/tocsin-threads-XXXXXX",
		tmp && *tmp ? tmp : "/tmp");
	must(mkdtemp(place));
	launch();
	must(atexit(clean) == 0);
}

void server_stop(void)
{
	if (server <= 0)
		return;
	(void)kill(server, SIGKILL);
	(void)waitpid(server, NULL, 0);
	server = 0;
}

void server_again(void)
{
	launch();
}

struct daemon_config server_config(void)
{
	static char none[] = "";

	return (struct daemon_config){
		.nats_url = url, .nats_credentials = none, .nats_ca_file = none};
}

struct bus *server_bus(void)
{
	static const char *const names[] = {
		STREAM_EVENTS, STREAM_DEAD, BUCKET_TRIES, NULL};
	const struct streams_config streams = {.replicas = 1,
		.duplicates_ms = DAY_MS,
		.events_age_ms = DAY_MS,
		.audit_age_ms = DAY_MS};
	const struct daemon_config config = server_config();
	struct fault fault = {0};
	struct bus *bus = NULL;

	must(bus_open(&bus, &config, "threads", &fault));
	must(streams_ensure(bus, &streams, names, &fault));
	return bus;
}

int http_ask(const char *address, const char *path)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct timeval patience = {.tv_sec = 20};
	char text[4096];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), status = 0;
	ssize_t got, len = 0;

	must(fd >= 0);
	to.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)snprintf(text, sizeof(text),
		"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
		"Connection: close\r\n\r\nhello",
		path);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
		send(fd, text, strlen(text), MSG_NOSIGNAL) > 0) {
		while (len < (ssize_t)sizeof(text) - 1 &&
			(got = recv(fd, text + len, sizeof(text) - 1 - (size_t)len,
				 0)) > 0)
			len += got;
		text[len] = '\0';
		(void)sscanf(text, "HTTP/1.1 %d", &status);
	}
	(void)close(fd);
	return status;
}
