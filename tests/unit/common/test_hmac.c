// SPDX-License-Identifier: Apache-2.0
#include "common/hmac.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/auto.h"
#include "common/ids.h"

static const char *hex(const unsigned char digest[HMAC_SIZE])
{
	static char out[HMAC_HEX_SIZE];

	id_hex(out, digest, HMAC_SIZE);
	return out;
}

/* Fills with one byte; the vectors of RFC 4231 are made of such runs. */
static const char *run_of(char *out, int byte, size_t len)
{
	memset(out, byte, len);
	out[len] = '\0';
	return out;
}

Test(hmac, agrees_with_rfc_4231)
{
	char key1[21], key3[21], key6[132], data3[51], data4[51];
	const char *long_data =
		"This is a test using a larger than block-size key and a larger than "
		"block-size data. The key needs to be hashed before being used by the "
		"HMAC algorithm.";
	const struct {
		const char *key, *data, *digest;
	} cases[] = {
		{run_of(key1, 0x0b, 20), "Hi There",
			"b0344c61d8db38535ca8afceaf0bf12b"
			"881dc200c9833da726e9376c2e32cff7"},
		{"Jefe", "what do ya want for nothing?",
			"5bdcc146bf60754e6a042426089575c7"
			"5a003f089d2739839dec58b964ec3843"},
		{run_of(key3, 0xaa, 20), run_of(data3, 0xdd, 50),
			"773ea91e36800e46854db8ebd09181a7"
			"2959098b3ef8c122d9635514ced565fe"},
		{"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11"
		 "\x12\x13\x14\x15\x16\x17\x18\x19",
			run_of(data4, 0xcd, 50),
			"82558a389a443c0ea4cc819899f2083a"
			"85f0faa3e578f8077a2e3ff46729665b"},
		{run_of(key6, 0xaa, 131),
			"Test Using Larger Than Block-Size Key - Hash Key First",
			"60e431591ee0b67f0d8a26aacbf5b77f"
			"8e0bc6213728c5140546040f0ee37f54"},
		{key6, long_data,
			"9b09ffa71b942fcb27635fbcd5b0e944"
			"bfdc63644f0713938a7f51535c3a35e2"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		unsigned char digest[HMAC_SIZE];

		hmac_sha256(digest, cases[i].key, strlen(cases[i].key),
			&(struct hmac_part){cases[i].data, strlen(cases[i].data)}, 1);
		cr_expect_str_eq(hex(digest), cases[i].digest, "case %zu", i);
	}
}

Test(hmac, of_parts_is_that_of_the_whole)
{
	const struct hmac_part parts[] = {
		{"what do ya ", 11}, {"", 0}, {"want for nothing?", 17}};
	unsigned char digest[HMAC_SIZE];

	hmac_sha256(digest, "Jefe", 4, parts, countof(parts));
	cr_expect_str_eq(hex(digest),
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

Test(hmac, of_nothing_with_no_key_is_defined)
{
	unsigned char digest[HMAC_SIZE];

	hmac_sha256(digest, "", 0, NULL, 0);
	cr_expect_str_eq(hex(digest),
		"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	sha256(digest, "", 0);
	cr_expect_str_eq(hex(digest),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

Test(base64, encodes_and_decodes_rfc_4648)
{
	static const struct {
		const char *plain, *coded;
	} cases[] = {
		{"", ""},
		{"f", "Zg=="},
		{"fo", "Zm8="},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"},
		{"\xfb\xff\xbf", "+/+/"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		char coded[16], plain[16];
		size_t len = base64_encode(
			       coded, cases[i].plain, strlen(cases[i].plain)),
		       back = 0;

		cr_expect_str_eq(coded, cases[i].coded, "case %zu", i);
		cr_expect_eq(len, strlen(cases[i].coded), "case %zu", i);
		cr_expect(base64_decode(plain, &back, coded, len), "case %zu", i);
		cr_expect_eq(back, strlen(cases[i].plain), "case %zu", i);
		cr_expect_arr_eq(plain, cases[i].plain, back, "case %zu", i);
	}
}

Test(base64, decodes_nothing_that_is_not_strict)
{
	static const char *const cases[] = {"Z", "Zg", "Zg=", "Zg==\n",
		" Zg==", "Zg==Zg==", "Zm=v", "Z===", "====", "=m9v", "Zm9v=", "Zm9-",
		"Zm9_", "Zm\n9", "Zh==" /* unused bits set */, "Zm9=" /* the same */,
		"Zm\xc3\xa9"};

	for (size_t i = 0; i < countof(cases); i++) {
		char out[16];
		size_t len = 77;

		cr_expect_not(base64_decode(out, &len, cases[i], strlen(cases[i])),
			"case %zu", i);
		cr_expect_eq(len, 77, "case %zu", i);
	}
}

Test(base64, refuses_a_nul)
{
	char out[16];
	size_t len;

	cr_expect_not(base64_decode(out, &len, "Zm9\0", 4));
}

Test(equal_constant_time, compares_bytes_and_lengths)
{
	cr_expect(equal_constant_time("abc", 3, "abc", 3));
	cr_expect(equal_constant_time("", 0, NULL, 0));
	cr_expect(equal_constant_time("a\0c", 3, "a\0c", 3));
	cr_expect_not(equal_constant_time("abc", 3, "abd", 3));
	cr_expect_not(equal_constant_time("abc", 3, "abc", 2));
	cr_expect_not(equal_constant_time("a\0c", 3, "a\0d", 3));
}
