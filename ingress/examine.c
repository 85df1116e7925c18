// SPDX-License-Identifier: Apache-2.0
#include "ingress/examine.h"

#include <stdio.h>
#include <string.h>

#include "common/hmac.h"
#include "common/metrics.h"
#include "ingress/slack.h"

static struct metric secret_used_total = {.type = METRIC_COUNTER,
	.name = "tocsin_ingress_secret_used_total",
	.help = "Signatures verified, by source and number of the secret, from 1",
	.labels = {"source", "key"}};

static const char *lookup(void *request, const char *name)
{
	return http_header(request, name);
}

static struct signed_header header_of(struct http_request *request, const char *name)
{
	return name ? (struct signed_header){http_header(request, name),
			      http_header_count(request, name)}
		    : (struct signed_header){0};
}

/* Under which of its two sets of names a sender's signature came. */
static const struct signature_names *names_of(
	struct delivery *delivery, struct http_request *request)
{
	const struct signature_rule *rule = &delivery->source->rule;

	if (!rule->other.signature)
		return &rule->names;
	if (http_header(request, rule->names.signature)) {
		delivery->unsigned_id = rule->other.id;
		return &rule->names;
	}
	delivery->unsigned_id = rule->names.id;
	return &rule->other;
}

static bool verify(
	struct http_request *request, struct delivery *delivery, struct fault *fault)
{
	static const char *const numbers[SECRETS_MAX] = {
		"1", "2", "3", "4", "5", "6", "7", "8"};
	const struct source *source = delivery->source;
	const struct signature_names *names = names_of(delivery, request);
	struct signed_request received;
	size_t key;

	received.signature = header_of(request, names->signature);
	received.id = header_of(request, names->id);
	received.timestamp = header_of(request, names->timestamp);
	received.body = http_body(request, &received.body_len);
	if (!signature_check(&source->rule, &source->secrets, &received,
		    http_received_at_us(request) / 1000000, &key, fault))
		return false;
	metric_add(
		metric_with(&secret_used_total, source->name, numbers[key], NULL), 1);
	return true;
}

/* Keeps the words; our own trouble is one verdict, whatever it was about. */
static void judge(struct keeping *keeping, enum verdict verdict, const char *words)
{
	size_t size = strlen(words) + 1;
	char *copy = http_alloc(keeping->request, size);

	keeping->verdict = verdict;
	keeping->words = copy ? memcpy(copy, words, size) : "no memory";
	if (!copy)
		keeping->verdict = VERDICT_UNAVAILABLE;
}

static bool check_signature(struct keeping *keeping)
{
	struct fault fault = {0};

	if (verify(keeping->request, &keeping->delivery, &fault))
		return true;
	judge(keeping,
		fault.kind == FAULT_RETRY ? VERDICT_UNAVAILABLE : VERDICT_REFUSED,
		fault.text);
	return false;
}

/* Whether the body is what its content type says. */
static bool check_body(struct keeping *keeping)
{
	const struct delivery *delivery = &keeping->delivery;
	struct fault fault = {0};

	if (body_read(&keeping->body, &keeping->refusal, delivery->source,
		    delivery->content_type,
		    &(struct hmac_part){delivery->body, delivery->body_len}, &fault))
		return true;
	judge(keeping,
		fault.kind == FAULT_RETRY ? VERDICT_UNAVAILABLE : VERDICT_MALFORMED,
		fault.text);
	return false;
}

static bool is_handshake(struct keeping *keeping)
{
	char challenge[SLACK_CHALLENGE_SIZE];

	if (keeping->delivery.source->handshake != HANDSHAKE_SLACK_URL ||
		!slack_challenge(challenge, &keeping->body))
		return false;
	judge(keeping, VERDICT_HANDSHAKE, challenge);
	return true;
}

/* Here and not when it is packed: walking a large body takes too long for I/O. */
static bool look_for(struct keeping *keeping, const struct facts *facts)
{
	struct delivery *delivery = &keeping->delivery;

	if (!delivery->source->configured)
		return true;
	delivery->found = http_alloc(keeping->request, sizeof(*delivery->found));
	if (!delivery->found) {
		keeping->verdict = VERDICT_UNAVAILABLE;
		keeping->words = "no memory";
		return false;
	}
	found_fill(delivery->found, delivery->source, facts);
	return true;
}

void examine(struct keeping *keeping)
{
	struct delivery *delivery = &keeping->delivery;
	struct facts facts;

	delivery->body = http_body(keeping->request, &delivery->body_len);
	delivery->content = &keeping->body;
	if (delivery->source->handshake == HANDSHAKE_SLACK_SSL &&
		slack_is_ssl_check(
			delivery->content_type, delivery->body, delivery->body_len)) {
		judge(keeping, VERDICT_HANDSHAKE, "");
		return;
	}
	if (!check_signature(keeping) || !check_body(keeping) || is_handshake(keeping))
		return;
	delivery_identify(delivery, lookup, keeping->request);
	facts = delivery_facts(delivery, lookup, keeping->request);
	admission_whom(keeping->whom, delivery, &facts);
	if (!look_for(keeping, &facts))
		return;
	keep_hash(keeping);
	keeping->verdict = VERDICT_TAKE;
}
