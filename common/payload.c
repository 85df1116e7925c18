// SPDX-License-Identifier: Apache-2.0
// One table says which keys a verb takes and how each is checked.
#include "common/payload.h"

#include <string.h>

#include "common/ids.h"
#include "common/text.h"

enum { LIST_MAX = 200, VALUE_MAX_LEN = 128, TITLE_MAX_LEN = 200 };
enum { CRON_MAX_LEN = 200, ZONE_MAX_LEN = 64, AGENT_MAX_LEN = 64 };
enum { MESSAGE_MAX_LEN = 20000 };

static const char *const words[VERB_COUNT] = {
	[VERB_PROVISION] = "provision",
	[VERB_DEPROVISION] = "deprovision",
	[VERB_SCHEDULE] = "schedule",
	[VERB_UNSCHEDULE] = "unschedule",
};

/* What is wrong with a value, or NULL. */
typedef const char *(*checker)(const json_t *value);

struct field {
	const char *key;
	checker wrong;
	enum verb verb;
	bool needed;
	bool false_counts; /* it is not what holds anyway */
};

bool verb_parse(enum verb *out, const char *word)
{
	for (enum verb verb = VERB_PROVISION; verb < VERB_COUNT; verb++)
		if (strcmp(word, words[verb]) == 0) {
			*out = verb;
			return true;
		}
	return false;
}

const char *verb_word(enum verb verb)
{
	return words[verb];
}

static bool printable(const char *string, size_t max_len)
{
	size_t len = strlen(string);

	if (len == 0 || len > max_len)
		return false;
	for (const unsigned char *p = (const unsigned char *)string; *p; p++)
		if (*p < ' ' || *p == 0x7f)
			return false;
	return true;
}

static bool is_channel(const char *string)
{
	return printable(string, VALUE_MAX_LEN) && !strchr(string, ' ');
}

static bool is_repository(const char *string)
{
	const char *slash = strchr(string, '/');

	return is_channel(string) && slash && slash != string && slash[1] &&
		!strchr(slash + 1, '/');
}

static bool all(const json_t *list, bool (*good)(const char *string))
{
	size_t index;
	json_t *value;

	if (!json_is_array(list) || json_array_size(list) > LIST_MAX)
		return false;
	json_array_foreach(list, index, value) if (!json_is_string(value) ||
		!good(json_string_value(value))) return false;
	return true;
}

static const char *wrong_channels(const json_t *value)
{
	return all(value, is_channel) ? NULL
				      : "must be a list of at most 200 channel ids";
}

static const char *wrong_repositories(const json_t *value)
{
	return all(value, is_repository)
		? NULL
		: "must be a list of at most 200 names of the form owner/name";
}

static const char *wrong_title(const json_t *value)
{
	const char *string = json_string_value(value);

	return string && (!*string || printable(string, TITLE_MAX_LEN))
		? NULL
		: "must be a string of at most 200 printable bytes";
}

static const char *wrong_node(const json_t *value)
{
	const char *string = json_string_value(value);

	return string && (!*string || id_is_name(string)) ? NULL
							  : "must be a node's id";
}

static const char *wrong_mode(const json_t *value)
{
	const char *string = json_string_value(value);

	return string && strcmp(string, "shared") == 0
		? NULL
		: "must be \"shared\": this provisioner starts no workers of "
		  "a team's own";
}

static const char *wrong_switch(const json_t *value)
{
	return json_is_boolean(value) ? NULL : "must be true or false";
}

static const char *wrong_schedule(const json_t *value)
{
	const char *string = json_string_value(value);

	return string && id_is_name(string) ? NULL
					    : "must be 1 to 63 letters, digits, '-' or "
					      "'_', a letter or digit first";
}

static const char *wrong_cron(const json_t *value)
{
	const char *string = json_string_value(value);

	return string && printable(string, CRON_MAX_LEN)
		? NULL
		: "must be a string of 1 to 200 printable bytes, as \"0 9 * * 1-5\"";
}

/* Lines are as good as words: an agent reads it. */
static const char *wrong_message(const json_t *value)
{
	size_t len = json_string_length(value);

	return len >= 1 && len <= MESSAGE_MAX_LEN
		? NULL
		: "must be a string of 1 to 20000 bytes";
}

