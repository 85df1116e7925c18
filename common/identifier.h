// SPDX-License-Identifier: Apache-2.0
// What a team claims events by: the types of identifiers, in the order in which an
// event's are looked up, and the one form in which a value is stored and compared.
#pragma once

#include <stddef.h>

#include "common/fault.h"

/* The order is the order of the look-up. */
enum identifier_type {
	IDENTIFIER_INCIDENTIO_TEAM_ID,
	IDENTIFIER_PAGERDUTY_SERVICE_ID,
	IDENTIFIER_SLACK_CHANNEL_ID,
	IDENTIFIER_GITHUB_REPO,
	IDENTIFIER_CORALOGIX_TEAM_NAME,
	IDENTIFIER_INCIDENTIO_ALERT_SOURCE_ID,
	IDENTIFIER_SERVICE,
	IDENTIFIER_TYPES
};

struct identifier_kind {
	const char *name;       /* in messages and tables: "github_repo" */
	const char *config_key; /* under "routing" of a config: "github_repos" */
	bool lower_case;        /* compared without regard to (ASCII) case */
};

extern const struct identifier_kind identifier_kinds[IDENTIFIER_TYPES];

/* False for a name that is no type. */
NODISCARD bool identifier_type_parse(enum identifier_type *out, const char *name);

enum { IDENTIFIER_SIZE = 256 }; /* of a normalised value with its NUL */

/*
 * Writes `value` as it is stored and compared: ASCII white space trimmed, lower case
 * where the type says so. `out` has IDENTIFIER_SIZE. Nothing left, over 255 bytes, no
 * UTF-8 or a control character is a REJECT that names the type.
 */
NODISCARD bool identifier_normalise(
	char *out, enum identifier_type type, const char *value, struct fault *fault);
