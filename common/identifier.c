// SPDX-License-Identifier: Apache-2.0
#include "common/identifier.h"

#include <string.h>

#include "common/text.h"

static const char white[] = " \t\r\n\v\f";

const struct identifier_kind identifier_kinds[IDENTIFIER_TYPES] = {
	[IDENTIFIER_INCIDENTIO_TEAM_ID] = {"incidentio_team_id", "incidentio_team_ids"},
	[IDENTIFIER_PAGERDUTY_SERVICE_ID] = {"pagerduty_service_id",
		"pagerduty_service_ids"},
	[IDENTIFIER_SLACK_CHANNEL_ID] = {"slack_channel_id", "slack_channel_ids"},
	[IDENTIFIER_GITHUB_REPO] = {"github_repo", "github_repos", true},
	[IDENTIFIER_CORALOGIX_TEAM_NAME] = {"coralogix_team_name",
		"coralogix_team_names", true},
	[IDENTIFIER_INCIDENTIO_ALERT_SOURCE_ID] = {"incidentio_alert_source_id",
		"incidentio_alert_source_ids"},
	[IDENTIFIER_SERVICE] = {"service", "services", true},
};

bool identifier_type_parse(enum identifier_type *out, const char *name)
{
	for (size_t i = 0; i < IDENTIFIER_TYPES; i++)
		if (strcmp(identifier_kinds[i].name, name) == 0) {
			*out = (enum identifier_type)i;
			return true;
		}
	return false;
}

static bool has_control(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7F)
			return true;
	return false;
}

static char lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c + ('a' - 'A'));
	return c;
}

bool identifier_normalise(
	char *out, enum identifier_type type, const char *value, struct fault *fault)
{
	const struct identifier_kind *kind = &identifier_kinds[type];
	const char *from = value + strspn(value, white);
	size_t len = strlen(from);

	while (len > 0 && strchr(white, from[len - 1]))
		len--;
	if (len == 0)
		return fault_set(
			fault, FAULT_REJECT, "%s: the value is empty", kind->name);
	if (len >= IDENTIFIER_SIZE)
		return fault_set(fault, FAULT_REJECT, "%s: %.*s... is over %d bytes",
			kind->name, (int)text_cut(from, 40), from, IDENTIFIER_SIZE - 1);
	if (has_control(from, len) || !text_is_utf8(from, len))
		return fault_set(fault, FAULT_REJECT,
			"%s: the value has a control character or is no UTF-8",
			kind->name);
	memcpy(out, from, len);
	out[len] = '\0';
	for (size_t i = 0; kind->lower_case && i < len; i++)
		out[i] = lower(out[i]);
	return true;
}
