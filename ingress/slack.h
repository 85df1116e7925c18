// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * url_verification: Slack sends a challenge when somebody enters the URL, signed like
 * an event, and wants it back as the body. https://docs.slack.dev/apis/events-api True
 * when `bytes` is one; *body is then the challenge, for free().
 */
bool slack_handshake(char **body, const void *bytes, size_t len);
