// SPDX-License-Identifier: Apache-2.0
#include "audit-sink/epochs.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"

enum { CHECK_EVERY_MS = 10000 };

DEFINE_AUTO(jsStreamInfo, jsStreamInfo_Destroy)

static bool record_life(
	struct db *db, const char *stream, int64_t created_us, struct fault *fault)
{
	static const char sql[] =
		"INSERT INTO audit.stream (name, epoch, created)"
		" SELECT $1, (SELECT COALESCE(max(epoch), 0) + 1 FROM audit.stream"
		" WHERE name = $1),"
		" timestamptz 'epoch' + $2::bigint * interval '1 microsecond'"
		" ON CONFLICT DO NOTHING";
	char created[24];

	(void)snprintf(created, sizeof(created), "%" PRId64, created_us);
	return db_execute(db, sql, DB_VALUES(stream, created), NULL, fault);
}

static bool load_lives(struct epochs *epochs, struct db *db, struct fault *fault)
{
	static const char sql[] =
		"SELECT epoch, (extract(epoch FROM created) * 1000000)::bigint"
		" FROM audit.stream WHERE name = $1 ORDER BY epoch DESC LIMIT 8";
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, db, sql, DB_VALUES(epochs->stream), fault))
		return false;
	epochs->count = PQntuples(rows);
	assert(epochs->count <= EPOCHS_KNOWN);
	for (int i = 0; i < epochs->count; i++)
		epochs->known[i] = (struct epoch){
			(int)db_integer(rows, i, 0), db_integer(rows, i, 1)};
	return true;
}

static bool check(
	struct epochs *epochs, struct bus *bus, struct db *db, struct fault *fault)
{
	jsStreamInfo *info AUTO(jsStreamInfo_Destroy) = NULL;
	int newest = epochs->known[0].number;
	natsStatus status =
		js_GetStreamInfo(&info, bus_js(bus), epochs->stream, NULL, NULL);

	if (status != NATS_OK)
		return bus_fault(fault, status, epochs->stream);
	if (!record_life(db, epochs->stream, info->Created / 1000, fault) ||
		!load_lives(epochs, db, fault))
		return false;
	if (epochs->known[0].number != newest)
		epochs->highest = 0;
	epochs->last = info->State.LastSeq;
	epochs->checked_at_ms = clock_mono_ms();
	return true;
}

bool epochs_follow(struct epochs *epochs, struct bus *bus, struct db *db,
	uint64_t lowest, uint64_t highest, struct fault *fault)
{
	bool due = epochs->count == 0 || lowest <= epochs->highest ||
		clock_mono_ms() - epochs->checked_at_ms >= CHECK_EVERY_MS;

	if (due && !check(epochs, bus, db, fault))
		return false;
	if (highest > epochs->highest)
		epochs->highest = highest;
	return true;
}

int epochs_of(const struct epochs *epochs, int64_t stored_at_us)
{
	assert(epochs->count > 0);
	for (int i = 0; i < epochs->count; i++)
		if (epochs->known[i].created_us <= stored_at_us)
			return epochs->known[i].number;
	return epochs->known[epochs->count - 1].number;
}

int64_t epochs_lag(const struct epochs *epochs)
{
	return epochs->last > epochs->highest
		? (int64_t)(epochs->last - epochs->highest)
		: 0;
}
