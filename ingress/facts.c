// SPDX-License-Identifier: Apache-2.0
#include "ingress/facts.h"

#include <string.h>
#include <strings.h>

#include "common/text.h"
#include "ingress/json_find.h"

/* A string that is there already; the length, or -1. */
static long copy(char *out, size_t size, const char *value, bool cut)
{
	size_t len = value ? strlen(value) : 0;

	if (!value || (len >= size && !cut))
		return -1;
	if (len >= size)
		len = text_cut(value, size - 1);
	memcpy(out, value, len);
	out[len] = '\0';
	return (long)len;
}

static long find_pointer(char *out, size_t size, const struct facts *facts,
	const char *pointer, bool cut)
{
	struct json_span span;
	long len;

	if (!facts->json || !json_find(&span, facts->json, facts->json_len, pointer))
		return -1;
	len = json_span_string(out, size, &span, cut);
	return len < 0 && facts->scalars ? json_span_scalar(out, size, &span) : len;
}

static const char *find_header(const struct facts *facts, const char *name)
{
	if (facts->unsigned_id && strcasecmp(facts->unsigned_id, name) == 0)
		return NULL;
	return facts->header(facts->context, name);
}

static long find_one(char *out, size_t size, const struct facts *facts,
	const struct spot *spot, bool cut)
{
	switch (spot->in) {
	case SPOT_NONE:
		return -1;
	case SPOT_HEADER:
		return copy(out, size, find_header(facts, spot->name), cut);
	case SPOT_POINTER:
		return find_pointer(out, size, facts, spot->name, cut);
	case SPOT_FIELD:
		return copy(out, size,
			facts->form ? form_value(facts->form, spot->name) : NULL, cut);
	case SPOT_VALUE:
		return copy(out, size, spot->name, cut);
	}
	return -1;
}

bool fact_find(char *out, const struct facts *facts, const struct spot *spot)
{
	long len = find_one(out, FACT_SIZE, facts, spot, false);

	if (len <= 0 || !spot->and_name)
		return len > 0;
	if (len + 1 >= FACT_SIZE)
		return false;
	out[len++] = '-';
	return find_one(out + len, (size_t)(FACT_SIZE - len), facts,
		       &(struct spot){spot->in, spot->and_name}, false) > 0;
}

bool fact_first(char *out, const struct facts *facts, const struct spot *list)
{
	for (; list->in != SPOT_NONE; list++)
		if (fact_find(out, facts, list))
			return true;
	return false;
}

void fact_lines(
	char *out, size_t size, const struct facts *facts, const struct spot *list)
{
	size_t used = 0;

	out[0] = '\0';
	for (; list->in != SPOT_NONE && used + 2 < size; list++) {
		size_t start = used > 0 ? used + 1 : 0;
		long len = find_one(out + start, size - start, facts, list, true);

		if (len > 0 && text_is_utf8(out + start, (size_t)len)) {
			if (start > 0)
				out[used] = '\n';
			used = start + (size_t)len;
		}
		out[used] = '\0';
	}
}
