// SPDX-License-Identifier: Apache-2.0
// Key sets of an issuer: what is accepted has keys, and none of them verifies a signature
// that nobody made.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "config-store/caller/jwks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_refusal(const struct jwks *jwks, const char *token)
{
	struct jws jws AUTO(jws_done) = {0};
	struct fault fault = {0};

	assert(jws_parse(&jws, token, &fault));
	assert(!jwks_verify(jwks, &jws));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct jwks *jwks AUTO(jwks_free) = NULL;
	struct fault fault = {0};

	if (!jwks_parse(&jwks, data, len, &fault)) {
		assert(fault.kind == FAULT_REJECT && fault.text[0] && !jwks);
		return 0;
	}
	assert(jwks_count(jwks) > 0 && jwks_count(jwks) <= JWKS_MAX);
	/* {"alg":"RS256","kid":"a"} and {"alg":"ES256","kid":"a"} of {}. */
	check_refusal(jwks, "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.AAAA");
	check_refusal(jwks,
		"eyJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ.e30."
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AA"
		"AAAAAAAAAAAAAA");
	return 0;
}
