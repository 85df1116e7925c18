// SPDX-License-Identifier: Apache-2.0
#include "router/destination.h"

#include <string.h>

#include "common/wire.h"

/* The override modes, and the places in which each can be obeyed. */
enum { MODE_TEAM = -1 };

static const struct mode {
	const char *name;
	int places; /* bits 1 << place_kind, or MODE_TEAM: the team's list instead */
} modes[] = {
	{"reply_in_thread", 1 << PLACE_SLACK_THREAD},
	{"comment_on_pr", 1 << PLACE_GITHUB_PR | 1 << PLACE_GITHUB_ISSUE},
	{"use_default", MODE_TEAM},
};

static const struct mode *find_mode(
	const pb_route_document *document, const char *source)
{
	for (size_t i = 0; i < document->n_trigger_overrides; i++) {
		const pb_trigger_override *override = document->trigger_overrides[i];

		if (strcmp(override->source, source) != 0)
			continue;
		for (size_t k = 0; k < countof(modes); k++)
			if (strcmp(modes[k].name, override->mode) == 0)
				return &modes[k];
	}
	return NULL;
}

static bool is_complete(const pb_destination *destination)
{
	const char *type = destination->type;

	if (strcmp(type, "log") == 0)
		return true;
	if (strcmp(type, "slack") == 0)
		return *destination->channel;
	if (strcmp(type, "webhook") == 0)
		return *destination->url;
	if (strcmp(type, "github_pr_comment") == 0 ||
		strcmp(type, "github_issue_comment") == 0)
		return *destination->repository && destination->number > 0;
	return false;
}

static void keep_complete(pb_route_document *document)
{
	size_t kept = 0;

	for (size_t i = 0; i < document->n_default_destinations; i++) {
		pb_destination *one = document->default_destinations[i];

		if (is_complete(one))
			document->default_destinations[kept++] = one;
		else
			pb_destination_free(one);
	}
	document->n_default_destinations = kept;
}

static void to_team(struct destinations *out, pb_route_document *document,
	enum destination_rule rule)
{
	*out = (struct destinations){
		.rule = document->n_default_destinations > 0 ? rule : DESTINATION_NONE,
		.count = document->n_default_destinations,
		.list = document->default_destinations};
}

static void to_place(
	struct destinations *out, const struct place *place, enum destination_rule rule)
{
	static const char *const types[] = {
		[PLACE_NONE] = "",
		[PLACE_SLACK_THREAD] = "slack",
		[PLACE_GITHUB_PR] = "github_pr_comment",
		[PLACE_GITHUB_ISSUE] = "github_issue_comment",
	};
	pb_destination *here = &out->here;

	pb_destination_init(here);
	here->type = wire_string(types[place->kind]);
	here->channel = wire_string(place->channel);
	here->thread = wire_string(place->thread);
	here->repository = wire_string(place->repository);
	here->number = place->number;
	here->user = wire_string(place->user);
	out->here_list = here;
	out->list = &out->here_list;
	out->count = 1;
	out->rule = rule;
}

void destinations_resolve(struct destinations *out, const char *source,
	const struct place *place, pb_route_document *document)
{
	const struct mode *mode = find_mode(document, source);

	keep_complete(document);
	if (mode && mode->places == MODE_TEAM)
		to_team(out, document, DESTINATION_OVERRIDE);
	else if (mode && place->kind != PLACE_NONE && (mode->places & 1 << place->kind))
		to_place(out, place, DESTINATION_OVERRIDE);
	else if (place->kind != PLACE_NONE)
		to_place(out, place, DESTINATION_SOURCE);
	else
		to_team(out, document, DESTINATION_TEAM);
}

const char *destination_rule_name(enum destination_rule rule)
{
	static const char *const names[] = {
		[DESTINATION_OVERRIDE] = "trigger_override",
		[DESTINATION_SOURCE] = "source",
		[DESTINATION_TEAM] = "team",
		[DESTINATION_NONE] = "none",
	};

	return names[rule];
}
