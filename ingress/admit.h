// SPDX-License-Identifier: Apache-2.0
// Whether a verified delivery is within its limit, and whether one more bad signature is
// answered as such.
#pragma once

#include "common/http/http_guard.h"
#include "common/http/http_server.h"
#include "ingress/delivery.h"
#include "ingress/limits.h"

enum { WHOM_SIZE = 160 };

struct admission {
	struct limits *limits; /* owned by whoever made it */
	struct limit_rules rules;
	struct gcra failed;        /* bad signatures and tokens of one client */
	struct http_guard trusted; /* proxies */
};

/* "*=50/s:500", "1/s:60", "10.0.0.0/8": the settings. REJECT names what is wrong. */
NODISCARD bool admission_read(struct admission *out, const char *rules,
	const char *failed, const char *trusted, struct fault *fault);

/*
 * By what a delivery is counted beside its source: the channel, repository or service it is
 * about; "" when there is none.
 */
void admission_whom(char out[WHOM_SIZE], const struct delivery *delivery,
	const struct facts *facts);

/*
 * True when the delivery may be stored. A sender that never sends again is not refused:
 * delivery->not_before_us is then set. False: answer with admission_answer().
 */
struct limited {
	struct gcra rule;
	struct gcra_result result;
};

NODISCARD bool admission_admit(struct admission *admission, struct delivery *delivery,
	const char *whom, struct limited *limited);

/* 429, for a sender or client over its limit. */
void admission_answer(struct http_request *request, const struct limited *limited);

/*
 * Counts a failure of the request's client to say who it is. False when it had too many:
 * answer with admission_answer().
 */
NODISCARD bool admission_failed(struct admission *admission,
	struct http_request *request, struct limited *limited);
