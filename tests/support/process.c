// SPDX-License-Identifier: Apache-2.0
#include "tests/support/process.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/auto.h"
#include "common/clock.h"

enum { POLL_MS = 10, OUTPUT_DEADLINE_MS = 60000 };

/* What every process gets of our own environment. */
static const char *const inherited[] = {"PATH", "HOME", "TMPDIR", "LANG",
	"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE"};

void environment_set(struct environment *environment, const char *entry, ...)
{
	va_list arguments;
	char *line = NULL;
	size_t key, i = 0;

	va_start(arguments, entry);
	cr_assert(vasprintf(&line, entry, arguments) > 0);
	va_end(arguments);
	key = strcspn(line, "=") + 1;
	while (i < environment->count &&
		strncmp(environment->entries[i], line, key) != 0)
		i++;
	cr_assert(i < ENVIRONMENT_MAX - 1);
	free(environment->entries[i]);
	environment->entries[i] = line;
	if (i == environment->count)
		environment->count++;
}

void environment_done(struct environment *environment)
{
	for (size_t i = 0; i < environment->count; i++)
		free(environment->entries[i]);
	*environment = (struct environment){0};
}

static void become(const char *user)
{
	const struct passwd *entry;

	if (!user || geteuid() != 0)
		return;
	entry = getpwnam(user);
	if (!entry || setgroups(0, NULL) || setgid(entry->pw_gid) ||
		setuid(entry->pw_uid)) {
		(void)fprintf(stderr, "cannot become %s\n", user);
		_exit(127);
	}
}

static void take_log(const char *path)
{
	int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	int none = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (log < 0 || none < 0 || dup2(none, 0) < 0 || dup2(log, 1) < 0 ||
		dup2(log, 2) < 0)
		_exit(127);
}

_Noreturn static void become_program(
	const struct process_start *start, const char *log, pid_t parent)
{
	struct environment environment = {0};

	for (size_t i = 0; i < countof(inherited); i++)
		if (getenv(inherited[i]))
			environment_set(&environment, "%s=%s", inherited[i],
				getenv(inherited[i]));
	for (size_t i = 0; start->environment && i < start->environment->count; i++)
		environment_set(&environment, "%s", start->environment->entries[i]);
	take_log(log);
	become(start->user);
	(void)prctl(
		PR_SET_PDEATHSIG, start->death_signal ? start->death_signal : SIGKILL);
	if (getppid() != parent)
		_exit(127);
	(void)execve(start->arguments[0], (char *const *)start->arguments,
		environment.entries);
	(void)fprintf(stderr, "%s: %s\n", start->arguments[0], strerror(errno));
	_exit(127);
}

void process_start(struct process *process, const struct process_start *start)
{
	pid_t parent = getpid();

	process->name = start->name;
	(void)snprintf(process->log, sizeof(process->log), "%s/%s.log",
		start->directory, start->name);
	process->pid = fork();
	cr_assert(process->pid >= 0, "fork: %s", strerror(errno));
	if (process->pid == 0)
		become_program(start, process->log, parent);
}

/* The exit status, or -1 while it runs. */
static int reap(struct process *process)
{
	int status;
	pid_t got = waitpid(process->pid, &status, WNOHANG);

	if (got == 0)
		return -1;
	process->pid = 0;
	if (got < 0)
		return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool process_is_alive(struct process *process)
{
	return process->pid > 0 && reap(process) < 0;
}

void process_signal(const struct process *process, int number)
{
	if (process->pid > 0)
		(void)kill(process->pid, number);
}

int process_stop(struct process *process, int number, long deadline_ms)
{
	int64_t deadline = clock_mono_ms() + deadline_ms;
	int status = 0;

	if (process->pid <= 0)
		return 0;
	process_signal(process, number);
	while ((status = reap(process)) < 0) {
		if (clock_mono_ms() > deadline) {
			process_kill(process);
			return -1;
		}
		clock_sleep_ms(POLL_MS);
	}
	return status;
}

void process_kill(struct process *process)
{
	if (process->pid <= 0)
		return;
	(void)kill(process->pid, SIGKILL);
	(void)waitpid(process->pid, NULL, 0);
	process->pid = 0;
}

int process_output(const struct process_start *start, char *out, size_t size)
{
	struct process process = {0};
	int status, fd;
	ssize_t got;

	process_start(&process, start);
	status = process_stop(&process, 0, OUTPUT_DEADLINE_MS);
	fd = open(process.log, O_RDONLY | O_CLOEXEC);
	cr_assert(fd >= 0, "%s: %s", process.log, strerror(errno));
	got = read(fd, out, size - 1);
	out[got < 0 ? 0 : got] = '\0';
	(void)close(fd);
	(void)unlink(process.log);
	return status;
}
