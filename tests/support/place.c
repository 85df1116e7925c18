// SPDX-License-Identifier: Apache-2.0
#include "tests/support/place.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAIL = 6000, DESCRIPTORS = 16, PATH_LIMIT = 512 };

const char *place_of_test(void)
{
	static char path[PATH_LIMIT];
	const char *root = getenv("TOCSIN_TEST_DIR");

	cr_assert(root, "TOCSIN_TEST_DIR is not set: link tests/support/main.c");
	(void)snprintf(path, sizeof(path), "%s/%s", root, criterion_current_test->name);
	if (mkdir(path, 0755) < 0)
		cr_assert_eq(errno, EEXIST, "%s: %s", path, strerror(errno));
	return path;
}

static int remove_one(
	const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

void place_remove(const char *path)
{
	if (nftw(path, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS) < 0 &&
		errno != ENOENT)
		(void)fprintf(stderr, "%s stays: %s\n", path, strerror(errno));
}

static void print_tail(const char *path)
{
	FILE *file = fopen(path, "re");
	char tail[TAIL + 1];
	size_t got;

	if (!file)
		return;
	if (fseek(file, -TAIL, SEEK_END) < 0)
		rewind(file);
	got = fread(tail, 1, TAIL, file);
	tail[got] = '\0';
	(void)fclose(file);
	if (got > 0)
		(void)fprintf(stderr, "---- the end of %s\n%s\n", path, tail);
}

void place_print_logs(const char *directory)
{
	DIR *listing = opendir(directory);
	struct dirent *entry;

	if (!listing)
		return;
	while ((entry = readdir(listing))) {
		size_t len = strlen(entry->d_name);
		char path[PATH_LIMIT + 256];

		(void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (len > 4 && strcmp(entry->d_name + len - 4, ".log") == 0)
			print_tail(path);
	}
	(void)closedir(listing);
}
