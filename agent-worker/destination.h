// SPDX-License-Identifier: Apache-2.0
// Where answers go: one table row per type of destination. What a row does is one call
// to the outside; when to post, edit or look for a post is outlet.c's.
#pragma once

#include <jansson.h>

#include "common/http/http_client.h"
#include "proto/names.h"

/* The operator's own accounts. Their tokens go to these URLs and nowhere else. */
struct endpoints {
	const char *slack_url, *slack_token;
	const char *github_url, *github_token;
	const char *webhook_secret; /* whsec_<base64>, "" for none */
};

/* What is to be shown, and where. All borrowed. */
struct post {
	const struct endpoints *endpoints;
	struct http_client *http;
	const json_t *config; /* the team's, effective */
	const pb_task *task;
	const pb_destination *destination;
	const char *markdown;
	const char *state; /* of the run; "running" while it goes on */
	long timeout_ms;
};

/*
 * Faults: REJECT is final for this destination; RETRY means that it may work later, and
 * that nobody knows whether it was done.
 */
struct destination_type {
	const char *name;
	bool shows_progress;

	/* *reference is what edit() needs; the caller owns it. */
	bool (*post)(json_t **reference, const struct post *post, struct fault *fault);

	/* Makes the post show `markdown` instead. NULL: posts of this type are final.
	 */
	bool (*edit)(
		const json_t *reference, const struct post *post, struct fault *fault);

	/* Looks for the post of this run by its marker; *reference stays NULL when
	 * there is none. NULL: this type cannot look. */
	bool (*find)(json_t **reference, const struct post *post, struct fault *fault);
};

/* NULL: no such type. */
const struct destination_type *destination_find(const char *name);

extern const struct destination_type destination_github_issue, destination_github_pr,
	destination_log, destination_slack, destination_webhook;
