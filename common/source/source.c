// SPDX-License-Identifier: Apache-2.0
#include "common/source/source.h"

#define SLACK_RULE                                                     \
	{                                                              \
		.names = {.signature = "X-Slack-Signature",            \
			.timestamp = "X-Slack-Request-Timestamp"},     \
		.prefix = "v0=", .separators = "", .tolerance_s = 300, \
		.signs = "v0:{timestamp}:{body}",                      \
	}
#define SLACK_HEADERS                                       \
	{                                                   \
		"x-slack-retry-num", "x-slack-retry-reason" \
	}

/* Sorted by path. The schemes' sources are named in docs/webhooks.md. */
const struct source sources[SOURCES_BUILT_IN + 1] = {
	{
		.name = "github",
		.path = "/webhooks/github",
		.secret_setting = "GITHUB_WEBHOOK_SECRET",
		.rule = {.names = {.signature = "X-Hub-Signature-256"},
			.prefix = "sha256=",
			.separators = "",
			.signs = "{body}"},
		.delivery_id = {{SPOT_HEADER, "X-GitHub-Delivery"}},
		.kind = {{SPOT_HEADER, "X-GitHub-Event"}},
		.takes = SOURCE_JSON | SOURCE_PAYLOAD,
		.never_resends = true,
		.kept_headers = {"x-github-event", "x-github-hook-id",
			"x-github-hook-installation-target-id",
			"x-github-hook-installation-target-type"},
	},
	{
		/* Svix sends for incident.io, whose SDK takes Svix's own names too. */
		.name = "incidentio",
		.path = "/webhooks/incidentio",
		.secret_setting = "INCIDENTIO_WEBHOOK_SECRET",
		.rule = {.names = {"webhook-signature", "webhook-id",
				 "webhook-timestamp"},
			.other = {"svix-signature", "svix-id", "svix-timestamp"},
			.prefix = "v1,",
			.separators = " ",
			.encoding = SIGNATURE_BASE64,
			.key = SIGNATURE_KEY_STANDARD,
			.tolerance_s = 300,
			.signs = "{id}.{timestamp}.{body}"},
		.delivery_id = {{SPOT_HEADER, "webhook-id"}, {SPOT_HEADER, "svix-id"}},
		.kind = {{SPOT_POINTER, "/event_type"}},
		.takes = SOURCE_JSON,
	},
	{
		/* The id that the signature covers; X-Webhook-Id is not signed. */
		.name = "pagerduty",
		.path = "/webhooks/pagerduty",
		.secret_setting = "PAGERDUTY_WEBHOOK_SECRET",
		.rule = {.names = {.signature = "X-PagerDuty-Signature"},
			.prefix = "v1=",
			.separators = ", ",
			.signs = "{body}"},
		.delivery_id = {{SPOT_POINTER, "/event/id"}},
		.kind = {{SPOT_POINTER, "/event/event_type"}},
		.takes = SOURCE_JSON,
		.kept_headers = {"x-webhook-id", "x-webhook-subscription"},
	},
	{
		/* Slash commands: the form's fields are everything. */
		.name = "slack",
		.path = "/webhooks/slack/commands",
		.secret_setting = "SLACK_SIGNING_SECRET",
		.rule = SLACK_RULE,
		.delivery_id = {{SPOT_FIELD, "trigger_id"}},
		.kind = {{SPOT_VALUE, "slash_command"}},
		.takes = SOURCE_FIELDS,
		.kept_headers = SLACK_HEADERS,
		.handshake = HANDSHAKE_SLACK_SSL,
	},
	{
		/* app_rate_limited has neither event nor event_id. */
		.name = "slack",
		.path = "/webhooks/slack/events",
		.secret_setting = "SLACK_SIGNING_SECRET",
		.rule = SLACK_RULE,
		.delivery_id = {{SPOT_POINTER, "/event_id"}},
		.kind = {{SPOT_POINTER, "/event/type"}, {SPOT_POINTER, "/type"}},
		.takes = SOURCE_JSON,
		.kept_headers = SLACK_HEADERS,
		.handshake = HANDSHAKE_SLACK_URL,
	},
	{
		.name = "slack",
		.path = "/webhooks/slack/interactions",
		.secret_setting = "SLACK_SIGNING_SECRET",
		.rule = SLACK_RULE,
		.delivery_id = {{SPOT_POINTER, "/trigger_id"},
			{SPOT_POINTER, "/view/id", "/view/hash"},
			{SPOT_POINTER, "/user/id", "/actions/0/action_ts"}},
		.kind = {{SPOT_POINTER, "/type"}},
		.takes = SOURCE_PAYLOAD,
		.kept_headers = SLACK_HEADERS,
		.handshake = HANDSHAKE_SLACK_SSL,
	},
	{0},
};
