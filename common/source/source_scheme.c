// SPDX-License-Identifier: Apache-2.0
// A row's scheme: each has its defaults, and takes some of the keys that change them.
#include <string.h>

#include "common/source/source_row.h"

enum { TOLERANCE_MAX_S = 86400, WORD_MAX = 64, TEMPLATE_MAX = 200 };

static const struct scheme {
	const char *name;
	enum source_scheme bit;
	struct signature_rule rule;
	struct spot delivery_id[3], kind[2];
} schemes[] = {
	{"standard", SCHEME_STANDARD,
		{.names = {"webhook-signature", "webhook-id", "webhook-timestamp"},
			.other = {"svix-signature", "svix-id", "svix-timestamp"},
			.prefix = "v1,",
			.separators = " ",
			.encoding = SIGNATURE_BASE64,
			.key = SIGNATURE_KEY_STANDARD,
			.tolerance_s = 300,
			.signs = "{id}.{timestamp}.{body}"},
		{{SPOT_HEADER, "webhook-id"}, {SPOT_HEADER, "svix-id"}},
		{{SPOT_POINTER, "/type"}}},
	{"hmac", SCHEME_HMAC,
		{.prefix = "", .separators = "", .tolerance_s = 300, .signs = "{body}"},
		{{SPOT_NONE}}, {{SPOT_POINTER, "/type"}}},
	{"stripe", SCHEME_STRIPE,
		{.names = {.signature = "Stripe-Signature"},
			.prefix = "v1=",
			.separators = ",",
			.timestamp_item = "t=",
			.tolerance_s = 300,
			.signs = "{timestamp}.{body}"},
		{{SPOT_POINTER, "/id"}}, {{SPOT_POINTER, "/type"}}},
	{"token", SCHEME_TOKEN,
		{.proof = SIGNATURE_SECRET,
			.prefix = "",
			.separators = "",
			.signs = ""},
		{{SPOT_NONE}}, {{SPOT_POINTER, "/type"}}},
	{"bearer", SCHEME_BEARER,
		{.proof = SIGNATURE_SECRET,
			.names = {.signature = "Authorization"},
			.prefix = "Bearer ",
			.separators = "",
			.signs = ""},
		{{SPOT_NONE}}, {{SPOT_POINTER, "/type"}}},
	{"basic", SCHEME_BASIC,
		{.proof = SIGNATURE_BASIC,
			.names = {.signature = "Authorization"},
			.prefix = "Basic ",
			.separators = "",
			.signs = ""},
		{{SPOT_NONE}}, {{SPOT_POINTER, "/type"}}},
};

static void read_header_name(struct source_reader *reader, const char *where,
	const json_t *value, const char **out)
{
	const char *name = source_string(reader, where, value, WORD_MAX);

	if (name && !source_is_header_name(name))
		source_problem(reader, where, "'%s' is no header's name", name);
	else if (name)
		*out = name;
}

static void read_header(struct source_reader *reader, const json_t *value)
{
	read_header_name(reader, "header", value, &reader->row->rule.names.signature);
}

static void read_id_header(struct source_reader *reader, const json_t *value)
{
	read_header_name(reader, "id_header", value, &reader->row->rule.names.id);
}

static void read_timestamp_header(struct source_reader *reader, const json_t *value)
{
	read_header_name(
		reader, "timestamp_header", value, &reader->row->rule.names.timestamp);
}

static void read_prefix(struct source_reader *reader, const json_t *value)
{
	const char *prefix = source_string(reader, "prefix", value, WORD_MAX);

	if (prefix)
		reader->row->rule.prefix = prefix;
}

static void read_separator(struct source_reader *reader, const json_t *value)
{
	const char *separator = source_string(reader, "separator", value, 1);

	if (separator)
		reader->row->rule.separators = separator;
}

static void read_encoding(struct source_reader *reader, const json_t *value)
{
	static const char *const names[] = {[SIGNATURE_HEX] = "hex",
		[SIGNATURE_HEX_UPPER] = "HEX",
		[SIGNATURE_BASE64] = "base64"};
	const char *word = json_string_value(value);

	for (unsigned i = 0; word && i < countof(names); i++)
		if (strcmp(word, names[i]) == 0) {
			reader->row->rule.encoding = (enum signature_encoding)i;
			return;
		}
	source_problem(reader, "encoding", "must be hex, HEX or base64");
}

