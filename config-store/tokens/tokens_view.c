// SPDX-License-Identifier: Apache-2.0
#include "config-store/tokens/tokens_view.h"

#include <string.h>

enum { DAY_US_FACTOR = 86400 };

static const int64_t day_us = INT64_C(1000000) * DAY_US_FACTOR;

enum {
	ID,
	KIND,
	ORG,
	TEAM,
	LABEL,
	ISSUED_BY,
	ISSUED,
	EXPIRES,
	REVOKED,
	USED,
	SCOPES,
	STATUS
};

json_t *tokens_describe(const PGresult *rows, int row)
{
	bool is_team = db_value(rows, row, TEAM) != NULL;
	const char *scopes = db_value(rows, row, SCOPES);
	unsigned rights = scopes_default(is_team ? CALLER_TEAM : CALLER_ORG_ADMIN);

	if (scopes && !scopes_parse(&rights, scopes))
		rights = RIGHT_KNOWN;
	return json_pack("{ss,ss,ss,ss?,ss,ss,ss,ss?,ss?,ss?,so,ss}", "token_id",
		db_value(rows, row, ID), "kind", db_value(rows, row, KIND), "org_id",
		db_value(rows, row, ORG), "team_node_id", db_value(rows, row, TEAM),
		"label", db_value(rows, row, LABEL), "issued_by",
		db_value(rows, row, ISSUED_BY), "issued_at",
		db_value(rows, row, ISSUED), "expires_at", db_value(rows, row, EXPIRES),
		"revoked_at", db_value(rows, row, REVOKED), "last_used_at",
		db_value(rows, row, USED), "scopes", scopes_json(rights), "status",
		db_value(rows, row, STATUS));
}

static bool read_time(const struct call *call, struct token_end *out, const char *text,
	struct fault *fault)
{
	int64_t now_us = clock_wall_us(), at_us;

	if (!clock_parse(&at_us, text))
		return refuse(call->thread, fault, 400, "invalid_expiry",
			"'expires_at' must be a time like 2026-11-23T16:00:00Z");
	if (at_us <= now_us || at_us > now_us + TOKEN_DAYS_MAX * day_us)
		return refuse(call->thread, fault, 400, "invalid_expiry",
			"'expires_at' must be in the future, and within %d days",
			TOKEN_DAYS_MAX);
	(void)clock_text(at_us, out->at);
	return true;
}

bool tokens_read_end(const struct call *call, struct token_end *out, const json_t *body,
	struct fault *fault)
{
	const json_t *days = json_object_get(body, "days");
	const char *at;

	*out = (struct token_end){0};
	if (!call_string(call, &at, body, "expires_at", NULL, fault))
		return false;
	if (json_is_null(days))
		days = NULL;
	if (at && days)
		return refuse(call->thread, fault, 400, "invalid_expiry",
			"send 'expires_at' or 'days', not both");
	if (days &&
		(!json_is_integer(days) || json_integer_value(days) < 1 ||
			json_integer_value(days) > TOKEN_DAYS_MAX))
		return refuse(call->thread, fault, 400, "invalid_expiry",
			"'days' must be a number from 1 to %d", TOKEN_DAYS_MAX);
	out->days = days ? (long)json_integer_value(days) : 0;
	return !at || read_time(call, out, at, fault);
}

bool tokens_check_rights(
	struct store_thread *thread, unsigned rights, struct fault *fault)
{
	char scopes[SCOPES_SIZE];

	return !(rights & ~thread->caller.rights) ||
		refuse(thread, fault, 403, "insufficient_scope",
			"a token that may do more than yours is not yours to give; "
			"yours lacks: %s",
			scopes_text(scopes, rights & ~thread->caller.rights));
}

static bool add_scope(const struct call *call, unsigned *rights, const json_t *one,
	unsigned most, struct fault *fault)
{
	const char *name = json_string_value(one);
	unsigned right = 0;

	if (!name || strchr(name, ' ') || !*name || !scopes_parse(&right, name) ||
		right & ~most)
		return refuse(call->thread, fault, 400, "invalid_scope",
			"'%.40s' is no scope that this kind of token can have",
			name ? name : "(no string)");
	*rights |= right;
	return true;
}

bool tokens_read_scopes(const struct call *call, char *out, bool *named,
	const json_t *body, enum caller_kind kind, struct fault *fault)
{
	const json_t *list = json_object_get(body, "scopes"), *one;
	unsigned rights = RIGHT_KNOWN;
	size_t i;

	*named = list && !json_is_null(list);
	if (*named && (!json_is_array(list) || json_array_size(list) == 0))
		return refuse(call->thread, fault, 400, "invalid_scope",
			"'scopes' must be an array of at least one name");
	json_array_foreach(
		list, i, one) if (!add_scope(call, &rights, one, scopes_most(kind),
					  fault)) return false;
	(void)scopes_text(out, rights);
	return tokens_check_rights(
		call->thread, *named ? rights : scopes_default(kind), fault);
}
