// SPDX-License-Identifier: Apache-2.0
#include "common/settings.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

enum { NAME_SIZE = 96, FILE_LIMIT = 64 << 10 };

struct unit {
	const char *name;
	long factor;
};

static const struct unit durations[] = {{"ms", 1}, {"s", 1000}, {"m", 60000},
	{"h", 3600000}, {"d", 86400000}, {NULL, 0}};
static const struct unit sizes[] = {
	{"", 1}, {"KiB", 1L << 10}, {"MiB", 1L << 20}, {"GiB", 1L << 30}, {NULL, 0}};

static bool parse_number(long *out, const char *text, const char **end)
{
	char *after;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*out = strtol(text, &after, 10);
	*end = after;
	return errno == 0;
}

static bool parse_units(long *out, const char *text, const struct unit *units)
{
	const char *end;
	long number;

	if (!parse_number(&number, text, &end))
		return false;
	for (const struct unit *unit = units; unit->name; unit++)
		if (strcmp(end, unit->name) == 0 && number <= LONG_MAX / unit->factor) {
			*out = number * unit->factor;
			return true;
		}
	return false;
}

bool settings_duration(long *out_ms, const char *text, struct fault *fault)
{
	return parse_units(out_ms, text, durations) ||
		fault_set(fault, FAULT_REJECT,
			"'%s' is no duration; write 250ms, 30s, 5m, 24h or 7d", text);
}

bool settings_size(long *out_bytes, const char *text, struct fault *fault)
{
	return parse_units(out_bytes, text, sizes) ||
		fault_set(fault, FAULT_REJECT,
			"'%s' is no size; write 512, 64KiB or 25MiB", text);
}

/* `name` stands before the path in what is said of it: "TOCSIN_X_FILE=", or "". */
static bool read_file(
	struct text *out, const char *name, const char *path, struct fault *fault)
{
	FILE *file = fopen(path, "re");
	char chunk[4096];
	size_t got;

	if (!file)
		return fault_set(
			fault, FAULT_FATAL, "%s%s: %s", name, path, strerror(errno));
	out->limit = FILE_LIMIT;
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		text_add_bytes(out, chunk, got);
	if (ferror(file))
		out->failed = true;
	(void)fclose(file);
	if (text_failed(out))
		return fault_set(fault, FAULT_FATAL,
			"%s%s: cannot be read, or is over 64 KiB", name, path);
	if (out->len > 0 && memchr(out->data, '\0', out->len))
		return fault_set(fault, FAULT_FATAL,
			"%s%s: holds a NUL byte; it must be text", name, path);
	while (out->len > 0 && strchr("\r\n", out->data[out->len - 1]))
		out->data[--out->len] = '\0';
	return true;
}

/* A key that is a setting of its own (LISTEN_FILE) is not the file of another (LISTEN).
 */
static bool is_key(const struct setting *table, const char *key)
{
	for (const struct setting *setting = table; setting->key; setting++)
		if (strcmp(setting->key, key) == 0)
			return true;
	return false;
}

/* The value's text: the variable, else its file, else the default. */
static bool find(struct text *out, const struct setting *table,
	const struct setting *setting, struct fault *fault)
{
	char name[NAME_SIZE];
	const char *value, *path = NULL;

	(void)snprintf(name, sizeof(name), "TOCSIN_%s", setting->key);
	value = getenv(name);
	(void)snprintf(name, sizeof(name), "TOCSIN_%s_FILE", setting->key);
	if (!is_key(table, name + strlen("TOCSIN_")))
		path = getenv(name);
	if (value && path)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_%s and TOCSIN_%s_FILE are both set; set one",
			setting->key, setting->key);
	(void)snprintf(name, sizeof(name), "TOCSIN_%s_FILE=", setting->key);
	if (path && !read_file(out, name, path, fault))
		return false;
	if (!path && (value || setting->initial))
		text_add(out, value ? value : setting->initial);
	if (out->len == 0 && !setting->initial)
		return fault_set(fault, FAULT_FATAL, "TOCSIN_%s must be set: %s",
			setting->key, setting->meaning);
	return true;
}

static bool take_text(char **field, const char *value)
{
	*field = strdup(value);
	return *field != NULL;
}

static bool take_secrets(struct secret_list *list, const char *value)
{
	const char *p = value;

	while (*p) {
		size_t len = strcspn(p, "\r\n");

		if (len > 0) {
			if (list->count == SECRETS_MAX)
				return false;
			list->values[list->count] = strndup(p, len);
			if (!list->values[list->count++])
				return false;
		}
		p += len;
		p += strspn(p, "\r\n");
	}
	return true;
}

bool settings_secrets_file(
	struct secret_list *list, const char *path, struct fault *fault)
{
	struct text value AUTO(text_done) = {0};

	return read_file(&value, "", path, fault) &&
		(take_secrets(list, text_string(&value)) ||
			fault_set(fault, FAULT_FATAL,
				"%s: more than %d secrets, or no memory", path,
				SECRETS_MAX));
}

