// SPDX-License-Identifier: Apache-2.0
#include "ingress/webhook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/audit.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/metrics.h"
#include "ingress/delivery.h"
#include "ingress/slack.h"

enum { RETRY_AFTER_S = 2, ANSWER_SIZE = 160, REASON_SIZE = 320 };

static struct metric deliveries_total = {.type = METRIC_COUNTER,
	.name = "tocsin_ingress_deliveries_total",
	.help = "Webhook requests by source and what became of them",
	.labels = {"source", "outcome"}};
static struct metric ack_seconds = {.type = METRIC_HISTOGRAM,
	.name = "tocsin_ingress_ack_seconds",
	.help = "Time from a complete request to JetStream's ack",
	.labels = {"source"}};
static struct metric secret_used_total = {.type = METRIC_COUNTER,
	.name = "tocsin_ingress_secret_used_total",
	.help = "Signatures verified, by source and number of the secret, from 1",
	.labels = {"source", "key"}};

/* What the ack's callback needs; lives as long as the request. */
struct pending {
	const struct webhook *webhook;
	struct http_request *request;
	const struct source *source; /* its table is held */
	char event_id[UUID_SIZE];
	char delivery_id[DELIVERY_ID_SIZE];
	int64_t from_us;
};

static void count(const struct source *source, const char *outcome)
{
	metric_add(metric_with(&deliveries_total, source->name, outcome, NULL), 1);
}

static const char *lookup(void *request, const char *name)
{
	return http_header(request, name);
}

static void tell(const struct webhook *webhook, const struct source *source,
	struct http_request *request, const struct audit *audit)
{
	json_t *detail AUTO(json_decref) = json_pack("{s:s, s:s, s:s, s:s}", "source",
		source->name, "path", http_path(request), "client",
		http_client_address(request), "request_id", http_request_id(request));
	char *text AUTO(free) = json_print(detail);
	struct audit record = *audit;

	record.area = "event";
	record.actor = source->name;
	record.detail_json = text;
	audit_tell(webhook->audit, &record);
}

/* A record for each, as long as they are few; the next one tells of those without. */
static void tell_refused(struct webhook *webhook, struct http_request *request,
	const struct source *source, const char *why)
{
	struct quota *quota = &webhook->refusals[source->number];
	char reason[REASON_SIZE];

	if (!quota_take(quota, clock_mono_us()))
		return;
	(void)snprintf(reason, sizeof(reason), "%s", why);
	if (quota->missed > 0)
		(void)snprintf(reason, sizeof(reason),
			"%s; %ld more were refused before without a record", why,
			quota->missed);
	quota->missed = 0;
	tell(webhook, source, request,
		&(struct audit){.action = "event.refused", .reason = reason});
}

static void answer_unstored(
	struct http_request *request, const struct source *source, const char *why)
{
	struct fault fault = {0};

	count(source, "unavailable");
	(void)fault_set(&fault, FAULT_RETRY, "not stored: %s", why);
	http_answer_unavailable(request, RETRY_AFTER_S, &fault);
}

static void refuse(struct webhook *webhook, struct http_request *request,
	const struct source *source, const struct fault *why)
{
	if (why->kind == FAULT_RETRY) {
		answer_unstored(request, source, why->text);
		return;
	}
	count(source, "refused");
	tell_refused(webhook, request, source, why->text);
	http_answer_error(request, 401, why->text, "the signature of this request %s",
		"is not that of a configured secret over these bytes at this time");
}

static struct signed_header header_of(struct http_request *request, const char *name)
{
	return name ? (struct signed_header){http_header(request, name),
			      http_header_count(request, name)}
		    : (struct signed_header){0};
}

static bool verify(
	struct http_request *request, const struct source *source, struct fault *fault)
{
	static const char *const numbers[SECRETS_MAX] = {
		"1", "2", "3", "4", "5", "6", "7", "8"};
	const struct signature_rule *rule = &source->rule;
	const struct signature_names *names = &rule->names;
	struct signed_request received;
	size_t key;

	if (rule->other.signature && !http_header(request, names->signature))
		names = &rule->other;
	received.signature = header_of(request, names->signature);
	received.id = header_of(request, names->id);
	received.timestamp = header_of(request, names->timestamp);
	received.body = http_body(request, &received.body_len);
	if (!signature_check(rule, &source->secrets, &received,
		    http_received_at_us(request) / 1000000, &key, fault))
		return false;
	metric_add(
		metric_with(&secret_used_total, source->name, numbers[key], NULL), 1);
	return true;
}

/* Answers and returns false when the body is not what its content type says. */
static bool check_body(struct http_request *request, struct body *body,
	const struct delivery *delivery)
{
	struct body_refusal refusal;
	struct fault fault = {0};

	if (body_read(body, &refusal, delivery->source, delivery->content_type,
		    &(struct hmac_part){delivery->body, delivery->body_len}, &fault))
		return true;
	if (fault.kind == FAULT_RETRY) {
		answer_unstored(request, delivery->source, fault.text);
		return false;
	}
	count(delivery->source, "malformed");
	http_answer_error(request, refusal.status, refusal.code, "%s", fault.text);
	return false;
}

static void answer_stored(struct pending *pending, bool duplicate)
{
	const struct http_answer_header headers[] = {
		{"X-Tocsin-Event-Id", pending->event_id}, {0}};
	char body[ANSWER_SIZE];
	size_t len = TEXT_JOIN(body, "{\"ok\":true,\"event_id\":\"", pending->event_id,
		duplicate ? "\",\"duplicate\":true}" : "\"}");

	/* Slack would show a person the body of an answer to what that person did. */
	if (pending->source->handshake == HANDSHAKE_SLACK_SSL)
		len = 0;
	http_answer(pending->request,
		&(struct http_answer){
			.status = 200, .body = body, .len = len, .headers = headers});
}

