// SPDX-License-Identifier: Apache-2.0
#include "router/identify.h"

#include <string.h>

typedef bool (*identify_rules)(
	struct finding *finding, const pb_event *event, struct fault *fault);

static const struct source {
	const char *name;
	identify_rules identify;
} sources[] = {
	{"github", identify_github},
	{"slack", identify_slack},
};

bool identify(struct finding *finding, const pb_event *event, struct fault *fault)
{
	for (size_t i = 0; i < countof(sources); i++)
		if (strcmp(sources[i].name, event->source) == 0)
			return sources[i].identify(finding, event, fault) &&
				finding_close(finding, fault);
	if (event->found)
		return identify_found(finding, event, fault) &&
			finding_close(finding, fault);
	return finding_ignore(finding, "no rule for source");
}

const char *identify_header(const pb_event *event, const char *name)
{
	for (size_t i = 0; i < event->n_headers; i++)
		if (strcmp(event->headers[i]->name, name) == 0)
			return event->headers[i]->value;
	return "";
}
