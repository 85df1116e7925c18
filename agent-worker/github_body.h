// SPDX-License-Identifier: Apache-2.0
// A GitHub comment's text and addresses. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { GITHUB_BODY_MAX = 65000, GITHUB_URL_SIZE = 512 };

/* The comment: `markdown`, cut if need be, and the run's marker. For free(); NULL:
 * memory.
 */
char *github_body(const char *markdown, const char *run);

/* True when `body` ends with the marker of `run`. */
bool github_has_marker(const char *body, const char *run);

/* owner/name, and nothing that would make another path of it. */
bool github_is_repository(const char *name);

/*
 * The URL with rel="next" of a Link header into `out`, which has GITHUB_URL_SIZE.
 * False: there is none, or it does not begin with `base`, to which alone the token may
 * go.
 */
bool github_next(char *out, const char *link, const char *base);
