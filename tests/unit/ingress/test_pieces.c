// SPDX-License-Identifier: Apache-2.0
#include "ingress/pieces.h"

#include <string.h>

#include <criterion/criterion.h>

static const char event_id[] = "0190a5e4-0000-8000-8000-000000000000";

Test(pieces, a_piece_is_the_same_message_only_for_the_same_bytes)
{
	const struct pieces first = {
		.event_id = event_id, .digest = {1}, .size = 512 << 10};
	struct pieces smaller = first, other = first, again = first;
	char id[PIECES_ID_SIZE], next[PIECES_ID_SIZE];

	smaller.size = 256 << 10; /* the server takes smaller messages now */
	other.digest[0] = 2;
	pieces_message_id(id, &first, 3);
	pieces_message_id(next, &again, 3);
	cr_expect_str_eq(id, next);
	pieces_message_id(next, &first, 4);
	cr_expect_str_neq(id, next);
	pieces_message_id(next, &other, 3);
	cr_expect_str_neq(id, next);
	pieces_message_id(next, &smaller, 3);
	cr_expect_str_neq(id, next);
}

Test(pieces, the_largest_numbers_fit_into_a_message_id)
{
	const struct pieces pieces = {
		.event_id = event_id, .digest = {0xab}, .size = SIZE_MAX};
	char id[PIECES_ID_SIZE];

	pieces_message_id(id, &pieces, SIZE_MAX);
	cr_expect_str_eq(strrchr(id, '.'), ".ab000000000000000000000000000000");
}
