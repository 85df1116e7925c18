// SPDX-License-Identifier: Apache-2.0
#include "ingress/keep.h"

#include <string.h>

#include "common/audit.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/metrics.h"
#include "common/nats/body.h"

enum {
	RETRY_AFTER_S = 2,
	ANSWER_SIZE = 160,
	LARGE = 32 << 10,
	/* What an event has beside its body: a request's head, ids, and what was found. */
	EVENT_ROOM = 56 << 10,
};

static struct metric deliveries_total = {.type = METRIC_COUNTER,
	.name = "tocsin_ingress_deliveries_total",
	.help = "Webhook requests by source and what became of them",
	.labels = {"source", "outcome"}};
static struct metric ack_seconds = {.type = METRIC_HISTOGRAM,
	.name = "tocsin_ingress_ack_seconds",
	.help = "Time from a complete request to JetStream's ack",
	.labels = {"source"}};
static struct metric delayed_total = {.type = METRIC_COUNTER,
	.name = "tocsin_ingress_delayed_total",
	.help = "Events over their sender's limit, stored to be routed later",
	.labels = {"source"}};

void keep_count(const struct source *source, const char *outcome)
{
	metric_add(metric_with(&deliveries_total, source->name, outcome, NULL), 1);
}

void keep_tell(const struct keeping *keeping, const struct audit *audit)
{
	struct http_request *request = keeping->request;
	const char *source = keeping->delivery.source->name;
	json_t *detail AUTO(json_decref) = json_pack("{s:s, s:s, s:s, s:s}", "source",
		source, "path", http_path(request), "client",
		http_client_address(request), "request_id", http_request_id(request));
	char *text AUTO(free) = json_print(detail);
	struct audit record = *audit;

	record.area = "event";
	record.actor = source;
	record.detail_json = text;
	audit_tell(keeping->webhook->audit, &record);
}

struct http_request *keep_end(struct keeping *keeping)
{
	body_done(&keeping->body);
	source_table_release(keeping->delivery.source->table);
	return keeping->request;
}

void keep_unavailable(struct keeping *keeping, const char *why)
{
	struct fault fault = {0};

	keep_count(keeping->delivery.source, "unavailable");
	(void)fault_set(&fault, FAULT_RETRY, "not stored: %s", why);
	http_answer_unavailable(keep_end(keeping), RETRY_AFTER_S, &fault);
}

void keep_hash(struct keeping *keeping)
{
	const struct delivery *delivery = &keeping->delivery;
	struct pieces *pieces;

	if (delivery->body_len <= LARGE)
		return;
	pieces = http_alloc(keeping->request, sizeof(*pieces));
	if (!pieces)
		return; /* noticed when it is needed */
	*pieces = (struct pieces){.body = delivery->body, .len = delivery->body_len};
	sha256(pieces->digest, pieces->body, pieces->len);
	keeping->pieces = pieces;
}

static const char *lookup(void *request, const char *name)
{
	return http_header(request, name);
}

static void answer_stored(struct keeping *keeping, bool duplicate)
{
	char id[UUID_SIZE], body[ANSWER_SIZE];
	const struct http_answer_header headers[] = {{"X-Tocsin-Event-Id", id}, {0}};
	size_t len = TEXT_JOIN(body, "{\"ok\":true,\"event_id\":\"",
		keeping->delivery.event_id,
		duplicate ? "\",\"duplicate\":true}" : "\"}");

	memcpy(id, keeping->delivery.event_id, sizeof(id));
	/* Slack would show a person the body of an answer to what that person did. */
	if (keeping->delivery.source->handshake == HANDSHAKE_SLACK_SSL)
		len = 0;
	http_answer(keep_end(keeping),
		&(struct http_answer){
			.status = 200, .body = body, .len = len, .headers = headers});
}

static void on_published(void *context, const struct published *result)
{
	struct keeping *keeping = context;
	const struct source *source = keeping->delivery.source;
	struct webhook *webhook = keeping->webhook;
	long missed;

	if (!result->stored) {
		keep_unavailable(keeping, result->error);
		return;
	}
	metric_observe_us(metric_with(&ack_seconds, source->name, NULL, NULL),
		http_age_us(keeping->request));
	keep_count(source, result->duplicate ? "duplicate" : "accepted");
	if (keeping->delivery.not_before_us && !result->duplicate)
		metric_add(metric_with(&delayed_total, source->name, NULL, NULL), 1);
	if (result->duplicate &&
		webhook_may_tell(webhook, &webhook->duplicates, &missed))
		keep_tell(keeping,
			&(struct audit){.action = "event.duplicate",
				.event = keeping->delivery.event_id,
				.reason = keeping->delivery.id});
	answer_stored(keeping, result->duplicate);
}

/* One deadline for everything that is stored for a request. */
static long left_ms(const struct keeping *keeping)
{
	return keeping->webhook->ack_timeout_ms -
		(long)(http_age_us(keeping->request) / 1000);
}

static void publish(struct keeping *keeping)
{
	struct webhook_thread *thread = keeping->thread;
	struct delivery_message message = {.wire = &thread->wire};
	struct fault fault = {0};

	if (!delivery_message(
		    &message, &keeping->delivery, lookup, keeping->request, &fault)) {
		keep_unavailable(keeping, fault.text);
		return;
	}
	message.outgoing.deadline_ms = left_ms(keeping);
	if (message.outgoing.deadline_ms <= 0)
		keep_unavailable(keeping, "there was no time left");
	else if (!publisher_send(thread->events, &message.outgoing, on_published,
			 keeping, &fault))
		keep_unavailable(keeping, fault.text);
}

static void on_body_stored(void *context, const char *error)
{
	struct keeping *keeping = context;

	if (error) {
		keep_unavailable(keeping, error);
		return;
	}
	keeping->delivery.pieces = keeping->pieces;
	publish(keeping);
}

static void publish_body(struct keeping *keeping, size_t max_payload)
{
	struct pieces *pieces = keeping->pieces;

	pieces->publisher = keeping->thread->events;
	pieces->event_id = keeping->delivery.event_id;
	pieces->size = body_piece_size(max_payload);
	pieces->count = body_piece_count(pieces->len, pieces->size);
	pieces->sequences = http_alloc(
		keeping->request, pieces->count * sizeof(*pieces->sequences));
	pieces->until_us = clock_mono_us() + left_ms(keeping) * 1000;
	pieces->done = on_body_stored;
	pieces->context = keeping;
	if (pieces->sequences)
		pieces_send(pieces);
	else
		keep_unavailable(keeping, "no memory");
}

static void store(struct keeping *keeping)
{
	struct publisher *events = keeping->thread->events;
	size_t len = keeping->delivery.body_len;
	size_t max_payload = publisher_max_payload(events);

	if (len <= LARGE || len + EVENT_ROOM <= max_payload)
		publish(keeping);
	else if (keeping->pieces)
		publish_body(keeping, max_payload);
	else
		keep_unavailable(keeping, "no memory");
}

void keep(struct keeping *keeping)
{
	struct limited limited;

	/* First: what cannot be stored must not use up anybody's allowance. */
	if (!publisher_is_connected(keeping->thread->events)) {
		keep_unavailable(keeping, "no connection to NATS");
		return;
	}
	if (admission_admit(keeping->webhook->admission, &keeping->delivery,
		    keeping->whom, &limited)) {
		store(keeping);
		return;
	}
	keep_count(keeping->delivery.source, "limited");
	admission_answer(keep_end(keeping), &limited);
}
