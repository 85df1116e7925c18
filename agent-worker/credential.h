// SPDX-License-Identifier: Apache-2.0
// Whose token a post is made with. A team's own goes wherever the team says. The operator's
// works for every tenant, so it goes only to places that the team claims by its routing, and
// an identifier belongs to one team: nobody can post into another's channel with it.
#pragma once

#include "agent-worker/destination.h"
#include "common/identifier.h"

struct credential {
	const char *service;       /* for words: "Slack" */
	const char *own;           /* JSON pointer into the team's config */
	const char *operators;     /* token, "" when there is none */
	const char *setting;       /* where it comes from: "TOCSIN_SLACK_BOT_TOKEN" */
	enum identifier_type type; /* of the place */
	const char *place;         /* channel or repository */
};

/* Borrowed from the config or the credential. REJECT says what to set. */
NODISCARD bool credential_choose(const char **out, const json_t *config,
	const struct credential *credential, struct fault *fault);
