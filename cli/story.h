// SPDX-License-Identifier: Apache-2.0
// What `events show` and `runs show` print: hops with the milliseconds since the event
// was received, and each run with its steps and the answer.
#pragma once

#include "cli/cli.h"
#include "common/json.h"

/* Both take the config store's answers as docs/http.md has them. */
NODISCARD bool story_of_event(struct cli *cli, const json_t *answer);
NODISCARD bool story_of_run(struct cli *cli, const json_t *answer);

/* "2026-11-23 16:05:12" of an RFC 3339 time, "-" of none. `out` has 24 bytes. */
const char *story_time(char *out, const char *time);

/* "acme/shop", "acme", or "-". `out` has 130 bytes. */
const char *story_owner(char *out, const json_t *from);

/* "850 ms", "1.2 s", "3 min 20 s". `out` has 32 bytes. */
const char *story_duration(char *out, long ms);
