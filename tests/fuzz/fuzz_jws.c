// SPDX-License-Identifier: Apache-2.0
// Tokens taken apart: what is accepted has one spelling only, and what nobody signed is
// nobody's, whatever it claims.
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config-store/caller/jws.h"
#include "config-store/caller/team_jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_spelling(const struct jws *jws)
{
	char coded[4 * ((JWS_SIGNATURE_MAX + 2) / 3) + 1];

	assert(jws->signature_len <= sizeof(jws->signature));
	(void)jws_encode(coded, jws->signature, jws->signature_len);
	assert(strcmp(coded, jws->text + jws->text_len + 1) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char line[] = "k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
	const struct secret_list lines = {1, {line}};
	char *text AUTO(free) = strndup((const char *)data, len);
	struct jws jws AUTO(jws_done) = {0};
	struct fault fault = {0};
	struct jwt_keys keys;
	struct team_jwt claims;
	const char *why = NULL;
	int64_t seconds = 0;

	assert(text && jwt_keys_read(&keys, &lines, &fault));
	if (!jws_parse(&jws, text, &fault)) {
		assert(fault.kind == FAULT_REJECT && fault.text[0] && !jws.header);
		return 0;
	}
	check_spelling(&jws);
	assert(!jws_time(&seconds, &jws, "exp") || seconds >= 0);
	/* The corpus has one that is signed with this key, and ended long ago. */
	assert(!team_jwt_check(&claims, &jws, &keys, "tocsin-agent-runtime",
		       INT64_C(4000000000), &why) &&
		why);
	return 0;
}
