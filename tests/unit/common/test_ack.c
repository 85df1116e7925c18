// SPDX-License-Identifier: Apache-2.0
// The answers of nats-servers alone and in clusters, 2.9 to 2.12: what is stored, what is
// refused for good, and what only has to be sent again.
#include <criterion/criterion.h>
#include <string.h>

#include "common/nats/ack.h"

struct answer {
	const char *data;
	struct published expected; /* its error is not looked at */
};

#define ERROR_OF(code, err_code, text)                                        \
	"{\"type\":\"io.nats.jetstream.api.v1.pub_ack_response\",\"error\":{" \
	"\"code\":" #code ",\"err_code\":" #err_code ",\"description\":\"" text "\"}}"

static void check(const struct answer *answers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct published *expected = &answers[i].expected;
		struct published result;
		char error[160] = "";

		ack_parse(&result, answers[i].data, strlen(answers[i].data), error,
			sizeof(error));
		cr_expect_eq(result.stored, expected->stored, "%s", answers[i].data);
		cr_expect_eq(result.duplicate && result.stored, expected->duplicate,
			"%s", answers[i].data);
		cr_expect_eq(
			result.sequence, expected->sequence, "%s", answers[i].data);
		cr_expect_eq(result.refused, expected->refused, "%s", answers[i].data);
		cr_expect_eq(
			result.error_code, expected->error_code, "%s", answers[i].data);
		cr_expect_eq(
			result.error == NULL, expected->stored, "%s", answers[i].data);
	}
}

Test(ack, what_is_stored_is_told_with_its_sequence)
{
	static const struct answer answers[] = {
		{"{\"stream\":\"EVENTS\", \"seq\":7}", {.stored = true, .sequence = 7}},
		{"{\"stream\":\"EVENTS\", \"seq\":7, \"duplicate\": true}",
			{.stored = true, .sequence = 7, .duplicate = true}},
		{"{\"stream\":\"EVENTS\",\"domain\":\"hub\",\"seq\":7,"
		 "\"duplicate\":true}",
			{.stored = true, .sequence = 7, .duplicate = true}},
	};

	check(answers, countof(answers));
}

/* The first copy may never reach a majority: to say "stored" would lose it. */
Test(ack, a_duplicate_that_is_in_process_is_neither_stored_nor_refused)
{
	static const struct answer answers[] = {
		{"{\"stream\":\"EVENTS\", \"seq\":0, \"duplicate\": true}", {0}},
		{"{\"stream\":\"EVENTS\",\"seq\":0,\"duplicate\":true}", {0}},
		{ERROR_OF(409, 10158, "duplicate message id is in process"),
			{.error_code = 10158}},
	};

	check(answers, countof(answers));
}

Test(ack, what_passes_is_not_refused)
{
	static const struct answer answers[] = {
		{ERROR_OF(429, 10167, "too many requests"), {.error_code = 10167}},
		{ERROR_OF(503, 10008, "JetStream system temporarily unavailable"),
			{.error_code = 10008}},
		{ERROR_OF(503, 10077, "maximum bytes exceeded"), {.error_code = 10077}},
		{ERROR_OF(503, 10163, "expected last sequence per subject"),
			{.error_code = 10163}},
		{"-ERR", {0}},
		{"", {0}},
	};

	check(answers, countof(answers));
}

Test(ack, what_is_refused_for_good_says_so)
{
	static const struct answer answers[] = {
		{ERROR_OF(400, 10054, "message size exceeds maximum allowed"),
			{.refused = true, .error_code = 10054}},
		{ERROR_OF(400, 10071, "wrong last sequence: 8"),
			{.refused = true, .error_code = 10071}},
	};

	check(answers, countof(answers));
}

Test(ack, another_writer_was_faster_alone_and_in_a_cluster)
{
	cr_expect(published_was_late(&(struct published){.error_code = 10071}));
	cr_expect(published_was_late(&(struct published){.error_code = 10164}));
	cr_expect_not(published_was_late(&(struct published){.error_code = 10158}));
	cr_expect_not(published_was_late(&(struct published){.stored = true}));
}
