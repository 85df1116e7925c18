// SPDX-License-Identifier: Apache-2.0
// What a node's configuration was. Every version since the empty start can be had; secrets
// are shown nowhere here. History outlives its node, and ends with its organisation.
#pragma once

#include "common/json.h"
#include "config-store/store.h"

enum { HISTORY_LIMIT_MAX = 100 };

struct history_place {
	const char *org, *node;
};

/*
 * {"items": [{"version", "previous_version", "changed_at", "changed_by", "reason",
 * "diff"}], "next"}, newest first. `before` is "" or the `next` of another page. A page
 * ends early when what it compares gets large. 404 for a node that never was.
 */
NODISCARD bool history_list(json_t **out, struct store_thread *thread,
	const struct history_place *place, const char *before, long limit,
	struct fault *fault);

/*
 * The document of a version with its secrets sealed, in the transaction in hand or none;
 * 404 no_such_version.
 */
NODISCARD bool history_document(json_t **out, struct store_thread *thread,
	const struct history_place *place, int64_t version, struct fault *fault);

/* {"version", "config"}, the secrets as placeholders. */
NODISCARD bool history_show(json_t **out, struct store_thread *thread,
	const struct history_place *place, int64_t version, struct fault *fault);

/* {"from", "to", "diff"} */
NODISCARD bool history_compare(json_t **out, struct store_thread *thread,
	const struct history_place *place, const int64_t versions[2],
	struct fault *fault);
