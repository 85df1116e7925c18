// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ingress/body.h"

enum { SLACK_CHALLENGE_SIZE = 1024 };

/*
 * url_verification: Slack sends a challenge when somebody enters the URL, signed like
 * an event, and wants it back as the body. https://docs.slack.dev/apis/events-api True
 * when `body` is one; `challenge` has SLACK_CHALLENGE_SIZE.
 */
bool slack_challenge(char *challenge, const struct body *body);

/*
 * ssl_check=1: Slack looks now and then whether the certificate of a command's URL is
 * good. It may be unsigned, wants a 200, and nothing else in it means anything.
 */
bool slack_is_ssl_check(const char *content_type, const void *bytes, size_t len);
