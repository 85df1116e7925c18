// SPDX-License-Identifier: Apache-2.0
// Deliveries of every sender: the built-in ones, and the rows of
// deploy/sources/sources.json. Shapes as the senders' documentation has them.
#pragma once

#include "tests/support/delivery.h"
#include "tests/support/sender.h"

#define JSON_TYPE "application/json"
#define FORM_TYPE "application/x-www-form-urlencoded"
#define STANDARD_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define SLACK_LINES "X-Slack-Request-Timestamp: $TS\r\nX-Slack-Signature: v0=$MAC\r\n"
#define SLACK_SIGNS "v0:$TS:$BODY"
#define STANDARD_SIGNS "$TS.$BODY"

static const struct sender senders[] = {
	{"GitHub, JSON", "/webhooks/github", JSON_TYPE,
		"X-GitHub-Delivery: s-1\r\nX-GitHub-Event: ping\r\nX-Hub-Signature: "
		"sha1=00\r\nX-Hub-Signature-256: sha256=$MAC\r\n",
		"$BODY", GITHUB_SECRET, false,
		"{\"zen\":\"Caf\u00e9 \\u0000 \\ud83d\\ude00\",\"hook_id\":1e3}",
		"tocsin.event.github.ping", "s-1"},
	{"GitHub, form", "/webhooks/github", FORM_TYPE,
		"X-GitHub-Delivery: s-2\r\nX-GitHub-Event: "
		"push\r\nX-Hub-Signature-256: "
		"sha256=$MAC\r\n",
		"$BODY", GITHUB_SECRET, false, "payload=%7B%22ref%22%3A+%22a%22%7D",
		"tocsin.event.github.push", "s-2"},
	{"Slack, event", "/webhooks/slack/events", JSON_TYPE,
		"X-Slack-Retry-Num: 1\r\n" SLACK_LINES, SLACK_SIGNS, SLACK_SECRET,
		false,
		"{\"type\":\"event_callback\",\"event_id\":\"EvS1\",\"event\":{"
		"\"type\":"
		"\"reaction_added\",\"user\":\"U1\"}}",
		"tocsin.event.slack.reaction_added", "EvS1"},
	{"Slack, app_rate_limited", "/webhooks/slack/events", JSON_TYPE, SLACK_LINES,
		SLACK_SIGNS, SLACK_SECRET, false,
		"{\"type\":\"app_rate_limited\",\"minute_rate_limited\":1518467820}",
		"tocsin.event.slack.app_rate_limited", NULL},
	{"Slack, press with trigger", "/webhooks/slack/interactions", FORM_TYPE,
		SLACK_LINES, SLACK_SIGNS, SLACK_SECRET, false,
		"payload=%7B%22type%22%3A%22block_actions%22%2C%22trigger_id%22%3A%2212"
		".1%22%7D",
		"tocsin.event.slack.block_actions", "12.1"},
	{"Slack, view", "/webhooks/slack/interactions", FORM_TYPE, SLACK_LINES,
		SLACK_SIGNS, SLACK_SECRET, false,
		"payload=%7B%22type%22%3A%22view_closed%22%2C%22team%22%3Anull%2C%"
		"22view"
		"%22%3A%7B%22id%22%3A%22V1%22%2C%22hash%22%3A%22h.2%22%7D%7D",
		"tocsin.event.slack.view_closed", "V1-h.2"},
	{"Slack, old press", "/webhooks/slack/interactions", FORM_TYPE, SLACK_LINES,
		SLACK_SIGNS, SLACK_SECRET, false,
		"payload=%7B%22type%22%3A%22interactive_message%22%2C%22user%22%3A%7B"
		"%22id%22%3A%22U1%22%7D%2C%22actions%22%3A%5B%7B%22action_ts%22%3A%221"
		".5%22%7D%5D%7D",
		"tocsin.event.slack.interactive_message", "U1-1.5"},
	{"Slack, command", "/webhooks/slack/commands", FORM_TYPE, SLACK_LINES,
		SLACK_SIGNS, SLACK_SECRET, false,
		"token=t&team_id=T1&channel_id=C0SHOP1&user_id=U1&command=%2Fask&text="
		"why%3F&response_url=https%3A%2F%2Fhooks.slack.com%2Fx&trigger_id=9.9."
		"a",
		"tocsin.event.slack.slash_command", "9.9.a"},
	{"PagerDuty, old secret first", "/webhooks/pagerduty", JSON_TYPE,
		"X-Webhook-Id: w\r\nX-PagerDuty-Signature: "
		"v1="
		"0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd,"
		"v1=$MAC\r\n",
		"$BODY", "a PagerDuty secret", false,
		"{\"event\":{\"id\":\"01P\",\"event_type\":\"incident.triggered\","
		"\"agent\":null,\"data\":{\"type\":\"incident\"}}}",
		"tocsin.event.pagerduty.incident_triggered", "01P"},
	{"PagerDuty, ping", "/webhooks/pagerduty", "application/json; charset=utf-8",
		"X-PagerDuty-Signature: v1=$MAC\r\n", "$BODY", "a PagerDuty secret",
		false,
		"{\"event\":{\"id\":\"01PING\",\"event_type\":\"pagey.ping\",\"data\":{"
		"\"message\":\"Hello\",\"type\":\"ping\"}}}",
		"tocsin.event.pagerduty.pagey_ping", "01PING"},
	{"incident.io", "/webhooks/incidentio", JSON_TYPE,
		"webhook-id: msg_i1\r\nwebhook-timestamp: $TS\r\nwebhook-signature: "
		"v1,$MAC\r\n",
		"msg_i1." STANDARD_SIGNS, STANDARD_SECRET, true,
		"{\"event_type\":\"public_incident.incident_created_v2\"}",
		"tocsin.event.incidentio.public_incident_incident_created_v2",
		"msg_i1"},
	{"incident.io, Svix's names", "/webhooks/incidentio", JSON_TYPE,
		"svix-id: msg_i2\r\nsvix-timestamp: $TS\r\nsvix-signature: v2,x "
		"v1,$MAC\r\n",
		"msg_i2." STANDARD_SIGNS, STANDARD_SECRET, true,
		"{\"event_type\":\"public_alert.alert_created_v1\"}",
		"tocsin.event.incidentio.public_alert_alert_created_v1", "msg_i2"},
	{"home-made", "/webhooks/generic", JSON_TYPE,
		"webhook-id: msg_g1\r\nwebhook-timestamp: $TS\r\nwebhook-signature: "
		"v1a,AAAA v1,$MAC\r\n",
		"msg_g1." STANDARD_SIGNS, STANDARD_SECRET, true,
		"{\"type\":\"deploy.failed\",\"timestamp\":\"2026-11-24T00:00:00Z\","
		"\"data\":{\"text\":\"It fails\",\"service\":\"nobody's\"}}",
		"tocsin.event.generic.deploy_failed", "msg_g1"},
	{"GitLab", "/webhooks/generic/gitlab", JSON_TYPE,
		"X-Gitlab-Event: Push Hook\r\nIdempotency-Key: k-1\r\nX-Gitlab-Token: "
		"$MAC\r\n",
		NULL, "a GitLab token", false,
		"{\"object_kind\":\"push\",\"user_username\":\"ann\",\"project\":{"
		"\"path_with_namespace\":\"acme/shop\"}}",
		"tocsin.event.gitlab.Push_Hook", "k-1"},
	{"Stripe", "/webhooks/generic/stripe", JSON_TYPE,
		"Stripe-Signature: t=$TS,v1=$MAC,v0=00\r\n", STANDARD_SIGNS,
		"whsec_stripe_s3cr3t", false,
		"{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"invoice.paid\"}",
		"tocsin.event.stripe.invoice_paid", "evt_1"},
	{"Grafana", "/webhooks/generic/grafana", JSON_TYPE,
		"X-Grafana-Alerting-Timestamp: $TS\r\nX-Grafana-Alerting-Signature: "
		"$MAC\r\n",
		"$TS:$BODY", "a Grafana secret", false,
		"{\"receiver\":\"tocsin\",\"status\":\"firing\",\"title\":\"[FIRING:1]"
		"\","
		"\"groupKey\":\"{}\",\"commonLabels\":{\"service\":\"shop\"}}",
		"tocsin.event.grafana.firing", NULL},
	{"Alertmanager", "/webhooks/generic/alertmanager", JSON_TYPE,
		"Authorization: Bearer $MAC\r\n", NULL, "an-alertmanager-token", false,
		"{\"version\":\"4\",\"status\":\"resolved\",\"commonLabels\":{"
		"\"alertname\":\"InstanceDown\"}}",
		"tocsin.event.alertmanager.resolved", NULL},
	{"Bitbucket", "/webhooks/generic/bitbucket", JSON_TYPE,
		"X-Event-Key: repo:push\r\nX-Request-UUID: u-1\r\nX-Hub-Signature: "
		"sha256=$MAC\r\n",
		"$BODY", "a Bitbucket secret", false,
		"{\"repository\":{\"full_name\":\"acme/shop\"}}",
		"tocsin.event.bitbucket.repo_push", "u-1"},
	{"Datadog", "/webhooks/generic/datadog", JSON_TYPE, "X-Tocsin-Token: $MAC\r\n",
		NULL, "a Datadog token", false,
		"{\"id\":\"7\",\"event_type\":\"metric_alert_monitor\",\"title\":"
		"\"CPU\"}",
		"tocsin.event.datadog.metric_alert_monitor", "7"},
	{"Sentry", "/webhooks/generic/sentry", JSON_TYPE,
		"Request-ID: q-1\r\nSentry-Hook-Resource: issue\r\n"
		"Sentry-Hook-Signature: $MAC\r\n",
		"$BODY", "a Sentry secret", false,
		"{\"action\":\"created\",\"data\":{\"issue\":{\"title\":\"KeyError\"}}"
		"}",
		"tocsin.event.sentry.issue", "q-1"},
};

/* What makes an ingress take all of them. */
#define SENDERS_SETTINGS                                                    \
	"TOCSIN_PAGERDUTY_WEBHOOK_SECRET=a PagerDuty secret",               \
		"TOCSIN_INCIDENTIO_WEBHOOK_SECRET=" STANDARD_SECRET,        \
		"TOCSIN_GENERIC_WEBHOOK_SECRET=" STANDARD_SECRET,           \
		"TOCSIN_GITLAB_WEBHOOK_SECRET=a GitLab token",              \
		"TOCSIN_STRIPE_WEBHOOK_SECRET=whsec_stripe_s3cr3t",         \
		"TOCSIN_GRAFANA_WEBHOOK_SECRET=a Grafana secret",           \
		"TOCSIN_ALERTMANAGER_WEBHOOK_SECRET=an-alertmanager-token", \
		"TOCSIN_BITBUCKET_WEBHOOK_SECRET=a Bitbucket secret",       \
		"TOCSIN_DATADOG_WEBHOOK_SECRET=a Datadog token",            \
		"TOCSIN_SENTRY_WEBHOOK_SECRET=a Sentry secret",             \
		"TOCSIN_SOURCES_FILE=" TOCSIN_ROOT "/deploy/sources/sources.json"
