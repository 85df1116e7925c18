// SPDX-License-Identifier: Apache-2.0
// JetStream's answer to a publish, as bytes. Format:
// io.nats.jetstream.api.v1.pub_ack_response.
#pragma once

#include <stddef.h>

#include "common/nats/publisher.h"

/* Fills `result`. Its error, when there is one, is kept in `error`, which has
 * `error_size`. */
void ack_parse(struct published *result, const void *data, size_t len, char *error,
	size_t error_size);
