// SPDX-License-Identifier: Apache-2.0
#include "tests/support/haystack.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/hmac.h"
#include "common/ids.h"
#include "common/text.h"

enum { PATH_MAX_SIZE = 1024 };

static char *as_json(const char *value, size_t flags)
{
	json_t *string = json_string(value);
	char *quoted = json_dumps(string, JSON_ENCODE_ANY | flags), *bare;

	cr_assert(quoted);
	bare = strndup(quoted + 1, strlen(quoted) - 2);
	free(quoted);
	json_decref(string);
	return bare;
}

/* What base64 makes of the value when so many bytes come before it in its group. */
static char *as_base64(const char *value, size_t before)
{
	size_t len = strlen(value), from = before > 0 ? 4 : 0, to;
	char *padded = calloc(1, before + len + 1);
	char *encoded = malloc(4 * ((before + len + 2) / 3) + 1), *middle;

	cr_assert(padded && encoded);
	memcpy(padded + before, value, len);
	(void)base64_encode(encoded, padded, before + len);
	to = (before + len) / 3 * 4; /* whole groups, whatever follows */
	middle = strndup(encoded + from, to - from);
	free(padded);
	free(encoded);
	return middle;
}

void needle_init(struct needle *needle, const char *value)
{
	char *hex = malloc(2 * strlen(value) + 1);

	cr_assert(hex && strlen(value) >= 12, "too short to be found");
	id_hex(hex, value, strlen(value));
	*needle = (struct needle){value,
		{strdup(value), as_json(value, 0), as_json(value, JSON_ENSURE_ASCII),
			as_base64(value, 0), as_base64(value, 1), as_base64(value, 2),
			hex}};
}

void needle_done(struct needle *needle)
{
	for (size_t i = 0; i < NEEDLE_FORMS; i++)
		free(needle->forms[i]);
}

const char *needle_in(const struct needle *needle, const void *bytes, size_t len)
{
	for (size_t i = 0; i < NEEDLE_FORMS; i++)
		if (memmem(bytes, len, needle->forms[i], strlen(needle->forms[i])))
			return needle->forms[i];
	return NULL;
}

void needle_try(void)
{
	static const char value[] = "a \"value\" \xc3\xa9 to find";
	static const char *const texts[] = {"xx a \"value\" \xc3\xa9 to find yy",
		"{\"a\":\"a \\\"value\\\" \\u00E9 to find\"}",
		"eHh4YSAidmFsdWUiIMOpIHRvIGZpbmR5",
		"eGEgInZhbHVlIiDDqSB0byBmaW5keXk=", "eHhhICJ2YWx1ZSIgw6kgdG8gZmluZA==",
		"\\x7861202276616c75652220c3a920746f2066696e64"};
	struct needle needle;

	needle_init(&needle, value);
	for (size_t i = 0; i < countof(texts); i++)
		cr_expect(
			needle_in(&needle, texts[i], strlen(texts[i])), "%s", texts[i]);
	cr_expect_not(needle_in(&needle, "a value to find", 15));
	needle_done(&needle);
}

static void read_all(struct text *out, const char *path)
{
	FILE *file = fopen(path, "re");
	char chunk[65536];
	size_t got;

	cr_assert(file, "%s", path);
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		text_add_bytes(out, chunk, got);
	(void)fclose(file);
	cr_assert_not(text_failed(out), "%s", path);
}

void haystack_files(const char *directory,
	void (*look)(void *context, const char *path, const void *bytes, size_t len),
	void *context)
{
	DIR *opened = opendir(directory);
	const struct dirent *entry;

	cr_assert(opened, "%s", directory);
	while ((entry = readdir(opened))) {
		char path[PATH_MAX_SIZE];
		struct text bytes = {0};
		struct stat status;

		(void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (strcmp(entry->d_name, ".") == 0 ||
			strcmp(entry->d_name, "..") == 0 || lstat(path, &status) < 0)
			continue;
		if (S_ISDIR(status.st_mode))
			haystack_files(path, look, context);
		if (!S_ISREG(status.st_mode))
			continue;
		read_all(&bytes, path);
		look(context, path, text_string(&bytes), bytes.len);
		text_done(&bytes);
	}
	(void)closedir(opened);
}
