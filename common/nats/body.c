// SPDX-License-Identifier: Apache-2.0
#include "common/nats/body.h"

#include <stdio.h>
#include <string.h>

#include "common/hmac.h"
#include "common/nats/subjects.h"

enum { ERROR_NO_MESSAGE = 10037, PIECE_LEAST = 1024 };

size_t body_piece_size(size_t max_payload)
{
	size_t size = max_payload / 8 * 5;

	if (size > BODY_PIECE_MAX)
		return BODY_PIECE_MAX;
	return size < PIECE_LEAST ? PIECE_LEAST : size;
}

size_t body_piece_count(size_t len, size_t size)
{
	return (len + size - 1) / size;
}

/* By sequence; in a stream that was restored with other sequences, by subject. */
static bool fetch(struct bus *bus, natsMsg **out, const char *subject,
	uint64_t sequence, struct fault *fault)
{
	natsMsg *message AUTO(natsMsg_Destroy) = NULL;
	jsErrCode code = 0;
	natsStatus status =
		js_GetMsg(&message, bus_js(bus), STREAM_BODIES, sequence, NULL, &code);

	if (status == NATS_OK && strcmp(natsMsg_GetSubject(message), subject) == 0) {
		*out = TAKE(message);
		return true;
	}
	if (status == NATS_OK || status == NATS_NOT_FOUND ||
		(int)code == ERROR_NO_MESSAGE) {
		code = 0;
		status = js_GetLastMsg(
			out, bus_js(bus), STREAM_BODIES, subject, NULL, &code);
	}
	if (status == NATS_OK)
		return true;
	if (status == NATS_NOT_FOUND || (int)code == ERROR_NO_MESSAGE)
		return fault_set(
			fault, FAULT_REJECT, "the body's piece %s is gone", subject);
	return bus_fault(fault, status, subject);
}

/* All pieces, one behind the other, in `bytes`. */
static bool gather(struct bus *bus, const pb_event *event, uint8_t *bytes, size_t len,
	struct fault *fault)
{
	size_t at = 0;

	for (size_t i = 0; i < event->pieces->n_sequences; i++) {
		natsMsg *piece AUTO(natsMsg_Destroy) = NULL;
		char subject[SUBJECT_SIZE];
		size_t piece_len;

		(void)snprintf(subject, sizeof(subject), SUBJECT_BODY, event->id, i);
		if (!fetch(bus, &piece, subject, event->pieces->sequences[i], fault))
			return false;
		piece_len = (size_t)natsMsg_GetDataLength(piece);
		if (piece_len > len - at)
			return fault_set(fault, FAULT_REJECT,
				"the body's pieces are longer than the body");
		if (piece_len > 0)
			memcpy(bytes + at, natsMsg_GetData(piece), piece_len);
		at += piece_len;
	}
	return at == len ||
		fault_set(fault, FAULT_REJECT,
			"the body's pieces are %zu bytes, and the body was %zu", at,
			len);
}

static bool is_same(const pb_body_pieces *pieces, const uint8_t *bytes, size_t len)
{
	unsigned char digest[HMAC_SIZE];

	sha256(digest, bytes, len);
	return pieces->sha256.len == sizeof(digest) &&
		memcmp(pieces->sha256.data, digest, sizeof(digest)) == 0;
}

bool body_complete(struct bus *bus, pb_event *event, struct fault *fault)
{
	const pb_body_pieces *pieces = event->pieces;
	uint8_t *bytes AUTO(free) = NULL;
	size_t len;

	if (!pieces)
		return true;
	if (pieces->length < 0 || pieces->length > BODY_LENGTH_MAX)
		return fault_set(fault, FAULT_REJECT, "a body of %lld bytes",
			(long long)pieces->length);
	len = (size_t)pieces->length;
	bytes = malloc(len + 1);
	if (!bytes)
		return fault_set(fault, FAULT_RETRY, "no memory for %zu bytes", len);
	if (!gather(bus, event, bytes, len, fault))
		return false;
	if (!is_same(pieces, bytes, len))
		return fault_set(fault, FAULT_REJECT,
			"the body's pieces are not the body that was received");
	free(event->body.data);
	event->body = (ProtobufCBinaryData){len, TAKE(bytes)};
	return true;
}
