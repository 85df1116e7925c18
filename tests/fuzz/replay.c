// SPDX-License-Identifier: Apache-2.0
// Feeds a fuzz target the files of its corpus, each also cut at every place and with
// every byte broken in a few ways, so that a run without a fuzzer looks a little
// further too.
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/auto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { INPUT_MAX = 1 << 20, BROKEN_MAX = 4096 };

/* A copy of exactly its length, so that a sanitizer sees the first byte beyond. */
static void feed(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, data, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void feed_broken(uint8_t *data, size_t len)
{
	static const uint8_t flips[] = {0x01, 0x20, 0x80, 0xFF};

	if (len > BROKEN_MAX)
		len = BROKEN_MAX;
	for (size_t i = 0; i < len; i++) {
		feed(data, i);
		for (size_t k = 0; k < countof(flips); k++) {
			data[i] ^= flips[k];
			feed(data, len);
			data[i] ^= flips[k];
		}
	}
}

static size_t replay(const char *path)
{
	static uint8_t data[INPUT_MAX];
	FILE *file = fopen(path, "re");
	size_t len;

	if (!file) {
		(void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(EXIT_FAILURE);
	}
	len = fread(data, 1, sizeof(data), file);
	(void)fclose(file);
	feed(data, len);
	feed_broken(data, len);
	return 1;
}

static size_t replay_folder(const char *folder)
{
	struct dirent **names;
	int count = scandir(folder, &names, NULL, alphasort);
	size_t files = 0;

	if (count < 0) {
		(void)fprintf(stderr, "%s: %s\n", folder, strerror(errno));
		exit(EXIT_FAILURE);
	}
	for (int i = 0; i < count; i++) {
		char path[1024];

		if (names[i]->d_name[0] != '.') {
			(void)snprintf(
				path, sizeof(path), "%s/%s", folder, names[i]->d_name);
			files += replay(path);
		}
		free(names[i]);
	}
	free(names);
	return files;
}

int main(int argc, char **argv)
{
	size_t files = 0;

	for (int i = 1; i < argc; i++)
		files += replay_folder(argv[i]);
	(void)printf("%zu files\n", files);
	return files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
