// SPDX-License-Identifier: Apache-2.0
#include "config-store/read/export_guard.h"

#include "common/clock.h"
#include "config-store/caller/authorize.h"

static bool is_there(
	bool *out, const struct export_guard *guard, struct db *db, struct fault *fault)
{
	static const char sql[] =
		"SELECT FROM config.node WHERE org_id = $1 AND node_id = $1";
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, db, sql, DB_VALUES(http_segment(guard->request, "org")),
		    fault))
		return false;
	*out = PQntuples(rows) > 0;
	return true;
}

static bool check_org(
	const struct export_guard *guard, struct db *db, struct fault *fault)
{
	bool there;

	if (!guard->had_org)
		return true;
	return is_there(&there, guard, db, fault) &&
		(there ||
			fault_set(fault, FAULT_REJECT,
				"its organisation was deleted meanwhile"));
}

static bool check_caller(const struct export_guard *guard, struct store_thread *thread,
	struct fault *fault)
{
	bool good = authorize(
		thread, guard->request, http_route_data(guard->request), fault);

	/* It is said to nobody: the status of the answer has been sent. */
	refusal_clear(thread);
	return good;
}

bool export_guard_begin(
	struct export_guard *guard, struct http_request *request, struct fault *fault)
{
	struct store_thread *thread = http_thread(request);
	int64_t now = clock_mono_ms();

	*guard = (struct export_guard){.request = request,
		.until_ms = now + thread->store->config->export_ms,
		.look_ms = now + EXPORT_LOOK_MS};
	return is_there(&guard->had_org, guard, thread->db, fault);
}

bool export_guard_check(
	struct export_guard *guard, struct store_thread *thread, struct fault *fault)
{
	int64_t now = clock_mono_ms();

	if (now >= guard->until_ms)
		return fault_set(fault, FAULT_REJECT,
			"it took longer than TOCSIN_EXPORT_TIME (%ld ms)",
			thread->store->config->export_ms);
	if (now < guard->look_ms)
		return true;
	guard->look_ms = now + EXPORT_LOOK_MS;
	return check_caller(guard, thread, fault) &&
		check_org(guard, thread->db, fault);
}
