// SPDX-License-Identifier: Apache-2.0
#include "ingress/webhook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/audit.h"
#include "common/clock.h"
#include "ingress/examine.h"
#include "ingress/keep.h"

/* A larger body is examined in a thread of the pool: 25 MiB take a quarter of a second. */
enum { REASON_SIZE = 320, SMALL = 64 << 10 };

bool webhook_may_tell(struct webhook *webhook, struct quota *quota, long *missed)
{
	bool granted;

	(void)pthread_mutex_lock(&webhook->lock);
	granted = quota_take(quota, clock_mono_us());
	*missed = quota->missed;
	if (granted)
		quota->missed = 0;
	(void)pthread_mutex_unlock(&webhook->lock);
	return granted;
}

/* A record for each, as long as they are few; the next one tells of those without. */
static void tell_refused(struct keeping *keeping)
{
	struct webhook *webhook = keeping->webhook;
	char reason[REASON_SIZE];
	long missed;

	if (!webhook_may_tell(webhook,
		    &webhook->refusals[keeping->delivery.source->number], &missed))
		return;
	(void)snprintf(reason, sizeof(reason), "%s", keeping->words);
	if (missed > 0)
		(void)snprintf(reason, sizeof(reason),
			"%s; %ld more were refused before without a record",
			keeping->words, missed);
	keep_tell(
		keeping, &(struct audit){.action = "event.refused", .reason = reason});
}

static void refuse(struct keeping *keeping)
{
	struct limited limited;

	keep_count(keeping->delivery.source, "refused");
	if (!admission_failed(
		    keeping->webhook->admission, keeping->request, &limited)) {
		admission_answer(keep_end(keeping), &limited);
		return;
	}
	tell_refused(keeping);
	http_answer_error(keep_end(keeping), 401, keeping->words,
		"the signature of this request %s",
		"is not that of a configured secret over these bytes at this time");
}

static void refuse_body(struct keeping *keeping)
{
	keep_count(keeping->delivery.source, "malformed");
	http_answer_error(keep_end(keeping), keeping->refusal.status,
		keeping->refusal.code, "%s", keeping->words);
}

static void shake_hands(struct keeping *keeping)
{
	keep_count(keeping->delivery.source, "handshake");
	http_answer(keep_end(keeping),
		&(struct http_answer){.status = 200,
			.content_type = "text/plain; charset=utf-8",
			.body = keeping->words,
			.len = strlen(keeping->words)});
}

static void conclude(struct keeping *keeping)
{
	switch (keeping->verdict) {
	case VERDICT_TAKE:
		keep(keeping);
		break;
	case VERDICT_HANDSHAKE:
		shake_hands(keeping);
		break;
	case VERDICT_REFUSED:
		refuse(keeping);
		break;
	case VERDICT_MALFORMED:
		refuse_body(keeping);
		break;
	case VERDICT_UNAVAILABLE:
		keep_unavailable(keeping, keeping->words);
		break;
	}
}

static void conclude_carried(void *context, struct http_request *request)
{
	(void)context;
	conclude(http_carried(request));
}

static void examine_carried(void *context, struct http_request *request)
{
	(void)context;
	examine(http_carried(request));
	http_go_on(request, conclude_carried, http_carried(request));
}

/* The row with its secrets; when there is none the request is answered. */
static const struct source *find_source(
	const struct webhook_thread *thread, struct http_request *request)
{
	const struct source *row = http_route_data(request), *source;
	const char *name = "generic";

	if (row) {
		source = source_table_built_in(thread->sources, row);
	} else {
		if (strchr(http_route_path(request), '{'))
			name = http_segment(request, "name");
		source = source_table_find(thread->sources, name);
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

static void take_next_sources(struct webhook_thread *thread)
{
	struct source_table *next;

	if (!atomic_load_explicit(&thread->next, memory_order_relaxed))
		return;
	next = atomic_exchange(&thread->next, NULL);
	if (!next)
		return;
	source_table_release(thread->sources);
	thread->sources = next;
}

/* Answers when there is no memory. */
static struct keeping *keeping_make(struct webhook *webhook,
	struct http_request *request, const struct source *source)
{
	static const struct fault memory = {.kind = FAULT_RETRY, .text = "no memory"};
	struct keeping *keeping = http_alloc(request, sizeof(*keeping));
	const char *content_type = http_header(request, "Content-Type");

	if (!keeping) {
		http_answer_unavailable(request, 1, &memory);
		return NULL;
	}
	*keeping = (struct keeping){.webhook = webhook,
		.thread = &webhook->threads[http_io_thread(request)],
		.request = request};
	keeping->delivery.source = source;
	keeping->delivery.content_type = content_type ? content_type : "";
	keeping->delivery.request_id = http_request_id(request);
	keeping->delivery.received_at_us = http_received_at_us(request);
	source_table_hold(source->table);
	return keeping;
}

void webhook_handle(void *context, struct http_request *request)
{
	struct webhook *webhook = context;
	struct webhook_thread *thread = &webhook->threads[http_io_thread(request)];
	const struct source *source;
	struct keeping *keeping;
	size_t len;

	take_next_sources(thread);
	source = find_source(thread, request);
	keeping = source ? keeping_make(webhook, request, source) : NULL;
	if (!keeping)
		return;
	(void)http_body(request, &len);
	if (len <= SMALL) {
		examine(keeping);
		conclude(keeping);
	} else if (!http_in_pool(request, examine_carried, keeping)) {
		keep_unavailable(keeping, "too many large bodies wait");
	}
}
