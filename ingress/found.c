// SPDX-License-Identifier: Apache-2.0
#include "ingress/found.h"

#include <string.h>

#include "common/text.h"
#include "common/wire.h"

/* A protobuf string is UTF-8; a header may be anything. */
static char *find_text(char *out, const struct facts *facts, const struct spot *list)
{
	if (!fact_first(out, facts, list) || !text_is_utf8(out, strlen(out)))
		out[0] = '\0';
	return out;
}

static void add_identifier(struct found *found, const struct source_identifier *from,
	const struct facts *facts)
{
	size_t number = found->message.n_identifiers;
	char *value = found->values[number];

	if (!fact_find(value, facts, &from->spot) ||
		!text_is_utf8(value, strlen(value)))
		return;
	pb_identifier_init(&found->storage[number]);
	found->storage[number].type = wire_string(identifier_kinds[from->type].name);
	found->storage[number].value = value;
	found->list[number] = &found->storage[number];
	found->message.n_identifiers++;
}

void found_fill(
	struct found *found, const struct source *source, const struct facts *facts)
{
	pb_found *message = &found->message;

	pb_found_init(message);
	message->identifiers = found->list;
	for (size_t i = 0; i < source->identifier_count; i++)
		add_identifier(found, &source->identifiers[i], facts);
	fact_lines(found->text, sizeof(found->text), facts, source->text);
	message->text = found->text;
	message->actor = find_text(found->actor, facts, source->actor);
	message->session = find_text(found->session, facts, source->session);
}
