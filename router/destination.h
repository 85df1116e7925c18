// SPDX-License-Identifier: Apache-2.0
// Where the answer goes. In order: the team's trigger override for the source, the
// place the event came from, the team's default list, nowhere.
#pragma once

#include "router/finding.h"

enum destination_rule {
	DESTINATION_OVERRIDE, /* the team said so for this source */
	DESTINATION_SOURCE,   /* where the event came from */
	DESTINATION_TEAM,     /* the team's default list */
	DESTINATION_NONE
};

struct destinations {
	enum destination_rule rule;
	size_t count;
	pb_destination **list; /* borrowed from the route's document, or of &here */
	pb_destination here, *here_list;
};

/*
 * Fills `out`, which must stay where it is. Strings and lists are borrowed from `place`
 * and `document`; destinations that lack what their type needs are taken out of
 * document's list.
 */
void destinations_resolve(struct destinations *out, const char *source,
	const struct place *place, pb_route_document *document);

/* "trigger_override", "source", "team", "none". */
const char *destination_rule_name(enum destination_rule rule);
