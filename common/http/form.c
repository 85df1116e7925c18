// SPDX-License-Identifier: Apache-2.0
#include "common/http/form.h"

#include <string.h>
#include <strings.h>

#include "common/text.h"

void form_done(struct form *form)
{
	free(form->memory);
	*form = (struct form){0};
}

bool form_is_type(const char *content_type)
{
	static const char type[] = "application/x-www-form-urlencoded";
	const size_t len = sizeof(type) - 1;

	return content_type && strncasecmp(content_type, type, len) == 0 &&
		strchr("; \t", content_type[len]);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte at the escape `text`, 0 when it is none or NUL, which no string can hold. */
static unsigned char unescape(const char *text, size_t len)
{
	int high = len > 2 ? hex_value(text[1]) : -1;
	int low = high >= 0 ? hex_value(text[2]) : -1;

	return low < 0 ? 0 : (unsigned char)(high << 4 | low);
}

/* One part of a pair into *to, closed by a NUL; *to is then behind it. */
static bool decode(char **to, const char *part, size_t len, struct fault *fault)
{
	char *start = *to, *out = start;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)part[i];

		if (c <= ' ' || c == 0x7F)
			return fault_set(fault, FAULT_REJECT,
				"form: byte 0x%02x must be written %%%02X", c, c);
		if (c == '+')
			c = ' ';
		if (c == '%') {
			c = unescape(part + i, len - i);
			i += 2;
		}
		if (c == '\0')
			return fault_set(fault, FAULT_REJECT,
				"form: a '%%' is not followed by two hex digits, "
				"or they are 00");
		*out++ = (char)c;
	}
	if (!text_is_utf8(start, (size_t)(out - start)))
		return fault_set(fault, FAULT_REJECT, "form: a part is no UTF-8");
	*out++ = '\0';
	*to = out;
	return true;
}

/* One pair "name=value", decoded to *to. */
static bool add_pair(
	struct form *form, char **to, const char *pair, size_t len, struct fault *fault)
{
	const char *equals = memchr(pair, '=', len);
	size_t name_len = equals ? (size_t)(equals - pair) : len;
	size_t value_len = equals ? len - name_len - 1 : 0;
	struct form_field field = {.name = *to};

	if (form->count == FORM_FIELDS_MAX)
		return fault_set(fault, FAULT_REJECT, "form: more than %d fields",
			FORM_FIELDS_MAX);
	if (!decode(to, pair, name_len, fault))
		return false;
	field.value = *to;
	if (!decode(to, pair + len - value_len, value_len, fault))
		return false;
	if (form_value(form, field.name))
		return fault_set(fault, FAULT_REJECT, "form: field '%.60s' comes twice",
			field.name);
	form->fields[form->count++] = field;
	return true;
}

bool form_parse(struct form *form, const void *body, size_t len, struct fault *fault)
{
	struct form parsed AUTO(form_done) = {0};
	const char *p = body, *end = p + len;
	char *to;

	/* No byte decodes to more than one; each field has two NULs. */
	parsed.memory = malloc(len + (size_t)2 * FORM_FIELDS_MAX);
	if (!parsed.memory)
		return fault_set(fault, FAULT_RETRY, "no memory for %zu bytes", len);
	to = parsed.memory;
	while (p < end) {
		const char *stop = memchr(p, '&', (size_t)(end - p));

		if (!stop)
			stop = end;
		if (stop > p && !add_pair(&parsed, &to, p, (size_t)(stop - p), fault))
			return false;
		p = stop + 1;
	}
	*form = parsed;
	parsed.memory = NULL;
	return true;
}

const char *form_value(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (strcmp(form->fields[i].name, name) == 0)
			return form->fields[i].value;
	return NULL;
}
