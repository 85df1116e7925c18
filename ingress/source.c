// SPDX-License-Identifier: Apache-2.0
#include "ingress/source.h"

#include "ingress/slack.h"

static const char *const github_headers[] = {"x-github-event", "x-github-hook-id",
	"x-github-hook-installation-target-id",
	"x-github-hook-installation-target-type", NULL};
static const char *const slack_headers[] = {
	"x-slack-retry-num", "x-slack-retry-reason", NULL};
static const char *const pagerduty_headers[] = {
	"x-webhook-id", "x-webhook-subscription", NULL};
static const char *const no_headers[] = {NULL};

/* Sorted by path. The schemes' sources are named in docs/webhooks.md. */
const struct source sources[] = {
	{
		.name = "github",
		.path = "/webhooks/github",
		.secret_setting = "GITHUB_WEBHOOK_SECRET",
		.secrets = offsetof(struct source_secrets, github),
		.rule = {.header = "X-Hub-Signature-256",
			.prefix = "sha256=",
			.separators = "",
			.before = "",
			.between = ""},
		.delivery_id = {.header = "X-GitHub-Delivery"},
		.kind = {.header = "X-GitHub-Event"},
		.takes_forms = true,
		.kept_headers = github_headers,
	},
	{
		.name = "incidentio",
		.path = "/webhooks/incidentio",
		.secret_setting = "INCIDENTIO_WEBHOOK_SECRET",
		.secrets = offsetof(struct source_secrets, incidentio),
		.rule = {.header = "webhook-signature",
			.prefix = "v1,",
			.separators = " ",
			.encoding = SIGNATURE_BASE64,
			.key = SIGNATURE_KEY_STANDARD,
			.id_header = "webhook-id",
			.timestamp_header = "webhook-timestamp",
			.tolerance_s = 300,
			.before = "",
			.between = "."},
		.delivery_id = {.header = "webhook-id"},
		.kind = {.pointer = "/event_type"},
		.kept_headers = no_headers,
	},
	{
		.name = "pagerduty",
		.path = "/webhooks/pagerduty",
		.secret_setting = "PAGERDUTY_WEBHOOK_SECRET",
		.secrets = offsetof(struct source_secrets, pagerduty),
		.rule = {.header = "X-PagerDuty-Signature",
			.prefix = "v1=",
			.separators = ", ",
			.before = "",
			.between = ""},
		.delivery_id = {.pointer = "/event/id"},
		.kind = {.pointer = "/event/event_type"},
		.kept_headers = pagerduty_headers,
	},
	{
		.name = "slack",
		.path = "/webhooks/slack/events",
		.secret_setting = "SLACK_SIGNING_SECRET",
		.secrets = offsetof(struct source_secrets, slack),
		.rule = {.header = "X-Slack-Signature",
			.prefix = "v0=",
			.separators = "",
			.timestamp_header = "X-Slack-Request-Timestamp",
			.tolerance_s = 300,
			.before = "v0:",
			.between = ":"},
		.delivery_id = {.pointer = "/event_id"},
		.kind = {.pointer = "/event/type"},
		.kept_headers = slack_headers,
		.handshake = slack_handshake,
	},
	{0},
};
_Static_assert(countof(sources) <= SOURCES_MAX, "raise SOURCES_MAX");

const struct secret_list *source_secrets(
	const struct source *source, const struct source_secrets *all)
{
	return (const struct secret_list *)((const char *)all + source->secrets);
}
