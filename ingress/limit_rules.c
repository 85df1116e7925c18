// SPDX-License-Identifier: Apache-2.0
// Limits as they are written in settings.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingress/limits.h"

enum {
	ENTRY_SIZE = 128,
	BURST_S = 10,
	NUMBER_MAX_LEN = 9,
	SECOND_US = 1000000,
};

/* 1 to 999,999,999. */
static bool read_number(const char **text, int64_t *out)
{
	size_t len = strspn(*text, "0123456789");

	if (len == 0 || len > NUMBER_MAX_LEN)
		return false;
	*out = strtol(*text, NULL, 10);
	*text += len;
	return *out > 0;
}

static bool read_unit(const char **text, int64_t *out_us)
{
	static const struct {
		char letter;
		int64_t us;
	} units[] = {{'s', SECOND_US}, {'m', 60 * (int64_t)SECOND_US},
		{'h', 3600 * (int64_t)SECOND_US}};

	for (size_t i = 0; i < countof(units); i++)
		if (**text == units[i].letter) {
			*out_us = units[i].us;
			(*text)++;
			return true;
		}
	return false;
}

static bool read_rule(struct gcra *out, const char *text)
{
	int64_t count, unit_us, burst;

	if (strcmp(text, "0") == 0) {
		*out = (struct gcra){.burst = 1};
		return true;
	}
	if (!read_number(&text, &count) || *text++ != '/' ||
		!read_unit(&text, &unit_us) || count > unit_us)
		return false;
	burst = BURST_S * (int64_t)SECOND_US / (unit_us / count);
	if (*text == ':') {
		text++;
		if (!read_number(&text, &burst))
			return false;
	}
	*out = (struct gcra){unit_us / count, burst > 0 ? burst : 1};
	return *text == '\0';
}

static bool complain(const char *text, struct fault *fault)
{
	return fault_set(fault, FAULT_REJECT,
		"'%.60s' is no limit; write 50/s:500 (so many each s, m or h: burst), "
		"or "
		"0 for none",
		text);
}

bool limit_rule_parse(struct gcra *out, const char *text, struct fault *fault)
{
	return read_rule(out, text) || complain(text, fault);
}

static bool read_row(struct limit_rule *out, char *entry, struct fault *fault)
{
	char *equals = strchr(entry, '=');

	if (!equals || equals == entry || equals - entry >= LIMIT_NAME_SIZE)
		return fault_set(fault, FAULT_REJECT,
			"'%.60s' names no source; write github=100/s:1000, *=50/s",
			entry);
	*equals = '\0';
	memcpy(out->source, entry, (size_t)(equals - entry) + 1);
	return read_rule(&out->rule, equals + 1) || complain(equals + 1, fault);
}

bool limit_rules_parse(struct limit_rules *out, const char *text, struct fault *fault)
{
	out->count = 0;
	for (const char *p = text; *p;) {
		char entry[ENTRY_SIZE];
		size_t len;

		p += strspn(p, ", ");
		len = strcspn(p, ", ");
		if (len == 0)
			break;
		if (len >= sizeof(entry) || out->count == LIMIT_RULES_MAX)
			return fault_set(fault, FAULT_REJECT,
				"a limit that is too long, or over %d of them",
				LIMIT_RULES_MAX);
		memcpy(entry, p, len);
		entry[len] = '\0';
		p += len;
		if (!read_row(&out->list[out->count], entry, fault))
			return false;
		out->count++;
	}
	return true;
}

struct gcra limit_rule_of(const struct limit_rules *rules, const char *source)
{
	struct gcra found = {.burst = 1};

	for (size_t i = 0; i < rules->count; i++) {
		if (strcmp(rules->list[i].source, source) == 0)
			return rules->list[i].rule;
		if (strcmp(rules->list[i].source, "*") == 0)
			found = rules->list[i].rule;
	}
	return found;
}
