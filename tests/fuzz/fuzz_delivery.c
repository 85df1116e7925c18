// SPDX-License-Identifier: Apache-2.0
// Verified deliveries: any header and any body become one well-formed message.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "ingress/delivery.h"
#include "ingress/slack.h"
#include "proto/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *same_for_all(void *context, const char *name)
{
	(void)name;
	return context;
}

static void check(
	const struct delivery_message *message, const struct delivery *delivery)
{
	pb_event *event AUTO(pb_event_free) =
		pb_event_unpack(message->outgoing.body, message->outgoing.body_len);

	assert(event && event->body.len == delivery->body_len);
	assert(strpbrk(message->subject, " \t\r\n*>") == NULL);
	for (size_t i = 0; i < message->outgoing.header_count; i++)
		assert(strpbrk(message->headers[i].value, "\r\n") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct delivery delivery = {
		.content_type = "application/json", .request_id = "r"};
	struct wire wire AUTO(wire_done) = {0};
	struct delivery_message message = {.wire = &wire};
	struct fault fault = {0};
	struct body content AUTO(body_done) = {0};
	struct body_refusal refusal;
	char header[64] = "", challenge[SLACK_CHALLENGE_SIZE];
	size_t used = len ? 1 : 0;

	/* What a header value can be: the HTTP server lets no control characters
	 * through. */
	for (size_t i = 0; used < len && data[used] >= ' ' && i < sizeof(header) - 1;
		used++)
		header[i++] = (char)data[used];
	delivery.source = &sources[len ? data[0] % SOURCES_BUILT_IN : 0];
	/* The upper bits: as a form. */
	if (len && data[0] & 0x80)
		delivery.content_type = "application/x-www-form-urlencoded";
	delivery.body = data + used;
	delivery.body_len = len - used;
	delivery.content = &content;
	if (!body_read(&content, &refusal, delivery.source, delivery.content_type,
		    &(struct hmac_part){delivery.body, delivery.body_len}, &fault)) {
		assert(refusal.status == 400 || refusal.status == 415);
		return 0;
	}
	delivery_identify(&delivery, same_for_all, header);
	assert(*delivery.id && *delivery.kind && id_is_uuid(delivery.event_id));
	assert(delivery_message(&message, &delivery, same_for_all, header, &fault));
	check(&message, &delivery);
	(void)slack_challenge(challenge, &content);
	return 0;
}
