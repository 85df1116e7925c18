// SPDX-License-Identifier: Apache-2.0
#include "ingress/pieces.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/metrics.h"
#include "common/nats/subjects.h"

enum { HASH_SHOWN = 16 };

static struct metric pieces_total = {.type = METRIC_COUNTER,
	.name = "tocsin_ingress_body_pieces_total",
	.help = "Pieces of large bodies stored in BODIES"};

static void remember(struct pieces *pieces, const char *error)
{
	if (!*pieces->error)
		(void)snprintf(pieces->error, sizeof(pieces->error), "%s",
			error ? error : "?");
}

static void go_on(struct pieces *pieces);

static void on_stored(void *context, const struct published *result)
{
	struct piece *piece = context;
	struct pieces *pieces = piece->pieces;

	piece->pieces = NULL;
	pieces->waiting--;
	if (result->stored) {
		pieces->sequences[piece->number] = result->sequence;
		metric_add(metric_with(&pieces_total, NULL, NULL, NULL), 1);
	} else {
		remember(pieces, result->error);
	}
	go_on(pieces);
}

void pieces_message_id(
	char out[PIECES_ID_SIZE], const struct pieces *pieces, size_t number)
{
	char hash[2 * HASH_SHOWN + 1];

	id_hex(hash, pieces->digest, HASH_SHOWN);
	(void)snprintf(out, PIECES_ID_SIZE, "%s.%zu.%zu.%s", pieces->event_id, number,
		pieces->size, hash);
}

static bool send(struct pieces *pieces, struct piece *piece, struct fault *fault)
{
	char subject[SUBJECT_SIZE], id[PIECES_ID_SIZE];
	size_t from = pieces->next * pieces->size, rest = pieces->len - from;
	int64_t left_ms = (pieces->until_us - clock_mono_us()) / 1000;
	struct header header = {HEADER_MESSAGE_ID, id};

	if (left_ms <= 0)
		return fault_set(
			fault, FAULT_RETRY, "JetStream did not answer in time");
	(void)snprintf(
		subject, sizeof(subject), SUBJECT_BODY, pieces->event_id, pieces->next);
	pieces_message_id(id, pieces, pieces->next);
	*piece = (struct piece){pieces, pieces->next};
	if (!publisher_send(pieces->publisher,
		    &(struct outgoing){.subject = subject,
			    .headers = &header,
			    .header_count = 1,
			    .body = pieces->body + from,
			    .body_len = rest < pieces->size ? rest : pieces->size,
			    .deadline_ms = left_ms},
		    on_stored, piece, fault)) {
		piece->pieces = NULL;
		return false;
	}
	pieces->next++;
	pieces->waiting++;
	return true;
}

static struct piece *find_free(struct pieces *pieces)
{
	for (size_t i = 0; i < countof(pieces->under_way); i++)
		if (!pieces->under_way[i].pieces)
			return &pieces->under_way[i];
	return NULL;
}

static void go_on(struct pieces *pieces)
{
	struct fault fault = {0};
	struct piece *piece;

	while (!*pieces->error && pieces->next < pieces->count &&
		(piece = find_free(pieces)) != NULL)
		if (!send(pieces, piece, &fault))
			remember(pieces, fault.text);
	if (pieces->waiting == 0 && (*pieces->error || pieces->next == pieces->count))
		pieces->done(pieces->context, *pieces->error ? pieces->error : NULL);
}

void pieces_send(struct pieces *pieces)
{
	go_on(pieces);
}
