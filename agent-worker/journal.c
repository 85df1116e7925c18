// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/journal.h"

#include <string.h>

#include "common/json.h"

static const char *const kind_names[] = {
	[ENTRY_STARTED] = "started",
	[ENTRY_POSTED] = "posted",
	[ENTRY_MODEL] = "model",
	[ENTRY_TOOL_STARTED] = "tool_started",
	[ENTRY_TOOL_RESULT] = "tool_result",
	[ENTRY_ANSWER] = "answer",
	[ENTRY_FINISHED] = "finished",
	[ENTRY_OTHER] = "other",
};

void journal_done(struct journal *journal)
{
	for (size_t i = 0; i < journal->count; i++) {
		free(journal->entries[i].name);
		json_decref(journal->entries[i].payload);
	}
	free(journal->entries);
	*journal = (struct journal){0};
}

static bool grow(struct journal *journal)
{
	size_t size = journal->size ? journal->size * 2 : 16;
	struct entry *entries;

	if (journal->count < journal->size)
		return true;
	entries = reallocarray(journal->entries, size, sizeof(*entries));
	if (!entries)
		return false;
	journal->entries = entries;
	journal->size = size;
	return true;
}

bool journal_add(struct journal *journal, enum entry_kind kind, const char *name,
	json_t *payload, struct fault *fault)
{
	char *copy AUTO(free) = strdup(name);

	if (!copy || !grow(journal))
		return fault_set(fault, FAULT_RETRY, "no memory for a step");
	journal->entries[journal->count++] = (struct entry){
		.kind = kind, .name = TAKE(copy), .payload = json_incref(payload)};
	return true;
}

const char *entry_kind_name(enum entry_kind kind)
{
	return kind_names[kind];
}

enum entry_kind entry_kind_of(const char *name)
{
	for (size_t i = 0; i < ENTRY_OTHER; i++)
		if (strcmp(kind_names[i], name) == 0)
			return (enum entry_kind)i;
	return ENTRY_OTHER;
}

size_t journal_count(const struct journal *journal, enum entry_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < journal->count; i++)
		if (journal->entries[i].kind == kind)
			count++;
	return count;
}

const struct entry *journal_last(const struct journal *journal, enum entry_kind kind)
{
	for (size_t i = journal->count; i > 0; i--)
		if (journal->entries[i - 1].kind == kind)
			return &journal->entries[i - 1];
	return NULL;
}

const json_t *journal_result(
	const struct journal *journal, size_t from, const char *id, size_t *started)
{
	size_t ordinal = 0, found = 0;
	const json_t *result = NULL;

	for (size_t i = 0; i < journal->count; i++) {
		const struct entry *entry = &journal->entries[i];
		bool ours = i >= from &&
			strcmp(json_string_or(entry->payload, "/call", ""), id) == 0;

		if (entry->kind == ENTRY_TOOL_STARTED)
			ordinal++;
		if (entry->kind == ENTRY_TOOL_STARTED && ours && found == 0)
			found = ordinal;
		if (entry->kind == ENTRY_TOOL_RESULT && ours && !result)
			result = entry->payload;
	}
	if (started)
		*started = found;
	return result;
}

void journal_usage(const struct journal *journal, int64_t *input, int64_t *output)
{
	*input = *output = 0;
	for (size_t i = 0; i < journal->count; i++) {
		const struct entry *entry = &journal->entries[i];

		if (entry->kind != ENTRY_MODEL)
			continue;
		*input += json_integer_or(entry->payload, "/usage/input_tokens", 0);
		*output += json_integer_or(entry->payload, "/usage/output_tokens", 0);
	}
}
