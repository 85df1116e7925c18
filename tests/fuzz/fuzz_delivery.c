// SPDX-License-Identifier: Apache-2.0
// Verified deliveries: any header and any body become one well-formed message.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "ingress/delivery.h"
#include "ingress/slack.h"
#include "proto/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { SOURCES = 4 };

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
	char header[64] = "", *challenge AUTO(free) = NULL;
	size_t used = len ? 1 : 0;

	/* What a header value can be: the HTTP server lets no control characters
	 * through. */
	for (size_t i = 0; used < len && data[used] >= ' ' && i < sizeof(header) - 1;
		used++)
		header[i++] = (char)data[used];
	delivery.source = &sources[len ? data[0] % SOURCES : 0];
	delivery.body = data + used;
	delivery.body_len = len - used;
	delivery_identify(&delivery, same_for_all, header);
	assert(*delivery.id && *delivery.kind && id_is_uuid(delivery.event_id));
	assert(delivery_message(&message, &delivery, same_for_all, header, &fault));
	check(&message, &delivery);
	(void)slack_handshake(&challenge, delivery.body, delivery.body_len);
	return 0;
}
