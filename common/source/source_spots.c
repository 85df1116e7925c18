// SPDX-License-Identifier: Apache-2.0
// A row's facts: where in a delivery each of them is.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/source/source_row.h"

enum { SPOT_MAX = 200, WHERE_SIZE = 128 };

bool source_is_header_name(const char *name)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	for (const char *p = name; *p; p++)
		if (!(*p >= '0' && *p <= '9') && !(*p >= 'a' && *p <= 'z') &&
			!(*p >= 'A' && *p <= 'Z') && !strchr(marks, *p))
			return false;
	return *name != '\0';
}

static bool is_pointer(const char *text)
{
	if (*text != '/')
		return false;
	for (const char *p = text; (p = strchr(p, '~')); p++)
		if (p[1] != '0' && p[1] != '1')
			return false;
	return true;
}

/* "/a/b", or an object with exactly one of the kinds. */
static void read_spot(struct source_reader *reader, const char *where,
	const json_t *value, struct spot *out)
{
	static const struct {
		const char *key;
		enum spot_kind kind;
	} kinds[] = {{"pointer", SPOT_POINTER}, {"header", SPOT_HEADER},
		{"field", SPOT_FIELD}, {"value", SPOT_VALUE}};
	struct spot spot = {SPOT_NONE};

	if (json_is_string(value))
		spot.in = SPOT_POINTER;
	for (size_t i = 0; json_object_size(value) == 1 && i < countof(kinds); i++)
		if (json_object_get(value, kinds[i].key)) {
			spot.in = kinds[i].kind;
			value = json_object_get(value, kinds[i].key);
			break;
		}
	if (spot.in == SPOT_NONE) {
		source_problem(reader, where,
			"must be a JSON pointer, or an object with one of pointer, "
			"header, field and value");
		return;
	}
	spot.name = source_string(reader, where, value, SPOT_MAX);
	if (!spot.name)
		return;
	if (spot.in == SPOT_POINTER && !is_pointer(spot.name))
		source_problem(reader, where,
			"'%s' is no JSON pointer; it begins with /", spot.name);
	else if (spot.in == SPOT_HEADER && !source_is_header_name(spot.name))
		source_problem(reader, where, "'%s' is no header's name", spot.name);
	else
		*out = spot;
}

void source_read_spots(struct source_reader *reader, const char *where,
	const json_t *value, struct spot *list)
{
	size_t count = 0, i;
	const json_t *one;

	memset(list, 0, (SOURCE_SPOTS_MAX + 1) * sizeof(*list));
	if (!json_is_array(value)) {
		read_spot(reader, where, value, &list[0]);
		return;
	}
	if (json_array_size(value) > SOURCE_SPOTS_MAX) {
		source_problem(
			reader, where, "has more than %d places", SOURCE_SPOTS_MAX);
		return;
	}
	json_array_foreach(value, i, one)
	{
		char below[WHERE_SIZE];

		(void)snprintf(below, sizeof(below), "%s/%zu", where, i);
		read_spot(reader, below, one, &list[count]);
		if (list[count].in != SPOT_NONE)
			count++;
	}
}

static void add_identifier(struct source_reader *reader, const char *where,
	enum identifier_type type, const struct spot *spot)
{
	struct source *row = reader->row;

	if (row->identifier_count == SOURCE_IDENTIFIERS_MAX) {
		source_problem(reader, where, "one identifier more than %d",
			SOURCE_IDENTIFIERS_MAX);
		return;
	}
	row->identifiers[row->identifier_count++] =
		(struct source_identifier){type, *spot};
}

void source_read_identifiers(
	struct source_reader *reader, const char *where, const json_t *value)
{
	const char *name;
	json_t *spots;

	if (!json_is_object(value)) {
		source_problem(reader, where, "must be an object: type to place");
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)value, name, spots)
	{
		struct spot list[SOURCE_SPOTS_MAX + 1];
		enum identifier_type type;
		char below[WHERE_SIZE];

		(void)snprintf(below, sizeof(below), "%s/%s", where, name);
		if (!identifier_type_parse(&type, name)) {
			source_problem(reader, below, "is no type of identifier");
			continue;
		}
		source_read_spots(reader, below, spots, list);
		for (size_t i = 0; list[i].in != SPOT_NONE; i++)
			add_identifier(reader, below, type, &list[i]);
	}
}

void source_read_headers(
	struct source_reader *reader, const char *where, const json_t *value)
{
	const json_t *one;
	size_t i;

	if (!json_is_array(value) || json_array_size(value) > SOURCE_HEADERS_MAX) {
		source_problem(reader, where, "must be a list of at most %d names",
			SOURCE_HEADERS_MAX);
		return;
	}
	json_array_foreach(value, i, one)
	{
		const char *name = json_string_value(one);

		if (name && source_is_header_name(name) &&
			strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 0 &&
			!strpbrk(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
			reader->row->kept_headers[i] = name;
		else
			source_problem(reader, where,
				"item %zu must be a header's name in lower case", i);
	}
}
