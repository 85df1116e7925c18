// SPDX-License-Identifier: Apache-2.0
// main() of every flow test program: makes its directory, starts the PostgreSQL that
// its tests share, runs them one after another, and takes all away again.
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/options.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/place.h"
#include "tests/support/postgres.h"

#define PREFIX "tocsin-flow-"

enum { PATH_LIMIT = 512 };

static void path_of_test(char *out, size_t size, const struct criterion_test *test)
{
	(void)snprintf(out, size, "%s/%s", getenv("TOCSIN_TEST_DIR"), test->name);
}

ReportHook(POST_TEST)(struct criterion_test_stats *stats)
{
	char path[PATH_LIMIT];

	path_of_test(path, sizeof(path), stats->test);
	if (stats->test_status == CR_STATUS_SKIPPED) {
		(void)fprintf(stderr, "skipped: %s: %s\n", stats->test->name,
			stats->message ? stats->message : "");
		return;
	}
	if (stats->test_status == CR_STATUS_PASSED && stats->failed_asserts == 0) {
		place_remove(path);
		return;
	}
	place_print_logs(path);
	(void)fprintf(stderr, "logs of the failed test stay in %s\n", path);
}

ReportHook(TEST_CRASH)(struct criterion_test_stats *stats)
{
	char path[PATH_LIMIT];

	path_of_test(path, sizeof(path), stats->test);
	place_print_logs(path);
}

/* What programs left that were killed: their directories end in -<pid>. */
static void remove_stale(const char *tmp)
{
	DIR *listing = opendir(tmp);
	struct dirent *entry;

	while (listing && (entry = readdir(listing))) {
		char path[PATH_LIMIT];
		pid_t owner;

		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		owner = (pid_t)strtol(entry->d_name + strlen(PREFIX), NULL, 10);
		if (owner <= 0 || kill(owner, 0) == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", tmp, entry->d_name);
		place_remove(path);
	}
	if (listing)
		(void)closedir(listing);
}

static void make_place(char *root, size_t size)
{
	const char *tmp = getenv("TMPDIR");

	if (!tmp || !*tmp)
		tmp = "/tmp";
	remove_stale(tmp);
	(void)snprintf(root, size, "%s/" PREFIX "%d", tmp, (int)getpid());
	if (mkdir(root, 0755) < 0) {
		perror(root);
		exit(EXIT_FAILURE);
	}
	(void)setenv("TOCSIN_TEST_DIR", root, 1);
}

static int run(struct criterion_test_set *tests)
{
	char root[PATH_LIMIT - 64], data[PATH_LIMIT];
	bool good;

	make_place(root, sizeof(root));
	(void)snprintf(data, sizeof(data), "%s/pg", root);
	good = postgres_start(data);
	if (good)
		good = criterion_run_all_tests(tests);
	else
		place_print_logs(data);
	postgres_stop();
	place_remove(good ? root : data);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct criterion_test_set *tests = criterion_initialize();
	int status = EXIT_SUCCESS;

	criterion_options.jobs = 1;
	if (criterion_handle_args(argc, argv, true))
		status = run(tests);
	criterion_finalize(tests);
	return status;
}
