// SPDX-License-Identifier: Apache-2.0
#include "tests/support/delivery.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/ids.h"
#include "common/json.h"

enum { SIGNATURE_SIZE = 80, MAC_SIZE = 32, HEADERS_SIZE = 768 };

static void sign(char *out, const char *prefix, const char *secret, const char *text)
{
	unsigned char mac[MAC_SIZE];
	unsigned int len = 0;

	cr_assert(HMAC(EVP_sha256(), secret, (int)strlen(secret),
		(const unsigned char *)text, strlen(text), mac, &len));
	out += snprintf(out, SIGNATURE_SIZE, "%s", prefix);
	for (unsigned i = 0; i < len; i++)
		out += snprintf(out, 3, "%02x", mac[i]);
}

const char *github_sign(char *out, const char *secret, const char *body)
{
	sign(out, "sha256=", secret, body);
	return out;
}

const char *slack_sign(
	char *out, const char *secret, const char *timestamp, const char *body)
{
	struct text base AUTO(text_done) = {0};

	text_printf(&base, "v0:%s:%s", timestamp, body);
	sign(out, "v0=", secret, text_string(&base));
	return out;
}

/* "Name: value\r\n", or nothing for "". */
static void add_header(char *headers, const char *name, const char *value)
{
	size_t len = strlen(headers);

	if (*value)
		(void)snprintf(
			headers + len, HEADERS_SIZE - len, "%s: %s\r\n", name, value);
}

void github_write(struct exchange *exchange, const struct github_delivery *delivery)
{
	char headers[HEADERS_SIZE] = "Content-Type: application/json\r\n"
				     "User-Agent: GitHub-Hookshot/044aadd\r\n";
	char signature[SIGNATURE_SIZE];
	const char *secret = delivery->secret ? delivery->secret : GITHUB_SECRET;

	add_header(headers, "X-GitHub-Delivery", delivery->id);
	add_header(headers, "X-GitHub-Event", delivery->event);
	add_header(headers, "X-GitHub-Hook-ID", "292430182");
	add_header(headers, "X-Hub-Signature-256",
		delivery->signature ? delivery->signature
				    : github_sign(signature, secret, delivery->body));
	request_write(&exchange->request, "POST /webhooks/github", headers,
		delivery->body, strlen(delivery->body));
}

void slack_write(struct exchange *exchange, const struct slack_delivery *delivery)
{
	char headers[HEADERS_SIZE] = "Content-Type: application/json\r\n"
				     "User-Agent: Slackbot 1.0\r\n";
	char signature[SIGNATURE_SIZE], now[24];
	const char *secret = delivery->secret ? delivery->secret : SLACK_SECRET;
	const char *timestamp = delivery->timestamp ? delivery->timestamp : now;

	(void)snprintf(now, sizeof(now), "%ld", (long)time(NULL));
	add_header(headers, "X-Slack-Request-Timestamp", timestamp);
	add_header(headers, "X-Slack-Signature",
		delivery->signature
			? delivery->signature
			: slack_sign(signature, secret, timestamp, delivery->body));
	if (delivery->retry) {
		add_header(headers, "X-Slack-Retry-Num", delivery->retry);
		add_header(headers, "X-Slack-Retry-Reason", "http_timeout");
	}
	request_write(&exchange->request, "POST /webhooks/slack/events", headers,
		delivery->body, strlen(delivery->body));
}

const char *event_of(const struct exchange *exchange)
{
	static char id[UUID_SIZE];
	json_t *body AUTO(json_decref) = json_loads(exchange->body, 0, NULL);

	(void)snprintf(id, sizeof(id), "%s", json_string_or(body, "/event_id", ""));
	return id;
}