static void settle(struct pending *pending, const struct published *result)
{
	const struct source *source = pending->source;

	if (!result->stored) {
		answer_unstored(pending->request, source, result->error);
		return;
	}
	metric_observe_us(metric_with(&ack_seconds, source->name, NULL, NULL),
		clock_mono_us() - pending->from_us);
	count(source, result->duplicate ? "duplicate" : "accepted");
	if (result->duplicate)
		tell(pending->webhook, source, pending->request,
			&(struct audit){.action = "event.duplicate",
				.event = pending->event_id,
				.reason = pending->delivery_id});
	answer_stored(pending, result->duplicate);
}

/* The request, and `pending` with it, is gone once it is answered. */
static void on_published(void *context, const struct published *result)
{
	struct pending *pending = context;
	struct source_table *table = pending->source->table;

	settle(pending, result);
	source_table_release(table);
}

static void publish(struct webhook *webhook, struct http_request *request,
	const struct delivery *delivery)
{
	struct pending *pending = http_alloc(request, sizeof(*pending));
	struct delivery_message message = {.wire = webhook->wire};
	struct fault fault = {0};

	if (!pending) {
		answer_unstored(request, delivery->source, "no memory");
		return;
	}
	*pending = (struct pending){.webhook = webhook,
		.request = request,
		.source = delivery->source,
		.from_us = clock_mono_us()};
	memcpy(pending->event_id, delivery->event_id, sizeof(pending->event_id));
	memcpy(pending->delivery_id, delivery->id, sizeof(pending->delivery_id));
	if (!delivery_message(&message, delivery, lookup, request, &fault)) {
		answer_unstored(request, delivery->source, fault.text);
		return;
	}
	message.outgoing.deadline_ms = webhook->ack_timeout_ms;
	source_table_hold(delivery->source->table);
	if (!publisher_send(webhook->events, &message.outgoing, on_published, pending,
		    &fault)) {
		source_table_release(delivery->source->table);
		answer_unstored(request, delivery->source, fault.text);
	}
}

static void answer_handshake(
	struct http_request *request, const struct source *source, const char *body)
{
	count(source, "handshake");
	http_answer(request,
		&(struct http_answer){.status = 200,
			.content_type = "text/plain; charset=utf-8",
			.body = body,
			.len = strlen(body)});
}

static bool handshake(struct http_request *request, const struct delivery *delivery)
{
	char challenge[SLACK_CHALLENGE_SIZE];

	if (delivery->source->handshake != HANDSHAKE_SLACK_URL ||
		!slack_challenge(challenge, delivery->content))
		return false;
	answer_handshake(request, delivery->source, challenge);
	return true;
}

/* The row with its secrets; when there is none the request is answered. */
static const struct source *find_source(
	struct webhook *webhook, struct http_request *request)
{
	const struct source *row = http_route_data(request), *source;
	const char *name = "generic";

	if (row) {
		source = source_table_built_in(webhook->sources, row);
	} else {
		if (strchr(http_route_path(request), '{'))
			name = http_segment(request, "name");
		source = source_table_find(webhook->sources, name);
	}
	if (source && source->secrets.count > 0)
		return source;
	if (row)
		http_answer_error(request, 404, "source_not_configured",
			"set TOCSIN_%s to take webhooks here", row->secret_setting);
	else
		http_answer_error(request, 404, "source_not_configured",
			"%s to take webhooks here",
			source ? "set one of the source's secrets"
			       : "add a source of this name to TOCSIN_SOURCES_FILE");
	return NULL;
}

static void take_next_sources(struct webhook *webhook)
{
	struct source_table *next;

	if (!atomic_load_explicit(&webhook->next, memory_order_relaxed))
		return;
	next = atomic_exchange(&webhook->next, NULL);
	if (!next)
		return;
	source_table_release(webhook->sources);
	webhook->sources = next;
}

void webhook_replace_sources(struct webhook *webhook, struct source_table *table)
{
	source_table_release(atomic_exchange(&webhook->next, table));
}

void webhook_done(struct webhook *webhook)
{
	source_table_release(atomic_exchange(&webhook->next, NULL));
	source_table_release(webhook->sources);
	webhook->sources = NULL;
}

static void take(struct webhook *webhook, struct http_request *request,
	struct delivery *delivery, struct body *body)
{
	struct fault fault = {0};

	delivery->body = http_body(request, &delivery->body_len);
	delivery->content = body;
	if (delivery->source->handshake == HANDSHAKE_SLACK_SSL &&
		slack_is_ssl_check(
			delivery->content_type, delivery->body, delivery->body_len)) {
		answer_handshake(request, delivery->source, "");
		return;
	}
	if (!verify(request, delivery->source, &fault)) {
		refuse(webhook, request, delivery->source, &fault);
		return;
	}
	if (!check_body(request, body, delivery) || handshake(request, delivery))
		return;
	delivery_identify(delivery, lookup, request);
	publish(webhook, request, delivery);
}

void webhook_handle(void *context, struct http_request *request)
{
	struct webhook *webhook = context;
	struct body body AUTO(body_done) = {0};
	const char *content_type = http_header(request, "Content-Type");
	struct delivery delivery = {.content_type = content_type ? content_type : "",
		.request_id = http_request_id(request),
		.received_at_us = http_received_at_us(request)};

	take_next_sources(webhook);
	delivery.source = find_source(webhook, request);
	if (delivery.source)
		take(webhook, request, &delivery, &body);
}
