// SPDX-License-Identifier: Apache-2.0
// Events of configured sources: the ingress found their identifiers and words by the
// places that the source's row names; nothing of the body is read here.
#include <string.h>

#include "router/identify.h"
#include "router/words.h"

static void add_identifiers(struct finding *finding, const pb_found *found)
{
	for (size_t i = 0; i < found->n_identifiers; i++) {
		const pb_identifier *one = found->identifiers[i];
		enum identifier_type type;

		/* A type of a newer ingress: no team of ours can have claimed by it. */
		if (identifier_type_parse(&type, one->type))
			finding_identifier(finding, type, one->value);
	}
}

bool identify_found(struct finding *finding, const pb_event *event, struct fault *fault)
{
	const pb_found *found = event->found;

	(void)fault;
	add_identifiers(finding, found);
	finding->actor = *found->actor ? found->actor : NULL;
	text_add(&finding->text, found->text);
	words_trim(&finding->text);
	/* Without words the event itself is what is asked about. */
	if (finding->text.len == 0)
		text_printf(&finding->text, "%s %s", event->source, event->kind);
	if (*found->session)
		text_printf(&finding->session, "%s:%s", event->source, found->session);
	finding_fact(finding, "source", event->source);
	finding_fact(finding, "kind", event->kind);
	finding_fact(finding, "delivery_id", event->delivery_id);
	finding_fact(finding, "actor", finding->actor);
	return true;
}