static bool take_bool(bool *field, const char *value)
{
	static const char *const yes[] = {"1", "true", "on"},
				 *const no[] = {"0", "false", "off"};

	for (size_t i = 0; i < countof(yes); i++)
		if (strcmp(value, yes[i]) == 0 || strcmp(value, no[i]) == 0) {
			*field = strcmp(value, yes[i]) == 0;
			return true;
		}
	return false;
}

static bool is_url(const char *value)
{
	const char *host = strstr(value, "://");

	return *value == '\0' || (host && host != value && host[3] != '\0');
}

/* "host:port", "[address]:port", ":port" and "*:port". */
static bool is_address(const char *value)
{
	const char *colon = strrchr(value, ':'), *end;
	long port;

	return colon && parse_number(&port, colon + 1, &end) && *end == '\0' &&
		port <= 65535 && !strpbrk(value, "/ \t");
}

static bool take(const struct setting *setting, void *field, const char *value)
{
	const char *end;

	switch (setting->type) {
	case SETTING_TEXT:
	case SETTING_SECRET:
		return take_text(field, value);
	case SETTING_ADDRESS:
		return is_address(value) && take_text(field, value);
	case SETTING_URL:
		return is_url(value) && take_text(field, value);
	case SETTING_SECRETS:
		return take_secrets(field, value);
	case SETTING_NUMBER:
		return parse_number(field, value, &end) && *end == '\0';
	case SETTING_DURATION:
		return parse_units(field, value, durations);
	case SETTING_SIZE:
		return parse_units(field, value, sizes);
	case SETTING_BOOL:
		return take_bool(field, value);
	}
	return false;
}

static const char *kind_of(enum setting_type type)
{
	static const char *const kinds[] = {
		[SETTING_TEXT] = "text",
		[SETTING_SECRET] = "a secret",
		[SETTING_SECRETS] = "secrets, at most 8, one a line",
		[SETTING_ADDRESS] = "host:port, like 127.0.0.1:8080 or [::1]:8080",
		[SETTING_URL] = "a URL like scheme://host:port",
		[SETTING_NUMBER] = "a number",
		[SETTING_DURATION] = "a duration like 250ms, 30s, 5m, 24h or 7d",
		[SETTING_SIZE] = "a size like 512, 64KiB or 25MiB",
		[SETTING_BOOL] = "1, 0, true, false, on or off",
	};

	return kinds[type];
}

/* A URL may say who comes, and with which password. */
static bool is_secret(const struct setting *setting, const char *value)
{
	return setting->type == SETTING_SECRET || setting->type == SETTING_SECRETS ||
		(setting->type == SETTING_URL && strchr(value, '@'));
}

static bool load(const struct setting *table, const struct setting *setting,
	void *field, struct fault *fault)
{
	struct text value AUTO(text_done) = {0};

	if (!find(&value, table, setting, fault))
		return false;
	if (!take(setting, field, text_string(&value)))
		return fault_set(fault, FAULT_FATAL, "TOCSIN_%s=%s: must be %s",
			setting->key,
			is_secret(setting, text_string(&value)) ? "(hidden)"
								: text_string(&value),
			kind_of(setting->type));
	return true;
}

bool settings_load(const struct setting *table, void *into, struct fault *fault)
{
	for (const struct setting *setting = table; setting->key; setting++)
		if (!load(table, setting, (char *)into + setting->offset, fault))
			return false;
	return true;
}

bool settings_secrets(const struct setting *table, const char *key,
	struct secret_list *out, struct fault *fault)
{
	const struct setting *setting = table;

	while (strcmp(setting->key, key) != 0)
		setting++;
	*out = (struct secret_list){0};
	return load(table, setting, out, fault);
}

const char *settings_file(const char *key)
{
	char name[NAME_SIZE];

	(void)snprintf(name, sizeof(name), "TOCSIN_%s_FILE", key);
	return getenv(name);
}

void secret_list_free(struct secret_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->values[i])
			explicit_bzero(list->values[i], strlen(list->values[i]));
		free(list->values[i]);
	}
	*list = (struct secret_list){0};
}

void settings_free(const struct setting *table, void *into)
{
	for (const struct setting *setting = table; setting->key; setting++) {
		void *field = (char *)into + setting->offset;

		if (setting->type == SETTING_SECRETS) {
			secret_list_free(field);
		} else if (setting->type <= SETTING_URL) {
			free(*(char **)field);
			*(char **)field = NULL;
		}
	}
}

void settings_print(const struct setting *table, FILE *out)
{
	for (const struct setting *setting = table; setting->key; setting++) {
		const char *initial = setting->initial;

		if (!initial)
			initial = "required";
		else if (!*initial)
			initial = "-";
		(void)fprintf(out, "  TOCSIN_%-30s %-28s %s\n", setting->key, initial,
			setting->meaning);
	}
}
