// SPDX-License-Identifier: Apache-2.0
// Processes that a test starts: each with its own environment and log file, and none
// outlives the test.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PATH_SIZE = 256, ENVIRONMENT_MAX = 64 };

/* "KEY=value" strings; the later of one key wins. */
struct environment {
	char *entries[ENVIRONMENT_MAX];
	size_t count;
};

void environment_set(struct environment *environment, const char *entry, ...)
	__attribute__((__format__(__printf__, 2, 3)));
void environment_done(struct environment *environment);

struct process {
	pid_t pid; /* 0: does not run */
	const char *name;
	char log[PATH_SIZE];
};

struct process_start {
	const char *name;
	const char *const *arguments; /* the program's path first, ended by NULL */
	const struct environment *environment; /* NULL: none but the base */
	const char *directory;                 /* of the log file <name>.log */
	const char *user;                      /* NULL: who runs the test */
	int death_signal; /* what it gets when the test dies; 0: SIGKILL */
};

/* Ends the test when it cannot be started. The log is appended to. */
void process_start(struct process *process, const struct process_start *start);

/* Reaps it when it has ended. */
bool process_is_alive(struct process *process);

void process_signal(const struct process *process, int number);

/*
 * Sends `number` and waits. The exit status, 128 and the signal that ended it, or -1
 * when it had to be killed because the deadline passed.
 */
int process_stop(struct process *process, int number, long deadline_ms);

/* kill -9, and reaped. */
void process_kill(struct process *process);

/*
 * Runs a program to its end with its output in `out`, cut at `size`; the exit status.
 */
int process_output(const struct process_start *start, char *out, size_t size);
