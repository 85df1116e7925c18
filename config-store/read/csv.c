// SPDX-License-Identifier: Apache-2.0
#include "config-store/read/csv.h"

#include <string.h>

static bool is_formula(const char *value)
{
	return *value && strchr("=+-@\t\r", *value);
}

static void add_quoted(struct text *out, const char *value)
{
	text_add_char(out, '"');
	for (size_t len; *value; value += len) {
		len = strcspn(value, "\"");
		text_add_bytes(out, value, len);
		if (value[len] == '"') {
			text_add(out, "\"\"");
			len++;
		}
	}
	text_add_char(out, '"');
}

void csv_cell(struct text *out, const char *value, bool first)
{
	struct text defused AUTO(text_done) = {0};

	if (!first)
		text_add_char(out, ',');
	if (!value)
		return;
	if (is_formula(value)) {
		text_printf(&defused, "'%s", value);
		out->failed = out->failed || text_failed(&defused);
		value = text_string(&defused);
	}
	if (value[strcspn(value, "\",\r\n")])
		add_quoted(out, value);
	else
		text_add(out, value);
}

void csv_end(struct text *out)
{
	text_add(out, "\r\n");
}
