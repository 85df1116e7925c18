// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/bench/bench.h"

enum { PATH_SIZE = 512, DEADLINE_MS = 10000, ENVIRONMENT_MAX = 48 };

static void child(
	const char *log, const char *const *arguments, const char *const *environment)
{
	int output = open(log, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (output < 0 || dup2(output, STDOUT_FILENO) < 0 ||
		dup2(output, STDERR_FILENO) < 0)
		_exit(126);
	for (; environment && *environment; environment++)
		if (putenv((char *)(uintptr_t)*environment) != 0)
			_exit(126);
	(void)execvp(arguments[0], (char *const *)(uintptr_t)arguments);
	_exit(127);
}

pid_t start_program(const struct bench *bench, const char *name,
	const char *const *arguments, const char *const *environment)
{
	char log[PATH_SIZE];
	pid_t pid;

	(void)snprintf(log, sizeof(log), "%s/%s.log", bench->place, name);
	(void)fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid == 0)
		child(log, arguments, environment);
	return pid;
}

void stop_process(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
}

void read_when_there(const char *path, char *out, size_t size)
{
	int64_t until = clock_mono_ms() + DEADLINE_MS;

	while (clock_mono_ms() < until) {
		FILE *file = fopen(path, "re");

		if (file) {
			bool got = fgets(out, (int)size, file) != NULL;

			(void)fclose(file);
			out[got ? strcspn(out, "\n") : 0] = '\0';
			if (*out)
				return;
		}
		clock_sleep_ms(10);
	}
	die("%s did not come to be within %d s; look at the logs beside it", path,
		DEADLINE_MS / 1000);
}

/* --ports_file_dir gets a file of JSON with the URLs the server took. */
static void read_ports(const char *directory, pid_t pid, char *url, size_t size)
{
	char path[PATH_SIZE], line[1024];
	json_t *json;
	const char *first;

	(void)snprintf(
		path, sizeof(path), "%s/nats-server_%d.ports", directory, (int)pid);
	read_when_there(path, line, sizeof(line));
	json = json_load_file(path, 0, NULL);
	first = json_string_value(json_array_get(json_object_get(json, "nats"), 0));
	if (!first)
		die("%s names no port", path);
	(void)snprintf(url, size, "%s", first);
	json_decref(json);
}

pid_t start_nats(const struct bench *bench, char *url, size_t size)
{
	char store[PATH_SIZE];
	pid_t pid;

	(void)snprintf(store, sizeof(store), "%s/nats", bench->place);
	pid = start_program(bench, "nats-server",
		(const char *const[]){"nats-server", "-js", "-a", "127.0.0.1", "-p",
			"-1", "--ports_file_dir", bench->place, "-sd", store, NULL},
		NULL);
	read_ports(bench->place, pid, url, size);
	return pid;
}

pid_t start_daemon(const struct bench *bench, const char *name,
	const char *const *environment, char *address, size_t size)
{
	char program[PATH_SIZE], listen_file[PATH_SIZE + 32];
	const char *all[ENVIRONMENT_MAX];
	size_t count = 0;
	pid_t pid;

	(void)snprintf(program, sizeof(program), "%s/tocsin-%s", bench->bin, name);
	(void)snprintf(listen_file, sizeof(listen_file),
		"TOCSIN_LISTEN_FILE=%s/%s.listen", bench->place, name);
	(void)unlink(strchr(listen_file, '=') + 1);
	for (; *environment && count < ENVIRONMENT_MAX - 4; environment++)
		all[count++] = *environment;
	all[count++] = "TOCSIN_LISTEN=127.0.0.1:0";
	all[count++] = listen_file;
	all[count] = NULL;
	pid = start_program(bench, name, (const char *const[]){program, NULL}, all);
	read_when_there(strchr(listen_file, '=') + 1, address, size);
	return pid;
}

long resident_kib(pid_t pid)
{
	char path[64], line[256];
	long kib = -1;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	if (!file)
		die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	(void)fclose(file);
	return kib;
}

double cpu_seconds(pid_t pid)
{
	unsigned long long user, system;
	char path[64];
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	/* proc(5): fields 14 and 15, behind a name without spaces. */
	if (!file ||
		fscanf(file,
			"%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %llu",
			&user, &system) != 2)
		die("%s cannot be read", path);
	(void)fclose(file);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static int remove_one(
	const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

void remove_place(const struct bench *bench)
{
	(void)nftw(bench->place, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
