// SPDX-License-Identifier: Apache-2.0
// Protobuf messages as bytes.
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "common/fault.h"

/* Zero-initialise; reused by wire_pack(), freed by wire_done(). */
struct wire {
	uint8_t *data;
	size_t len, size;
};

void wire_done(struct wire *wire);
DEFINE_AUTO_DONE(struct wire, wire_done)

/* Packs `message`, replacing what was there. RETRY when memory runs out. */
NODISCARD bool wire_pack(
	struct wire *wire, const ProtobufCMessage *message, struct fault *fault);

/* A string of a message about to be packed: protobuf-c wants char * and changes
 * nothing. */
static inline char *wire_string(const char *string)
{
	return (char *)(uintptr_t)(string ? string : "");
}
