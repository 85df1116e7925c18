// SPDX-License-Identifier: Apache-2.0
#include "ingress/admit.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/http/http_caller.h"
#include "common/json.h"
#include "common/text.h"

enum {
	SECOND_US = 1000000,
	SPOTS_MAX = 6,
	NUMBER_SIZE = 24,
};

/*
 * A delayed event waits an hour at most. What is beyond that is refused all the same: a
 * captured body, sent again and again under ids that no signature covers, must not fill
 * the stream for everybody.
 */
static const int64_t delay_most_us = 3600 * (int64_t)SECOND_US;

/* A configured source is counted by its first identifier that is there, others whole. */
static const struct account {
	const char *source;
	struct spot spots[SPOTS_MAX + 1]; /* the first that is there */
} accounts[] = {
	{"github",
		{{SPOT_POINTER, "/repository/full_name"},
			{SPOT_POINTER, "/organization/login"},
			{SPOT_HEADER, "X-GitHub-Hook-ID"}}},
	{"pagerduty",
		{{SPOT_POINTER, "/event/data/service/id"},
			{SPOT_POINTER, "/event/data/id"},
			{SPOT_HEADER, "X-Webhook-Subscription"}}},
	{"slack",
		{{SPOT_POINTER, "/event/channel"}, {SPOT_POINTER, "/channel/id"},
			{SPOT_FIELD, "channel_id"}, {SPOT_POINTER, "/team_id"},
			{SPOT_POINTER, "/team/id"}, {SPOT_FIELD, "team_id"}}},
};

static const struct account *account_of(const struct source *source)
{
	for (size_t i = 0; i < countof(accounts) && !source->configured; i++)
		if (strcmp(accounts[i].source, source->name) == 0)
			return &accounts[i];
	return NULL;
}

bool admission_read(struct admission *out, const char *rules, const char *failed,
	const char *trusted, struct fault *fault)
{
	return limit_rules_parse(&out->rules, rules, fault) &&
		limit_rule_parse(&out->failed, failed, fault) &&
		http_guard_init(&out->trusted, trusted, fault);
}

static bool find_configured(
	char *out, const struct source *source, const struct facts *facts)
{
	for (size_t i = 0; i < source->identifier_count; i++)
		if (fact_find(out, facts, &source->identifiers[i].spot))
			return true;
	return false;
}

void admission_whom(
	char out[WHOM_SIZE], const struct delivery *delivery, const struct facts *facts)
{
	const struct source *source = delivery->source;
	const struct account *account = account_of(source);
	char fact[FACT_SIZE];
	bool found = account ? fact_first(fact, facts, account->spots)
			     : find_configured(fact, source, facts);

	(void)text_join(out, WHOM_SIZE, (const char *const[]){found ? fact : ""}, 1);
}

/* Seconds, rounded up, so that who waits as long is let in. */
static void print_seconds(char out[NUMBER_SIZE], int64_t us)
{
	(void)snprintf(out, NUMBER_SIZE, "%lld",
		(long long)((us + SECOND_US - 1) / SECOND_US));
}

void admission_answer(struct http_request *request, const struct limited *limited)
{
	const struct gcra_result *result = &limited->result;
	char wait[NUMBER_SIZE], limit[NUMBER_SIZE], remaining[NUMBER_SIZE],
		reset[NUMBER_SIZE];
	const struct http_answer_header headers[] = {{"Retry-After", wait},
		{"X-RateLimit-Limit", limit}, {"X-RateLimit-Remaining", remaining},
		{"X-RateLimit-Reset", reset}, {NULL}};
	json_t *json AUTO(json_decref) =
		json_pack("{s:s, s:s}", "error", "rate_limited", "message",
			"too many; what is sent again later is taken");
	char *body AUTO(free) = json_print(json);

	print_seconds(wait, result->wait_us);
	print_seconds(reset, clock_wall_us() + result->reset_us);
	(void)snprintf(limit, sizeof(limit), "%lld", (long long)limited->rule.burst);
	(void)snprintf(
		remaining, sizeof(remaining), "%lld", (long long)result->remaining);
	http_answer(request,
		&(struct http_answer){.status = 429,
			.body = body,
			.len = body ? strlen(body) : 0,
			.headers = headers});
}

bool admission_admit(struct admission *admission, struct delivery *delivery,
	const char *whom, struct limited *limited)
{
	const char *source = delivery->source->name;
	int64_t now = clock_mono_us();

	limited->rule = limit_rule_of(&admission->rules, source);
	if (!delivery->source->never_resends) {
		limited->result = limits_take(
			admission->limits, &limited->rule, source, whom, now);
		return limited->result.granted;
	}
	limited->result = limits_borrow(admission->limits, &limited->rule,
		(const char *const[2]){source, whom}, now, delay_most_us);
	if (limited->result.wait_us >= delay_most_us)
		return false;
	if (!limited->result.granted)
		delivery->not_before_us = clock_wall_us() + limited->result.wait_us;
	return true;
}

bool admission_failed(struct admission *admission, struct http_request *request,
	struct limited *limited)
{
	char client[CLIENT_SIZE];

	http_forwarded_client(client, request, &admission->trusted);
	limited->rule = admission->failed;
	limited->result = limits_take(
		admission->limits, &limited->rule, "failed", client, clock_mono_us());
	return limited->result.granted;
}