static bool short_or_nothing(const json_t *value, size_t max_len)
{
	const char *string = json_string_value(value);

	return json_is_null(value) ||
		(string && (!*string || printable(string, max_len)));
}

static const char *wrong_zone(const json_t *value)
{
	return short_or_nothing(value, ZONE_MAX_LEN)
		? NULL
		: "must be a string of at most 64 printable bytes, as Europe/Berlin";
}

static const char *wrong_agent(const json_t *value)
{
	return short_or_nothing(value, AGENT_MAX_LEN)
		? NULL
		: "must be a string of at most 64 printable bytes";
}

static const char *wrong_enabled(const json_t *value)
{
	return json_is_null(value) ? NULL : wrong_switch(value);
}

static const struct field fields[] = {
	{"slack_channel_ids", wrong_channels, VERB_PROVISION},
	{"github_repos", wrong_repositories, VERB_PROVISION},
	{"name", wrong_title, VERB_PROVISION},
	{"parent_id", wrong_node, VERB_PROVISION},
	{"deployment_mode", wrong_mode, VERB_PROVISION},
	{"delete_node", wrong_switch, VERB_DEPROVISION},
	{"name", wrong_schedule, VERB_SCHEDULE, .needed = true},
	{"cron", wrong_cron, VERB_SCHEDULE, .needed = true},
	{"message", wrong_message, VERB_SCHEDULE, .needed = true},
	{"time_zone", wrong_zone, VERB_SCHEDULE},
	{"agent", wrong_agent, VERB_SCHEDULE},
	{"enabled", wrong_enabled, VERB_SCHEDULE, .false_counts = true},
	{"name", wrong_schedule, VERB_UNSCHEDULE, .needed = true},
};

static const struct field *find(enum verb verb, const char *key)
{
	for (size_t i = 0; i < countof(fields); i++)
		if (fields[i].verb == verb && strcmp(fields[i].key, key) == 0)
			return &fields[i];
	return NULL;
}

static bool says_nothing(const struct field *field, const json_t *value)
{
	return json_is_null(value) ||
		(json_is_array(value) && json_array_size(value) == 0) ||
		(json_is_string(value) && json_string_length(value) == 0) ||
		(json_is_false(value) && !field->false_counts);
}

static void complain(
	struct text *complaints, enum verb verb, const char *key, const char *wrong)
{
	if (complaints->len > sizeof(((struct fault *)0)->text))
		return; /* nobody would see it */
	text_add(complaints, complaints->len ? "; " : "");
	if (wrong) {
		text_printf(complaints, "%s %s", key, wrong);
		return;
	}
	text_printf(complaints, "unknown key \"%.*s\" (known:", (int)text_cut(key, 64),
		key);
	for (size_t i = 0; i < countof(fields); i++)
		if (fields[i].verb == verb)
			text_printf(complaints, " %s", fields[i].key);
	text_add(complaints, ")");
}

/* Adds what is right to `checked`, and what is not to `complaints`. */
static bool check_all(
	json_t *checked, enum verb verb, const json_t *given, struct text *complaints)
{
	const char *key;
	json_t *value;

	/* jansson's iterator takes what may be changed; nothing here does. */
	json_object_foreach((json_t *)(uintptr_t)given, key, value)
	{
		const struct field *field = find(verb, key);
		const char *wrong = field ? field->wrong(value) : NULL;

		if (!field || wrong)
			complain(complaints, verb, key, wrong);
		else if (!says_nothing(field, value) &&
			json_object_set(checked, key, value) != 0)
			return false;
	}
	for (size_t i = 0; i < countof(fields); i++)
		if (fields[i].verb == verb && fields[i].needed &&
			!json_object_get(given, fields[i].key))
			complain(complaints, verb, fields[i].key, "is missing");
	return !text_failed(complaints);
}

bool payload_parse(json_t **out, enum verb verb, const char *text, struct fault *fault)
{
	json_t *given AUTO(json_decref) = NULL;
	json_t *checked AUTO(json_decref) = json_object();
	struct text complaints AUTO(text_done) = {0};

	if (!json_parse_object(&given, text, fault))
		return false;
	if (!checked || !check_all(checked, verb, given, &complaints))
		return fault_set(fault, FAULT_RETRY, "payload: out of memory");
	if (complaints.len)
		return fault_set(
			fault, FAULT_REJECT, "payload: %s", text_string(&complaints));

	*out = TAKE(checked);
	return true;
}
