// SPDX-License-Identifier: Apache-2.0
#include "ingress/delivery.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/hmac.h"
#include "common/text.h"
#include "proto/names.h"

/* What goes into a header and a message id: visible ASCII, not too long. */
static bool is_fit(const char *id)
{
	size_t len = 0;

	for (; id[len]; len++)
		if (id[len] < '!' || id[len] > '~' || len >= DELIVERY_ID_SIZE - 1)
			return false;
	return len > 0;
}

static void hash_id(char *out, const void *bytes, size_t len)
{
	unsigned char digest[HMAC_SIZE];
	char hex[HMAC_HEX_SIZE];

	sha256(digest, bytes, len);
	id_hex(hex, digest, sizeof(digest));
	(void)snprintf(out, DELIVERY_ID_SIZE, "sha256-%s", hex);
}

struct facts delivery_facts(
	const struct delivery *delivery, header_lookup header, void *context)
{
	static const struct body nothing;
	const struct body *content = delivery->content ? delivery->content : &nothing;

	return (struct facts){.header = header,
		.context = context,
		.json = content->json,
		.json_len = content->json_len,
		.form = content->has_form ? &content->form : NULL,
		.unsigned_id = delivery->unsigned_id,
		.scalars = delivery->source->configured};
}

/*
 * A body without an id may well be said again and mean something new, as an alert that
 * still burns does: on another day it is another event.
 */
static void identify_nameless(struct delivery *delivery)
{
	char day[CLOCK_TEXT_SIZE];

	hash_id(delivery->id, delivery->body, delivery->body_len);
	(void)clock_text(delivery->received_at_us, day);
	day[strcspn(day, "T")] = '\0';
	(void)id_derive(delivery->event_id,
		(const char *const[]){
			"event", delivery->source->name, delivery->id, day},
		4);
}

void delivery_identify(struct delivery *delivery, header_lookup header, void *context)
{
	const struct source *source = delivery->source;
	const struct facts facts = delivery_facts(delivery, header, context);
	char fact[FACT_SIZE];

	if (fact_first(fact, &facts, source->delivery_id)) {
		if (is_fit(fact))
			(void)TEXT_JOIN(delivery->id, fact);
		else
			hash_id(delivery->id, fact, strlen(fact));
		(void)id_of_event(delivery->event_id, source->name, delivery->id);
	} else {
		identify_nameless(delivery);
	}
	(void)subject_token(delivery->kind,
		fact_first(fact, &facts, source->kind) ? fact : "unknown");
}

/* A header may be anything, a protobuf string is UTF-8. */
static bool is_utf8(const char *header)
{
	return text_is_utf8(header, strlen(header));
}

static size_t keep_headers(pb_header *storage, pb_header **list,
	const struct source *source, header_lookup header, void *context)
{
	size_t count = 0;

	for (const char *const *name = source->kept_headers; *name; name++) {
		const char *value = header(context, *name);

		if (!value || !is_utf8(value))
			continue;
		pb_header_init(&storage[count]);
		storage[count].name = wire_string(*name);
		storage[count].value = wire_string(value);
		list[count] = &storage[count];
		count++;
	}
	return count;
}

static void set_pieces(
	pb_event *event, pb_body_pieces *storage, const struct pieces *pieces)
{
	pb_body_pieces_init(storage);
	storage->length = (int64_t)pieces->len;
	storage->sha256 = (ProtobufCBinaryData){
		sizeof(pieces->digest), (uint8_t *)(uintptr_t)pieces->digest};
	storage->n_sequences = pieces->count;
	storage->sequences = pieces->sequences;
	event->pieces = storage;
}

static bool pack(struct delivery_message *out, const struct delivery *delivery,
	header_lookup header, void *context, struct fault *fault)
{
	pb_header storage[SOURCE_HEADERS_MAX], *list[SOURCE_HEADERS_MAX];
	pb_body_pieces pieces;
	pb_event event;

	pb_event_init(&event);
	event.id = wire_string(delivery->event_id);
	event.source = wire_string(delivery->source->name);
	event.kind = wire_string(delivery->kind);
	event.delivery_id = wire_string(delivery->id);
	event.received_at_us = delivery->received_at_us;
	if (is_utf8(delivery->content_type))
		event.content_type = wire_string(delivery->content_type);
	event.n_headers =
		keep_headers(storage, list, delivery->source, header, context);
	event.headers = list;
	if (delivery->pieces)
		set_pieces(&event, &pieces, delivery->pieces);
	else
		event.body = (ProtobufCBinaryData){
			delivery->body_len, (uint8_t *)(uintptr_t)delivery->body};
	event.not_before_us = delivery->not_before_us;
	event.request_id = wire_string(delivery->request_id);
	event.traceparent = out->trace;
	if (delivery->found)
		event.found = &delivery->found->message;
	return wire_pack(out->wire, &event.base, fault);
}

bool delivery_message(struct delivery_message *out, const struct delivery *delivery,
	header_lookup header, void *context, struct fault *fault)
{
	const char *source = delivery->source->name;
	size_t count = 0;

	(void)id_child_trace(out->trace, header(context, HEADER_TRACE));
	if (!pack(out, delivery, header, context, fault))
		return false;
	(void)TEXT_JOIN(
		out->subject, SUBJECT_EVENT_BEFORE, source, ".", delivery->kind);
	(void)TEXT_JOIN(out->message_id, source, ":", delivery->id);
	(void)TEXT_JOIN(out->ce_source, CE_SOURCE_BEFORE, source);
	(void)TEXT_JOIN(out->ce_type, source, ".", delivery->kind);
	(void)clock_text(delivery->received_at_us, out->time);
	out->headers[count++] = (struct header){HEADER_MESSAGE_ID, out->message_id};
	out->headers[count++] = (struct header){HEADER_TRACE, out->trace};
	out->headers[count++] = (struct header){HEADER_CE_ID, delivery->event_id};
	out->headers[count++] = (struct header){HEADER_CE_SOURCE, out->ce_source};
	out->headers[count++] = (struct header){HEADER_CE_TYPE, out->ce_type};
	out->headers[count++] = (struct header){HEADER_CE_VERSION, CE_VERSION};
	out->headers[count++] = (struct header){HEADER_CE_TIME, out->time};
	out->outgoing = (struct outgoing){.subject = out->subject,
		.headers = out->headers,
		.header_count = count,
		.body = out->wire->data,
		.body_len = out->wire->len};
	return true;
}
