// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/pointer.h"

#include <stdint.h>
#include <string.h>

void pointer_add(struct text *pointer, const char *key)
{
	text_add_char(pointer, '/');
	for (; *key; key++)
		if (*key == '~')
			text_add(pointer, "~0");
		else if (*key == '/')
			text_add(pointer, "~1");
		else
			text_add_char(pointer, *key);
}

bool pointer_is_valid(const char *pointer)
{
	if (*pointer && *pointer != '/')
		return false;
	for (const char *p = strchr(pointer, '~'); p; p = strchr(p + 1, '~'))
		if (p[1] != '0' && p[1] != '1')
			return false;
	return true;
}

bool pointer_covers(const char *outer, const char *inner)
{
	size_t len = strlen(outer);

	return strncmp(outer, inner, len) == 0 &&
		(inner[len] == '\0' || inner[len] == '/');
}

/* The part that begins behind the "/" at `pointer`, unescaped, for free(). */
static char *part(const char *pointer, const char **rest)
{
	size_t len = strcspn(pointer + 1, "/"), used = 0;
	char *key = strndup(pointer + 1, len);

	*rest = pointer + 1 + len;
	for (size_t i = 0; key && i < len; i++)
		if (key[i] == '~' && (key[i + 1] == '0' || key[i + 1] == '1'))
			key[used++] = key[++i] == '0' ? '~' : '/';
		else
			key[used++] = key[i];
	if (key)
		key[used] = '\0';
	return key;
}

/* "0" or digits without a leading zero; anything else is no index. */
static bool to_index(const char *key, size_t *index)
{
	*index = 0;
	if (!*key || (key[0] == '0' && key[1]) || strlen(key) > 9)
		return false;
	for (; *key >= '0' && *key <= '9'; key++)
		*index = *index * 10 + (size_t)(*key - '0');
	return *key == '\0';
}

static json_t *step(const json_t *json, const char *key)
{
	size_t index;

	if (json_is_object(json))
		return json_object_get(json, key);
	return to_index(key, &index) ? json_array_get(json, index) : NULL;
}

json_t *pointer_get(const json_t *document, const char *pointer)
{
	const json_t *json = document;

	while (json && *pointer == '/') {
		char *key AUTO(free) = part(pointer, &pointer);

		json = key ? step(json, key) : NULL;
	}
	/* As jansson's own look-ups: takes const, gives what may be changed. */
	return *pointer ? NULL : (json_t *)(uintptr_t)json;
}
