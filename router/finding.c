// SPDX-License-Identifier: Apache-2.0
#include "router/finding.h"

#include <string.h>

#include "router/words.h"

void finding_done(struct finding *finding)
{
	json_decref(finding->body);
	json_decref(finding->facts);
	text_done(&finding->text);
	text_done(&finding->session);
	*finding = (struct finding){0};
}

void finding_identifier(
	struct finding *finding, enum identifier_type type, const char *value)
{
	struct found_identifier *to = &finding->identifiers[finding->identifier_count];
	struct fault unclaimable = {0};

	if (!value || finding->identifier_count == FINDING_IDENTIFIERS_MAX ||
		!identifier_normalise(to->value, type, value, &unclaimable))
		return;
	to->type = type;
	finding->identifier_count++;
}

bool finding_ignore(struct finding *finding, const char *reason)
{
	finding->ignored = reason;
	return true;
}

static void fact(struct finding *finding, const char *name, json_t *value)
{
	if (!finding->facts)
		finding->facts = json_object();
	if (json_object_set_new(finding->facts, name, value) != 0)
		finding->text.failed = true;
}

void finding_fact(struct finding *finding, const char *name, const char *value)
{
	if (value)
		fact(finding, name, json_string(value));
}

void finding_fact_number(struct finding *finding, const char *name, int64_t value)
{
	fact(finding, name, json_integer(value));
}

bool finding_close(struct finding *finding, struct fault *fault)
{
	words_cut(&finding->text, FINDING_TEXT_MAX);
	if (text_failed(&finding->text) || text_failed(&finding->session))
		return fault_set(fault, FAULT_RETRY, "no memory for what was found");
	return true;
}
