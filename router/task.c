// SPDX-License-Identifier: Apache-2.0
#include "router/task.h"

#include <string.h>

#include "common/clock.h"

bool task_pack(struct wire *out, const struct decision *decision, const pb_event *event,
	const char *trace, const struct moment *moment, struct fault *fault)
{
	const struct finding *finding = &decision->finding;
	const pb_route_document *document = decision->document;
	char *facts AUTO(free) =
		finding->facts ? json_print(finding->facts) : strdup("{}");
	pb_task task;

	if (!facts)
		return fault_set(fault, FAULT_RETRY, "no memory for the facts");
	pb_task_init(&task);
	task.run_id = wire_string(decision->run_id);
	task.event_id = event->id;
	task.org = document->org;
	task.team = document->team;
	task.agent = document->entrance_agent;
	task.source = event->source;
	task.kind = event->kind;
	task.text = wire_string(text_string(&finding->text));
	task.actor = wire_string(finding->actor);
	task.session = wire_string(text_string(&finding->session));
	task.context_json = facts;
	task.n_destinations = decision->destinations.count;
	task.destinations = decision->destinations.list;
	task.timeout_ms = document->timeout_ms;
	task.max_turns = document->max_turns;
	task.created_at_us = moment->now_us;
	task.event_received_at_us = event->received_at_us;
	task.traceparent = wire_string(trace);
	return wire_pack(out, &task.base, fault);
}

/* What cannot be set for want of memory leaves `object` failed: the caller prints NULL.
 */
static void set(json_t **object, const char *name, json_t *value)
{
	if (json_object_set_new(*object, name, value) != 0) {
		json_decref(*object);
		*object = NULL;
	}
}

/* The identifiers in the order of the look-up, up to the one that matched. */
static json_t *tried(const struct decision *decision)
{
	const struct finding *finding = &decision->finding;
	json_t *list = json_array();
	bool matched = false;

	for (unsigned type = 0; type < IDENTIFIER_TYPES && !matched; type++)
		for (size_t i = 0; i < finding->identifier_count && !matched; i++) {
			const struct found_identifier *one = &finding->identifiers[i];

			if (one->type != type)
				continue;
			matched = one == decision->matched;
			(void)json_array_append_new(list,
				json_pack("{s:s, s:s}", "type",
					identifier_kinds[type].name, "value",
					one->value));
		}
	return list;
}

static void set_text(json_t *object, const char *name, const char *value)
{
	if (*value)
		(void)json_object_set_new(object, name, json_string(value));
}

/* What the task has, without the webhook's URL: it may hold a secret. */
static json_t *destination_list(const struct destinations *destinations)
{
	json_t *list = json_array();

	for (size_t i = 0; i < destinations->count; i++) {
		const pb_destination *one = destinations->list[i];
		json_t *object = json_pack("{s:s}", "type", one->type);

		set_text(object, "channel", one->channel);
		set_text(object, "thread", one->thread);
		set_text(object, "repo", one->repository);
		if (one->number > 0)
			(void)json_object_set_new(
				object, "number", json_integer(one->number));
		(void)json_array_append_new(list, object);
	}
	return list;
}

char *task_detail(const struct decision *decision, const pb_event *event,
	const struct moment *moment)
{
	json_t *detail AUTO(json_decref) = json_object();
	char stored_at[CLOCK_TEXT_SIZE];

	set(&detail, "source", json_string(event->source));
	set(&detail, "kind", json_string(event->kind));
	set(&detail, "received_at_us", json_integer(event->received_at_us));
	set(&detail, "stored_at",
		json_string(clock_text(moment->stored_at_us, stored_at)));
	set(&detail, "tried", tried(decision));
	if (decision->matched) {
		set(&detail, "matched_by",
			json_string(identifier_kinds[decision->matched->type].name));
		set(&detail, "matched_value", json_string(decision->matched->value));
	}
	if (decision->outcome == OUTCOME_ROUTED) {
		set(&detail, "pool", json_string(decision_pool(decision)));
		set(&detail, "destinations", destination_list(&decision->destinations));
		set(&detail, "destination_rule",
			json_string(
				destination_rule_name(decision->destinations.rule)));
	}
	return json_print(detail);
}
