// SPDX-License-Identifier: Apache-2.0
// What senders send: bodies modelled on real ones, signed as the real ones sign. The
// signatures are made with libcrypto here, not with the code under test.
#pragma once

#include "common/text.h"
#include "tests/support/client.h"

#define GITHUB_SECRET "a GitHub secret for tests only"
#define GITHUB_NEXT_SECRET "the GitHub secret that comes next"
#define SLACK_SECRET "8f742231b10e8888abcd99yyyzzz85a5"

/* One delivery of GitHub's. */
struct github_delivery {
	const char *event;     /* "issue_comment" */
	const char *id;        /* X-GitHub-Delivery */
	const char *body;      /* JSON */
	const char *secret;    /* NULL: GITHUB_SECRET */
	const char *signature; /* NULL: the right one; "": no header; else as it is */
};

struct slack_delivery {
	const char *body;
	const char *secret;    /* NULL: SLACK_SECRET */
	const char *signature; /* as above */
	const char *timestamp; /* NULL: now; "": no header */
	const char *retry;     /* X-Slack-Retry-Num, or NULL */
};

/* Writes the request of an exchange that is zero or done. */
void github_write(struct exchange *exchange, const struct github_delivery *delivery);
void slack_write(struct exchange *exchange, const struct slack_delivery *delivery);

/* "sha256=" or "v0=" and hex; `out` has 80. */
const char *github_sign(char *out, const char *secret, const char *body);
const char *slack_sign(
	char *out, const char *secret, const char *timestamp, const char *body);

/* Bodies: free() them. */
struct comment {
	const char *repository;
	long number;
	const char *login;
	const char *type; /* NULL: "User" */
	const char *text; /* JSON-safe */
	bool on_pull_request;
};
char *body_of_comment(const struct comment *comment);
char *body_of_check_run(const char *repository, const char *conclusion, long number);
char *body_of_pull_request(const char *repository, const char *action, long number);
char *body_of_issue(const char *repository, const char *action, long number);
char *body_of_push(const char *repository, const char *branch);
char *body_of_workflow_run(const char *repository, const char *conclusion);

struct mention {
	const char *event_id, *channel;
	const char *ts;     /* NULL: one of its own, derived from event_id */
	const char *thread; /* NULL: not in a thread */
	const char *text;   /* JSON-safe */
	const char *bot;    /* NULL: a person; else bot_id */
};
char *body_of_mention(const struct mention *mention);

/* The event_id in the answer to a delivery, or ""; borrowed until the next call. */
const char *event_of(const struct exchange *exchange);
