// SPDX-License-Identifier: Apache-2.0
// JetStream's answers: never stored and refused at once, and an error has words.
#include <assert.h>
#include <stdint.h>

#include "common/nats/ack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct published result = {0};
	char error[64];

	ack_parse(&result, data, len, error, sizeof(error));
	assert(result.stored == (result.error == NULL));
	assert(!result.stored || (result.sequence > 0 && !result.refused));
	assert(result.stored || *result.error);
	return 0;
}
