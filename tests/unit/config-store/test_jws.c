// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/jws.h"

#include <criterion/criterion.h>
#include <string.h>

/* {"alg":"HS256","kid":"k1"} . {"a":1} . "signature" */
#define HEADER "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0"
#define PAYLOAD "eyJhIjoxfQ"
#define SIGNATURE "c2lnbmF0dXJl"

Test(jws, takes_three_parts_apart)
{
	struct jws jws AUTO(jws_done) = {0};
	struct fault fault = {0};

	cr_assert(jws_parse(&jws, HEADER "." PAYLOAD "." SIGNATURE, &fault), "%s",
		fault.text);
	cr_expect_str_eq(jws.alg, "HS256");
	cr_expect_str_eq(jws.kid, "k1");
	cr_expect_eq(json_integer_or(jws.payload, "/a", 0), 1);
	cr_expect_eq(jws.text_len, strlen(HEADER "." PAYLOAD));
	cr_expect_eq(jws.signature_len, 9);
	cr_expect_arr_eq(jws.signature, "signature", 9);
}

Test(jws, refuses_everything_else)
{
	static const char *const cases[] = {"", ".", "..", "...", HEADER,
		HEADER "." PAYLOAD, HEADER "." PAYLOAD ".a",
		HEADER "." PAYLOAD "." SIGNATURE ".",
		HEADER "." PAYLOAD "." SIGNATURE "=", HEADER "=." PAYLOAD ".",
		/* bits that no byte uses */
		HEADER "." PAYLOAD ".c2lnbmF0dXJlIF", HEADER ".eyJhIjoxfR." SIGNATURE,
		/* the other alphabet, white space */
		HEADER "." PAYLOAD ".+/+/", HEADER "." PAYLOAD ". " SIGNATURE,
		/* no object, no algorithm, a number for one, kid: 1 */
		"W10." PAYLOAD ".", "e30." PAYLOAD "." SIGNATURE,
		"eyJhbGciOjF9." PAYLOAD "." SIGNATURE,
		"eyJhbGciOiJIUzI1NiIsImtpZCI6MX0." PAYLOAD "." SIGNATURE,
		HEADER ".MQ." SIGNATURE,
		/* {"alg":"HS256","crit":["b64"],"b64":false} */
		"eyJhbGciOiJIUzI1NiIsImNyaXQiOlsiYjY0Il0sImI2NCI6ZmFsc2V9." PAYLOAD
		"." SIGNATURE};

	for (size_t i = 0; i < countof(cases); i++) {
		struct jws jws AUTO(jws_done) = {0};
		struct fault fault = {0};

		cr_expect_not(jws_parse(&jws, cases[i], &fault), "%zu", i);
		cr_expect_eq(fault.kind, FAULT_REJECT, "%zu", i);
		cr_expect_null(jws.header, "%zu", i);
	}
}

Test(jws, is_bounded)
{
	char *text AUTO(free) = malloc(JWS_MAX + 64);
	struct jws jws AUTO(jws_done) = {0};
	struct fault fault = {0};

	memset(text, 'A', JWS_MAX + 63);
	memcpy(text, HEADER "." PAYLOAD ".", strlen(HEADER "." PAYLOAD "."));
	text[JWS_MAX + 63] = '\0';
	cr_expect_not(jws_parse(&jws, text, &fault));
	text[JWS_MAX - 200] = '\0';
	cr_expect_not(jws_parse(&jws, text, &fault), "a signature of six KiB");
}

Test(jws, decodes_the_one_spelling_of_what_it_encodes)
{
	unsigned char bytes[64], back[128];
	char coded[128];

	for (size_t len = 0; len < sizeof(bytes); len++) {
		size_t coded_len, back_len;

		memset(bytes, 0xFB, len);
		coded_len = jws_encode(coded, bytes, len);
		cr_expect_eq(strlen(coded), coded_len);
		cr_expect_null(strpbrk(coded, "+/="));
		cr_assert(jws_decode(back, &back_len, coded, coded_len));
		cr_assert_eq(back_len, len);
		cr_expect_arr_eq(back, bytes, len);
	}
}

Test(jws, reads_times_that_can_be)
{
	static const struct {
		const char *payload;
		int64_t time; /* -1: none */
	} cases[] = {
		{"{\"exp\":1700000000}", 1700000000},
		{"{\"exp\":1700000000.9}", 1700000000},
		{"{\"exp\":0}", 0},
		{"{\"exp\":-1}", -1},
		{"{\"exp\":\"1700000000\"}", -1},
		{"{\"exp\":1e300}", -1},
		{"{\"exp\":null}", -1},
		{"{\"exp\":true}", -1},
		{"{}", -1},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct jws jws AUTO(jws_done) = {
			.payload = json_loads(cases[i].payload, 0, NULL)};
		int64_t time = -1;

		cr_expect_eq(jws_time(&time, &jws, "exp"), cases[i].time >= 0, "%s",
			cases[i].payload);
		cr_expect_eq(time, cases[i].time, "%s", cases[i].payload);
	}
}
