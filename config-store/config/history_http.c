// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "config-store/config/history.h"
#include "config-store/handlers.h"

enum { LIMIT = 20 };

static struct history_place place_of(const struct call *call)
{
	return (struct history_place){
		call_segment(call, "org"), call_segment(call, "node")};
}

static bool is_number(const char *cursor)
{
	enum { DIGITS_MAX = 18 };
	size_t len = strlen(cursor);

	return len <= DIGITS_MAX && strspn(cursor, "0123456789") == len;
}

static bool read_limit(struct call *call, int64_t *limit, struct fault *fault)
{
	const char *text = http_query(call->request, "limit");

	*limit = LIMIT;
	if (text && !call_number(call, limit, text, "limit", fault))
		return false;
	return (*limit >= 1 && *limit <= HISTORY_LIMIT_MAX) ||
		refuse(call->thread, fault, 400, "invalid_limit",
			"limit must be a number from 1 to %d", HISTORY_LIMIT_MAX);
}

bool config_history(struct call *call, struct fault *fault)
{
	const struct history_place place = place_of(call);
	const char *cursor;
	json_t *page;
	int64_t limit;

	return read_limit(call, &limit, fault) &&
		call_cursor(call, &cursor, is_number, fault) &&
		history_list(&page, call->thread, &place, cursor, (long)limit, fault) &&
		call_answer(call, 200, page, fault);
}

bool config_version(struct call *call, struct fault *fault)
{
	const struct history_place place = place_of(call);
	json_t *shown;
	int64_t version;

	return call_number(call, &version, call_segment(call, "version"), "version",
		       fault) &&
		history_show(&shown, call->thread, &place, version, fault) &&
		call_answer(call, 200, shown, fault);
}

bool config_compare(struct call *call, struct fault *fault)
{
	const struct history_place place = place_of(call);
	int64_t versions[2];
	json_t *shown;

	return call_number(call, &versions[0], http_query(call->request, "from"),
		       "from", fault) &&
		call_number(call, &versions[1], http_query(call->request, "to"), "to",
			fault) &&
		history_compare(&shown, call->thread, &place, versions, fault) &&
		call_answer(call, 200, shown, fault);
}