static void read_signs(struct source_reader *reader, const json_t *value)
{
	const char *signs = source_string(reader, "signs", value, TEMPLATE_MAX);

	if (signs && !signature_template_usable(signs))
		source_problem(reader, "signs",
			"must have {body}, may have {id} and {timestamp} and text, and "
			"no other braces");
	else if (signs)
		reader->row->rule.signs = signs;
}

static void read_tolerance(struct source_reader *reader, const json_t *value)
{
	const char *text = json_string_value(value);
	struct fault fault = {0};
	long ms = 0;

	if (!text || !settings_duration(&ms, text, &fault) || ms < 1000 ||
		ms / 1000 > TOLERANCE_MAX_S)
		source_problem(reader, "tolerance",
			"must be a duration of 1s to 24h, like \"5m\"");
	else
		reader->row->rule.tolerance_s = ms / 1000;
}

static const struct key {
	const char *name;
	unsigned schemes; /* that take it */
	void (*read)(struct source_reader *reader, const json_t *value);
} keys[] = {
	{"header", SCHEME_HMAC | SCHEME_STRIPE | SCHEME_TOKEN, read_header},
	{"prefix", SCHEME_HMAC | SCHEME_TOKEN, read_prefix},
	{"separator", SCHEME_HMAC, read_separator},
	{"encoding", SCHEME_HMAC, read_encoding},
	{"signs", SCHEME_HMAC, read_signs},
	{"id_header", SCHEME_HMAC, read_id_header},
	{"timestamp_header", SCHEME_HMAC, read_timestamp_header},
	{"tolerance", SCHEME_STANDARD | SCHEME_HMAC | SCHEME_STRIPE, read_tolerance},
};

const char *const source_scheme_keys[] = {"scheme", "header", "prefix", "separator",
	"encoding", "signs", "id_header", "timestamp_header", "tolerance", NULL};

/* A header that is not signed would be no proof, one that is not named is not there. */
static void check(struct source_reader *reader)
{
	struct source *row = reader->row;
	const struct signature_rule *rule = &row->rule;
	bool signs_id = strstr(rule->signs, "{id}"),
	     signs_timestamp = strstr(rule->signs, "{timestamp}");

	if (!rule->names.signature)
		source_problem(reader, "header",
			"is missing: where does the signature stand?");
	if (reader->scheme != SCHEME_HMAC)
		return;
	if (signs_id != (rule->names.id != NULL))
		source_problem(reader, "id_header",
			"must be there exactly when 'signs' has {id}");
	if (signs_timestamp != (rule->names.timestamp != NULL))
		source_problem(reader, "timestamp_header",
			"must be there exactly when 'signs' has {timestamp}");
	if (rule->names.id)
		row->delivery_id[0] = (struct spot){SPOT_HEADER, rule->names.id};
}

static const struct scheme *find(struct source_reader *reader)
{
	const char *name = json_string_value(json_object_get(reader->json, "scheme"));

	for (size_t i = 0; name && i < countof(schemes); i++)
		if (strcmp(schemes[i].name, name) == 0)
			return &schemes[i];
	source_problem(reader, "scheme",
		"must be standard, hmac, stripe, token, bearer or basic");
	return NULL;
}

void source_read_scheme(struct source_reader *reader)
{
	const struct scheme *scheme = find(reader);

	if (!scheme)
		return;
	reader->scheme = scheme->bit;
	reader->row->rule = scheme->rule;
	memcpy(reader->row->delivery_id, scheme->delivery_id,
		sizeof(scheme->delivery_id));
	memcpy(reader->row->kind, scheme->kind, sizeof(scheme->kind));
	for (size_t i = 0; i < countof(keys); i++) {
		const json_t *value = json_object_get(reader->json, keys[i].name);

		if (!value)
			continue;
		if (keys[i].schemes & scheme->bit)
			keys[i].read(reader, value);
		else
			source_problem(reader, keys[i].name,
				"is not for the scheme '%s'", scheme->name);
	}
	check(reader);
}
