// SPDX-License-Identifier: Apache-2.0
#include "router/decision.h"

#include <string.h>

#include "router/identify.h"

void decision_done(struct decision *decision)
{
	finding_done(&decision->finding);
	pb_route_document_free(decision->document);
	*decision = (struct decision){0};
}

/* The types in their order, the values of one type as they were found. */
static bool find_team(struct decision *out, struct index *index, struct fault *fault)
{
	const struct finding *finding = &out->finding;

	for (unsigned type = 0; type < IDENTIFIER_TYPES; type++)
		for (size_t i = 0; i < finding->identifier_count; i++) {
			const struct found_identifier *one = &finding->identifiers[i];
			struct route *route AUTO(route_release) = NULL;

			if (one->type != type)
				continue;
			route = index_find(index, one->type, one->value);
			if (route) {
				out->matched = one;
				return route_document(&out->document, route, fault);
			}
		}
	return true;
}

bool decide(struct decision *out, struct index *index, const pb_event *event,
	struct fault *fault)
{
	if (!id_is_uuid(event->id))
		return fault_set(fault, FAULT_REJECT,
			"the event's id '%.64s' is no UUID", event->id);
	if (!identify(&out->finding, event, fault) || !find_team(out, index, fault))
		return false;
	if (out->finding.ignored) {
		out->outcome = OUTCOME_IGNORED;
	} else if (!out->document) {
		out->outcome = OUTCOME_UNROUTED;
	} else {
		out->outcome = OUTCOME_ROUTED;
		destinations_resolve(&out->destinations, event->source,
			&out->finding.place, out->document);
		(void)id_of_run(out->run_id, event->id, out->document->org,
			out->document->team);
	}
	return true;
}

const char *decision_pool(const struct decision *decision)
{
	return strcmp(decision->document->pool, "dedicated") == 0 ? "dedicated"
								  : "shared";
}
