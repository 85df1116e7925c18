// SPDX-License-Identifier: Apache-2.0
// Story: whoever reads a body in pieces gets the bytes that were received, or a fault, but
// never others; also from a stream that was restored.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hmac.h"
#include "common/ids.h"
#include "common/nats/body.h"
#include "common/nats/subjects.h"
#include "tests/support/alone.h"

enum { PIECES = 3, PIECE = 1000 };

static struct stack stack;
static struct bus *bus;
static char event_id[UUID_SIZE];
static uint8_t whole[PIECES * PIECE];
static uint64_t sequences[PIECES];

static uint64_t store(size_t number, const void *bytes, size_t len)
{
	char subject[SUBJECT_SIZE];
	jsPubAck *ack = NULL;
	uint64_t sequence;

	(void)snprintf(subject, sizeof(subject), SUBJECT_BODY, event_id, number);
	cr_assert_eq(
		js_Publish(&ack, bus_js(bus), subject, bytes, (int)len, NULL, NULL),
		NATS_OK);
	sequence = ack->Sequence;
	jsPubAck_Destroy(ack);
	return sequence;
}

static void make_stream(void)
{
	jsStreamConfig config;

	(void)jsStreamConfig_Init(&config);
	config.Name = STREAM_BODIES;
	config.Subjects = (const char *[]){"tocsin.body.>"};
	config.SubjectsLen = 1;
	cr_assert_eq(js_AddStream(NULL, bus_js(bus), &config, NULL, NULL), NATS_OK);
}

static void start(void)
{
	alone_start(&stack, &bus);
	make_stream();
	(void)id_make(event_id);
	for (size_t i = 0; i < sizeof(whole); i++)
		whole[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < PIECES; i++)
		sequences[i] = store(i, whole + i * PIECE, PIECE);
}

static void stop(void)
{
	bus_close(bus);
	stack_nats_stop(&stack);
}

/* The kind of the fault; *right: the bytes are those of `whole`. */
static enum fault_kind read_back(
	int64_t length, size_t count, bool good_hash, bool *right, struct fault *fault)
{
	unsigned char digest[HMAC_SIZE];
	uint64_t own[PIECES];
	pb_body_pieces pieces;
	pb_event event;
	bool done;

	sha256(digest, whole, sizeof(whole));
	digest[0] ^= good_hash ? 0 : 1;
	memcpy(own, sequences, sizeof(own));
	pb_body_pieces_init(&pieces);
	pieces.length = length;
	pieces.sha256 = (ProtobufCBinaryData){sizeof(digest), digest};
	pieces.n_sequences = count;
	pieces.sequences = own;
	pb_event_init(&event);
	event.id = event_id;
	event.pieces = &pieces;
	*fault = (struct fault){0};
	done = body_complete(bus, &event, fault);
	*right = done && event.body.len == sizeof(whole) &&
		memcmp(event.body.data, whole, sizeof(whole)) == 0;
	free(event.body.data);
	return fault->kind;
}

Test(body, is_made_whole_and_checked)
{
	struct fault fault;
	bool right;

	start();
	cr_expect_eq(
		read_back(sizeof(whole), PIECES, true, &right, &fault), FAULT_NONE);
	cr_expect(right);
	cr_expect_eq(
		read_back(sizeof(whole), PIECES, false, &right, &fault), FAULT_REJECT);
	cr_expect_eq(read_back(sizeof(whole) - 1, PIECES, true, &right, &fault),
		FAULT_REJECT);
	cr_expect_eq(read_back(sizeof(whole), PIECES - 1, true, &right, &fault),
		FAULT_REJECT);
	cr_expect_eq(read_back(INT64_MAX, PIECES, true, &right, &fault), FAULT_REJECT);
	cr_expect_eq(read_back(-1, PIECES, true, &right, &fault), FAULT_REJECT);
	stop();
}

/* The same delivery id with another body: that one's pieces come later. */
Test(body, is_its_own_though_another_has_the_same_subjects)
{
	static const char other[PIECE] = "another body";
	struct fault fault;
	bool right;

	start();
	for (size_t i = 0; i < PIECES; i++)
		(void)store(i, other, sizeof(other));
	cr_expect_eq(
		read_back(sizeof(whole), PIECES, true, &right, &fault), FAULT_NONE);
	cr_expect(right);
	stop();
}

Test(body, is_found_in_a_stream_that_was_restored_with_other_sequences)
{
	struct fault fault;
	bool right;

	start();
	cr_assert_eq(js_DeleteStream(bus_js(bus), STREAM_BODIES, NULL, NULL), NATS_OK);
	make_stream();
	for (size_t i = PIECES; i-- > 0;)
		(void)store(i, whole + i * PIECE, PIECE);
	cr_expect_eq(
		read_back(sizeof(whole), PIECES, true, &right, &fault), FAULT_NONE);
	cr_expect(right);
	stop();
}

Test(body, whose_piece_is_gone_is_rejected_and_one_nobody_answers_for_is_retried,
	.timeout = 40)
{
	struct fault fault;
	bool right;

	start();
	cr_assert_eq(js_DeleteMsg(bus_js(bus), STREAM_BODIES, sequences[1], NULL, NULL),
		NATS_OK);
	cr_expect_eq(
		read_back(sizeof(whole), PIECES, true, &right, &fault), FAULT_REJECT);
	cr_expect(strstr(fault.text, "is gone"), "%s", fault.text);
	process_kill(&stack.nats);
	cr_expect_eq(
		read_back(sizeof(whole), PIECES, true, &right, &fault), FAULT_RETRY);
	bus_close(bus);
}
