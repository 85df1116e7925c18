// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/cron.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define ZONES "/usr/share/zoneinfo"

struct field {
	const char *name;
	int min, max;
	const char *const *words; /* for `min` and on; NULL: only numbers */
};

static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
	"aug", "sep", "oct", "nov", "dec", NULL};
static const char *const days[] = {
	"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

static const struct field fields[] = {
	{"minute", 0, 59, NULL},
	{"hour", 0, 23, NULL},
	{"day of month", 1, 31, NULL},
	{"month", 1, 12, months},
	{"day of week", 0, 6, days},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take_number(const char **text, int *number)
{
	const char *p = *text;

	*number = 0;
	for (; is_digit(*p) && p - *text < 4; p++)
		*number = *number * 10 + (*p - '0');
	if (p == *text)
		return false;
	*text = p;
	return true;
}

static bool take_value(const char **text, const struct field *field, int *value)
{
	for (int i = 0; field->words && field->words[i]; i++)
		if (strncasecmp(*text, field->words[i], 3) == 0) {
			*text += 3;
			*value = field->min + i;
			return true;
		}
	return take_number(text, value) && *value >= field->min && *value <= field->max;
}

/* "*", "5" or "1-5"; then perhaps "/2". */
static bool take_item(const char **text, const struct field *field)
{
	int from, to, step;

	if (**text == '*') {
		++*text;
	} else {
		if (!take_value(text, field, &from))
			return false;
		if (**text == '-') {
			++*text;
			if (!take_value(text, field, &to) || to < from)
				return false;
		}
	}
	if (**text != '/')
		return true;
	++*text;
	return take_number(text, &step) && step >= 1 && step <= field->max;
}

static bool take_field(const char **text, const struct field *field)
{
	while (take_item(text, field)) {
		if (**text != ',')
			return **text == '\0' || **text == ' ' || **text == '\t';
		++*text;
	}
	return false;
}

static bool is_nickname(const char *text)
{
	static const char *const names[] = {"@hourly", "@daily", "@midnight", "@weekly",
		"@monthly", "@yearly", "@annually"};

	for (size_t i = 0; i < countof(names); i++)
		if (strcmp(text, names[i]) == 0)
			return true;
	return false;
}

bool cron_check(const char *text, struct fault *fault)
{
	const char *p = text;

	if (strlen(text) > CRON_MAX)
		return fault_set(fault, FAULT_REJECT, "has over %d bytes", CRON_MAX);
	if (is_nickname(text))
		return true;
	for (size_t i = 0; i < countof(fields); i++) {
		p += strspn(p, " \t");
		if (!*p)
			return fault_set(fault, FAULT_REJECT,
				"must have five fields, as in \"0 9 * * 1-5\"");
		if (!take_field(&p, &fields[i]))
			return fault_set(fault, FAULT_REJECT,
				"the %s must be *, or numbers from %d to %d, with ',' "
				"'-' and '/' between them",
				fields[i].name, fields[i].min, fields[i].max);
	}
	p += strspn(p, " \t");
	return !*p ||
		fault_set(fault, FAULT_REJECT,
			"must have five fields, as in \"0 9 * * 1-5\"");
}

/* Area/Location: letters, digits, '_', '+', '-' between single slashes. */
static bool is_zone_name(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
		"XYZ0123456789_+-";

	if (strlen(name) > ZONE_MAX)
		return false;
	for (;;) {
		size_t len = strspn(name, letters);

		if (len == 0)
			return false;
		name += len;
		if (*name == '\0')
			return true;
		if (*name++ != '/')
			return false;
	}
}

bool zone_is_known(const char *name)
{
	char path[sizeof(ZONES) + 1 + ZONE_MAX];
	struct stat file;

	if (!is_zone_name(name))
		return false;
	if (stat(ZONES "/UTC", &file) != 0)
		return true;
	(void)snprintf(path, sizeof(path), ZONES "/%s", name);
	return stat(path, &file) == 0 && S_ISREG(file.st_mode);
}
