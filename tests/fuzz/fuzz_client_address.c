// SPDX-License-Identifier: Apache-2.0
// X-Forwarded-For is anybody's: no fault, and always some client.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/http/client_address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *forwarded = malloc(size + 1), client[CLIENT_SIZE];
	struct http_guard trusted;
	struct fault fault = {0};

	if (!forwarded || !http_guard_init(&trusted, "10.0.0.0/8,fd00::/8", &fault))
		abort();
	memcpy(forwarded, data, size);
	forwarded[size] = '\0';
	client_address(client, &trusted, "10.0.0.1", forwarded);
	if (strlen(client) < 2)
		abort();
	free(forwarded);
	return 0;
}
