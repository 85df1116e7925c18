// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/outlet.h"

#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/log.h"

enum { POST_MS = 10000 };

static bool is_same(const pb_destination *a, const pb_destination *b)
{
	return strcmp(a->type, b->type) == 0 && strcmp(a->channel, b->channel) == 0 &&
		strcmp(a->thread, b->thread) == 0 &&
		strcmp(a->repository, b->repository) == 0 && a->number == b->number &&
		strcmp(a->url, b->url) == 0 && strcmp(a->incident, b->incident) == 0;
}

static bool is_repeat(const pb_task *task, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (is_same(task->destinations[i], task->destinations[index]))
			return true;
	return false;
}

/* A later step of the same destination replaces an earlier one. */
static void recall(struct outlet *outlet, const struct journal *journal)
{
	for (size_t i = 0; i < journal->count; i++) {
		const struct entry *entry = &journal->entries[i];
		json_t *reference = json_object_get(entry->payload, "reference");
		const char *error = json_string_at(entry->payload, "/error");

		if (entry->kind != ENTRY_POSTED ||
			json_integer_or(entry->payload, "/destination", -1) !=
				outlet->index)
			continue;
		json_decref(outlet->reference);
		outlet->reference =
			json_is_object(reference) ? json_incref(reference) : NULL;
		outlet->dead = error != NULL;
		(void)snprintf(
			outlet->error, sizeof(outlet->error), "%s", error ? error : "");
	}
}

bool outlets_open(struct outlets *out, const pb_task *task,
	const struct journal *journal, bool resumed, struct fault *fault)
{
	struct outlets outlets = {
		.all = calloc(task->n_destinations + 1, sizeof(*outlets.all))};

	if (!outlets.all)
		return fault_set(fault, FAULT_RETRY, "no memory for destinations");
	for (size_t i = 0; i < task->n_destinations; i++) {
		struct outlet *outlet = &outlets.all[outlets.count];
		const char *type = task->destinations[i]->type;

		if (is_repeat(task, i))
			continue;
		*outlet = (struct outlet){.type = destination_find(type),
			.destination = task->destinations[i],
			.index = (int)i,
			.unsure = resumed};
		recall(outlet, journal);
		outlets.count++;
	}
	*out = outlets;
	return true;
}

void outlets_done(struct outlets *outlets)
{
	for (size_t i = 0; i < outlets->count; i++)
		json_decref(outlets->all[i].reference);
	free(outlets->all);
	*outlets = (struct outlets){0};
}

bool outlet_give_up(struct outlet *outlet, struct steps *steps, const char *why,
	struct fault *fault)
{
	outlet->dead = true;
	(void)snprintf(outlet->error, sizeof(outlet->error), "%s", why);
	log_line(LOG_WARNING, "a destination does not work",
		"run=%s destination=%s reason=%s", steps->task->run_id,
		log_quote(outlet->destination->type), log_quote(why));
	return steps_append(steps,
		&(struct step){.kind = ENTRY_POSTED,
			.name = outlet->destination->type,
			.payload = json_pack("{s:i, s:s}", "destination", outlet->index,
				"error", outlet->error)},
		fault);
}

static bool record(struct outlet *outlet, struct steps *steps, struct fault *fault)
{
	return steps_append(steps,
		&(struct step){.kind = ENTRY_POSTED,
			.name = outlet->destination->type,
			.payload = json_pack("{s:i, s:O}", "destination", outlet->index,
				"reference", outlet->reference)},
		fault);
}

/* Fills in a reference when an earlier post is there. A type that may not look (a token
 * without the right to read, say) posts: an answer twice is better than none. */
static bool look(struct outlet *outlet, const struct post *post, const json_t *except,
	struct fault *fault)
{
	json_t *found AUTO(json_decref) = NULL;
	struct fault why = {0};

	if (!outlet->type->find)
		return true;
	if (!outlet->type->find(&found, post, &why)) {
		if (why.kind != FAULT_REJECT) {
			*fault = why;
			return false;
		}
		log_fault(&why, "run=%s cannot look for its post", post->task->run_id);
	}
	if (found && !(except && json_equal(found, except)))
		outlet->reference = TAKE(found);
	return true;
}

/*
 * Before each effect, not once: to look for a post can take longer than a lease, and
 * then another worker may have posted.
 */
static bool begin_effect(
	struct post *out, const struct putting *putting, struct fault *fault)
{
	long left_ms = lease_left_ms(putting->lease);

	out->timeout_ms = left_ms < POST_MS ? left_ms : POST_MS;
	return left_ms > 0 || fault_set(fault, FAULT_RETRY, "the run's lease is lost");
}

static bool post_new(struct outlet *outlet, struct post *post,
	const struct putting *putting, struct fault *fault)
{
	struct fault why = {0};

	if (!begin_effect(post, putting, fault))
		return false;
	if (outlet->type->post(&outlet->reference, post, &why))
		return record(outlet, putting->steps, fault);
	if (why.kind == FAULT_REJECT)
		return outlet_give_up(outlet, putting->steps, why.text, fault);
	outlet->unsure = true;
	*fault = why;
	return false;
}

static bool edit_kept(struct outlet *outlet, struct post *post,
	const struct putting *putting, bool *gone, struct fault *fault)
{
	struct fault why = {0};

	*gone = false;
	if (!begin_effect(post, putting, fault))
		return false;
	if (!outlet->type->edit || outlet->type->edit(outlet->reference, post, &why))
		return true;
	*gone = why.kind == FAULT_REJECT;
	if (*gone)
		log_fault(&why, "run=%s cannot edit its post", post->task->run_id);
	else
		*fault = why;
	return false;
}

/* An edit that is refused for good means that the post is gone, or no longer ours: then
 * there is none, and one is made, unless that has happened already. */
static bool edit(struct outlet *outlet, struct post *post,
	const struct putting *putting, struct fault *fault)
{
	json_t *before AUTO(json_decref) = NULL;
	bool gone;

	if (edit_kept(outlet, post, putting, &gone, fault))
		return true;
	if (!gone)
		return false;
	before = TAKE(outlet->reference);
	if (!look(outlet, post, before, fault)) {
		outlet->reference = TAKE(before);
		return false;
	}
	if (!outlet->reference)
		return post_new(outlet, post, putting, fault);
	if (!record(outlet, putting->steps, fault))
		return false;
	if (edit_kept(outlet, post, putting, &gone, fault))
		return true;
	if (!gone)
		return false;
	json_decref(TAKE(outlet->reference));
	return post_new(outlet, post, putting, fault);
}

bool outlet_put(
	struct outlet *outlet, const struct putting *putting, struct fault *fault)
{
	struct post post = {.endpoints = putting->endpoints,
		.http = putting->http,
		.config = putting->config,
		.task = putting->task,
		.destination = outlet->destination,
		.markdown = putting->markdown,
		.state = putting->state};

	if (outlet->dead)
		return true;
	if (!outlet->type)
		return outlet_give_up(
			outlet, putting->steps, "there is no such destination", fault);
	if (!begin_effect(&post, putting, fault))
		return false;
	if (outlet->reference)
		return edit(outlet, &post, putting, fault);
	if (outlet->unsure) {
		if (!look(outlet, &post, NULL, fault))
			return false;
		outlet->unsure = false;
		if (outlet->reference)
			return record(outlet, putting->steps, fault) &&
				edit(outlet, &post, putting, fault);
	}
	return post_new(outlet, &post, putting, fault);
}
