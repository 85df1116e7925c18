// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/token.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/auto.h"

#define ID "0123456789abcdef0123456789abcdef"
#define SECRET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno-_"

Test(token, reads_its_own_form_and_nothing_else)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{ID "." SECRET, true},
		{"", false},
		{".", false},
		{ID, false},
		{ID ".", false},
		{ID "." SECRET "x", false},
		{ID "." SECRET ".", false},
		{"0123456789ABCDEF0123456789abcdef." SECRET, false},
		{"0123456789abcdef0123456789abcde." SECRET "x", false},
		{ID ":" SECRET, false},
		{ID ".ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno+/", false},
		{ID ".ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno =", false},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct token token;

		cr_expect_eq(token_parse(&token, cases[i].text), cases[i].good, "'%s'",
			cases[i].text);
	}
}

Test(token, what_it_makes_it_reads)
{
	struct token token, other;
	char text[TOKEN_SIZE], again[TOKEN_SECRET_LEN + 1];

	for (int i = 0; i < 1000; i++) {
		token_make_id(token.id);
		token_make_secret(token.secret);
		token_make_secret(again);
		(void)snprintf(text, sizeof(text), "%s.%s", token.id, token.secret);
		cr_assert_eq(strlen(text), TOKEN_SIZE - 1);
		cr_assert(token_parse(&other, text), "%s", text);
		cr_assert_str_eq(other.id, token.id);
		cr_assert_str_eq(other.secret, token.secret);
		cr_assert_str_neq(again, token.secret);
	}
}

Test(token, proves_its_secret_only_with_its_salt)
{
	static const char salt[] = "00112233445566778899aabbccddeeff";
	static const char other_salt[] = "00112233445566778899aabbccddee00";
	char hash[HMAC_HEX_SIZE], other[HMAC_HEX_SIZE];

	token_hash(hash, salt, SECRET);
	token_hash(other, other_salt, SECRET);
	cr_expect_str_neq(hash, other);
	cr_expect(token_proves(SECRET, salt, hash));
	cr_expect_not(token_proves(SECRET, other_salt, hash));
	cr_expect_not(token_proves(
		"BBCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno-_", salt, hash));
	cr_expect_not(token_proves(SECRET, salt, ""));
}

Test(token, compares_texts_of_any_length)
{
	cr_expect(token_same_text("a", "a"));
	cr_expect(token_same_text("", ""));
	cr_expect_not(token_same_text("a", "ab"));
	cr_expect_not(token_same_text("", "a"));
}
