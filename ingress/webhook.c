// SPDX-License-Identifier: Apache-2.0
#include "ingress/webhook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/audit.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/metrics.h"
#include "ingress/delivery.h"
#include "ingress/json_check.h"

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
	const struct source *source;
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
		source->name, "path", source->path, "client",
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
	struct quota *quota = &webhook->refusals[source - sources];
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

static void refuse(struct webhook *webhook, struct http_request *request,
	const struct source *source, const struct fault *why)
{
	count(source, "refused");
	tell_refused(webhook, request, source, why->text);
	http_answer_error(request, 401, why->text, "the signature of this request %s",
		"is not that of a configured secret over these bytes at this time");
}

static bool verify(const struct webhook *webhook, struct http_request *request,
	const struct source *source, struct fault *fault)
{
	const struct signature_rule *rule = &source->rule;
	struct signed_request received = {
		.signature = http_header(request, rule->header),
		.signature_count = http_header_count(request, rule->header),
		.id = rule->id_header ? http_header(request, rule->id_header) : NULL,
		.timestamp = rule->timestamp_header
			? http_header(request, rule->timestamp_header)
			: NULL,
	};
	static const char *const numbers[SECRETS_MAX] = {
		"1", "2", "3", "4", "5", "6", "7", "8"};
	size_t key;

	received.body = http_body(request, &received.body_len);
	if (!signature_check(rule, source_secrets(source, webhook->secrets), &received,
		    http_received_at_us(request) / 1000000, &key, fault))
		return false;
	metric_add(
		metric_with(&secret_used_total, source->name, numbers[key], NULL), 1);
	return true;
}

static bool has_type(const char *content_type, const char *wanted)
{
	size_t len = strlen(wanted);

	return strncasecmp(content_type, wanted, len) == 0 &&
		strchr("; \t", content_type[len]) != NULL;
}

/* Answers and returns false when the body is not what its content type says. */
static bool check_body(struct http_request *request, const struct source *source,
	const struct delivery *delivery)
{
	static const char form_start[] = "payload=";

	if (source->takes_forms &&
		has_type(delivery->content_type, "application/x-www-form-urlencoded")) {
		if (delivery->body_len > sizeof(form_start) - 1 &&
			memcmp(delivery->body, form_start, sizeof(form_start) - 1) == 0)
			return true;
		count(source, "malformed");
		http_answer_error(request, 400, "invalid_form",
			"the form does not start with payload=");
		return false;
	}
	if (!has_type(delivery->content_type, "application/json")) {
		count(source, "malformed");
		http_answer_error(request, 415, "unsupported_media_type",
			"content type '%.80s' is not taken here; send application/json",
			delivery->content_type);
		return false;
	}
	if (json_check(delivery->body, delivery->body_len))
		return true;
	count(source, "malformed");
	http_answer_error(
		request, 400, "invalid_json", "the body is not JSON in UTF-8");
	return false;
}

static void answer_stored(struct pending *pending, bool duplicate)
{
	char body[ANSWER_SIZE];
	size_t len = TEXT_JOIN(body, "{\"ok\":true,\"event_id\":\"", pending->event_id,
		duplicate ? "\",\"duplicate\":true}" : "\"}");

	http_answer(pending->request,
		&(struct http_answer){.status = 200, .body = body, .len = len});
}

static void answer_unstored(
	struct http_request *request, const struct source *source, const char *why)
{
	struct fault fault = {0};

	count(source, "unavailable");
	(void)fault_set(&fault, FAULT_RETRY, "not stored: %s", why);
	http_answer_unavailable(request, RETRY_AFTER_S, &fault);
}

static void on_published(void *context, const struct published *result)
{
	struct pending *pending = context;
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
	if (!publisher_send(
		    webhook->events, &message.outgoing, on_published, pending, &fault))
		answer_unstored(request, delivery->source, fault.text);
}

static bool handshake(struct http_request *request, const struct delivery *delivery)
{
	const struct source *source = delivery->source;
	char *body AUTO(free) = NULL;

	if (!source->handshake ||
		!source->handshake(&body, delivery->body, delivery->body_len))
		return false;
	count(source, "handshake");
	http_answer(request,
		&(struct http_answer){.status = 200,
			.content_type = "text/plain; charset=utf-8",
			.body = body,
			.len = strlen(body)});
	return true;
}

void webhook_handle(void *context, struct http_request *request)
{
	struct webhook *webhook = context;
	const struct source *source = http_route_data(request);
	const char *content_type = http_header(request, "Content-Type");
	struct delivery delivery = {.source = source,
		.content_type = content_type ? content_type : "",
		.request_id = http_request_id(request),
		.received_at_us = http_received_at_us(request)};
	struct fault fault = {0};

	if (source_secrets(source, webhook->secrets)->count == 0) {
		http_answer_error(request, 404, "source_not_configured",
			"set TOCSIN_%s to take webhooks here", source->secret_setting);
		return;
	}
	if (!verify(webhook, request, source, &fault)) {
		refuse(webhook, request, source, &fault);
		return;
	}
	delivery.body = http_body(request, &delivery.body_len);
	if (!check_body(request, source, &delivery) || handshake(request, &delivery))
		return;
	delivery_identify(&delivery, lookup, request);
	publish(webhook, request, &delivery);
}
