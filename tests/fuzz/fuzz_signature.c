// SPDX-License-Identifier: Apache-2.0
// Signature headers: the first byte chooses the sender, then signature, timestamp and
// id, one a line, then the body. Nothing that was not signed may verify.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "common/source/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LINES = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct secret_list secrets = {2,
		{strdup("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), strdup("c2VjcmV0")}};
	char *text = strndup((const char *)data, len), *rest = text, *lines[LINES];
	struct signed_request request = {0};
	struct fault fault = {0};
	size_t key = SECRETS_MAX;

	assert(text && secrets.values[0] && secrets.values[1]);
	for (int i = 0; i < LINES; i++)
		lines[i] = rest ? strsep(&rest, "\n") : NULL;
	request.signature.value = lines[0] && *lines[0] ? lines[0] + 1 : NULL;
	request.timestamp.value = lines[1];
	request.id.value = lines[2];
	request.body = rest ? rest : "";
	request.body_len = strlen(request.body);
	if (!signature_check(&sources[len ? data[0] % SOURCES_BUILT_IN : 0].rule,
		    &secrets, &request, 1700000000, &key, &fault)) {
		assert(fault.kind == FAULT_REJECT && *fault.text && key == SECRETS_MAX);
		assert(!strstr(fault.text, "MfKQ9r8GKY"));
	} else {
		assert(key < secrets.count);
	}
	free(text);
	free(secrets.values[0]);
	free(secrets.values[1]);
	return 0;
}
