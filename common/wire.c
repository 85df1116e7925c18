// SPDX-License-Identifier: Apache-2.0
#include "common/wire.h"

#include <stdlib.h>

void wire_done(struct wire *wire)
{
	free(wire->data);
	*wire = (struct wire){0};
}

bool wire_pack(struct wire *wire, const ProtobufCMessage *message, struct fault *fault)
{
	size_t len = protobuf_c_message_get_packed_size(message);

	if (len > wire->size || !wire->data) {
		uint8_t *data = realloc(wire->data, len + 1);

		if (!data)
			return fault_set(
				fault, FAULT_RETRY, "no memory for %zu bytes", len);
		wire->data = data;
		wire->size = len;
	}
	wire->len = protobuf_c_message_pack(message, wire->data);
	return true;
}
