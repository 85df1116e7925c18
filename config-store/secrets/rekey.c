// SPDX-License-Identifier: Apache-2.0
#include "config-store/secrets/rekey.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

enum { SLICE_ROWS = 500, SLICE_MS = 1000, UNOPENED_MAX = 20 };

/* Where a slice has come to: in the configurations, or in their history. */
struct place {
	bool in_history;
	char org[NAME_MAX_LEN + 1], node[NAME_MAX_LEN + 1]; /* the last one done */
	long long history_id;                               /* likewise */
};

/* What one transaction does. It may be run again: then it starts anew. */
struct batch {
	const char *org; /* "": of all; never when it is configurations */
	struct place from, to;
	int count, rows;
	struct secrets_count secrets;
	json_t *unopened;
};

void rekey_done(struct rekey *rekey)
{
	json_decref(rekey->unopened);
	rekey->unopened = NULL;
}

/* "c.<org>.<node>" or "h.<id>"; "" is the start. */
static bool read_cursor(struct place *place, const char *cursor)
{
	const char *org = cursor + 2, *dot;
	char *end;

	if (!*cursor)
		return true;
	if (strncmp(cursor, "h.", 2) == 0) {
		place->in_history = true;
		place->history_id = strtoll(org, &end, 10);
		return isdigit((unsigned char)*org) && !*end;
	}
	dot = strncmp(cursor, "c.", 2) == 0 ? strchr(org, '.') : NULL;
	if (!dot || dot - org > NAME_MAX_LEN || strlen(dot + 1) > NAME_MAX_LEN)
		return false;
	(void)snprintf(place->org, sizeof(place->org), "%.*s", (int)(dot - org), org);
	(void)snprintf(place->node, sizeof(place->node), "%s", dot + 1);
	return id_is_name(place->org) && id_is_name(place->node);
}

static void write_cursor(char out[REKEY_CURSOR_SIZE], const struct place *place)
{
	if (place->in_history)
		(void)snprintf(out, REKEY_CURSOR_SIZE, "h.%lld", place->history_id);
	else
		(void)snprintf(
			out, REKEY_CURSOR_SIZE, "c.%s.%s", place->org, place->node);
}

static bool begin_batch(struct batch *batch, struct fault *fault)
{
	json_decref(batch->unopened);
	batch->to = batch->from;
	batch->count = batch->rows = 0;
	batch->secrets = (struct secrets_count){0};
	batch->unopened = json_array();
	return batch->unopened || fault_set(fault, FAULT_RETRY, "no memory for a list");
}

/* *out, for free(), is NULL when nothing has to be written. */
static bool renew(char **out, struct store_thread *thread, struct batch *batch,
	const struct secrets_place *where, const char *stored, struct fault *fault)
{
	json_t *document AUTO(json_decref) = NULL;
	long renewed = batch->secrets.renewed;

	*out = NULL;
	if (!json_parse_object(&document, stored, fault) ||
		!secrets_renew(thread->store->secrets, where, document, &batch->secrets,
			fault))
		return false;
	if (batch->secrets.renewed == renewed)
		return true;
	*out = json_print(document);
	return *out || fault_set(fault, FAULT_RETRY, "no memory for a configuration");
}

/* When there were more secrets than `known` that did not open. */
static bool note_unopened(struct batch *batch, long known,
	const struct secrets_place *where, int64_t version, struct fault *fault)
{
	if (batch->secrets.unopened == known ||
		json_array_size(batch->unopened) >= UNOPENED_MAX)
		return true;
	return json_array_append_new(batch->unopened,
		       json_pack("{ss,ss,sI}", "org_id", where->org, "node_id",
			       where->node, "version", (json_int_t)version)) == 0 ||
		fault_set(fault, FAULT_RETRY, "no memory for a list");
}

static bool renew_config(struct store_thread *thread, struct batch *batch,
	const PGresult *rows, int row, struct fault *fault)
{
	const struct secrets_place where = {batch->org, db_value(rows, row, 0)};
	long unopened = batch->secrets.unopened;
	char *sealed AUTO(free) = NULL;

	(void)snprintf(batch->to.org, sizeof(batch->to.org), "%s", where.org);
	(void)snprintf(batch->to.node, sizeof(batch->to.node), "%s", where.node);
	if (!renew(&sealed, thread, batch, &where, db_value(rows, row, 2), fault) ||
		!note_unopened(
			batch, unopened, &where, db_integer(rows, row, 1), fault))
		return false;
	batch->rows += sealed != NULL;
	return !sealed ||
		db_execute(thread->db,
			"UPDATE config.node_config SET config = $3::json"
			" WHERE org_id = $1 AND node_id = $2",
			DB_VALUES(where.org, where.node, sealed), NULL, fault);
}

/* Alone among the writes of the organisation. */
static bool config_batch(
	struct store_thread *thread, void *context, struct fault *fault)
{
	struct batch *batch = context;
	PGresult *rows AUTO(PQclear) = NULL;
	bool begun = strcmp(batch->from.org, batch->org) == 0;

	if (!begin_batch(batch, fault) ||
		!db_query(&rows, thread->db,
			"SELECT node_id, version, config FROM config.node_config"
			" WHERE org_id = $1 AND node_id > $2 ORDER BY node_id"
			" LIMIT 100",
			DB_VALUES(batch->org, begun ? batch->from.node : ""), fault))
		return false;
	batch->count = PQntuples(rows);
	for (int i = 0; i < batch->count; i++)
		if (!renew_config(thread, batch, rows, i, fault))
			return false;
	return true;
}

static bool renew_history(struct store_thread *thread, struct batch *batch,
	const PGresult *rows, int row, struct fault *fault)
{
	const struct secrets_place where = {
		db_value(rows, row, 1), db_value(rows, row, 2)};
	long unopened = batch->secrets.unopened;
	char *before AUTO(free) = NULL, *after AUTO(free) = NULL;

	batch->to.history_id = db_integer(rows, row, 0);
	if (!renew(&before, thread, batch, &where, db_value(rows, row, 4), fault) ||
		!renew(&after, thread, batch, &where, db_value(rows, row, 5), fault) ||
		!note_unopened(
			batch, unopened, &where, db_integer(rows, row, 3), fault))
		return false;
	if (!before && !after)
		return true;
	batch->rows++;
	return db_execute(thread->db,
		"UPDATE config.node_config_history SET"
		" previous_config = coalesce($2::json, previous_config),"
		" config = coalesce($3::json, config) WHERE id = $1::bigint",
		DB_VALUES(db_value(rows, row, 0), before, after), NULL, fault);
}

/* Nobody else ever writes to a row of the history. */
static bool history_batch(
	struct store_thread *thread, struct batch *batch, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;
	char after[24];

	(void)snprintf(after, sizeof(after), "%lld", batch->from.history_id);
	if (!begin_batch(batch, fault) ||
		!db_query(&rows, thread->db,
			"SELECT id, org_id, node_id, version, previous_config, config"
			" FROM config.node_config_history WHERE id > $1::bigint"
			" AND ($2 = '' OR org_id = $2) ORDER BY id LIMIT 100",
			DB_VALUES(after, batch->org), fault))
		return false;
	batch->count = PQntuples(rows);
	for (int i = 0; i < batch->count; i++)
		if (!renew_history(thread, batch, rows, i, fault))
			return false;
	return true;
}

static bool transact_history(
	struct store_thread *thread, struct batch *batch, struct fault *fault)
{
	if (!db_begin(thread->db, fault))
		return false;
	if (history_batch(thread, batch, fault) && db_commit(thread->db, fault))
		return true;
	db_rollback(thread->db);
	return false;
}

/* Whose configurations come after `from`; *org is "" when nobody's do. */
static bool next_org(char org[NAME_MAX_LEN + 1], struct store_thread *thread,
	const struct batch *batch, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = NULL;

	if (!db_query(&rows, thread->db,
		    "SELECT org_id FROM config.node_config"
		    " WHERE (org_id, node_id) > ($1, $2) AND ($3 = '' OR org_id = $3)"
		    " ORDER BY org_id, node_id LIMIT 1",
		    DB_VALUES(batch->from.org, batch->from.node, batch->org), fault))
		return false;
	(void)snprintf(org, NAME_MAX_LEN + 1, "%s",
		PQntuples(rows) > 0 ? db_value(rows, 0, 0) : "");
	return true;
}

/* The next batch; *over when there was none. */
static bool step(struct store_thread *thread, struct batch *batch, bool *over,
	struct fault *fault)
{
	const char *asked = batch->org;
	char org[NAME_MAX_LEN + 1] = "";
	bool good;

	*over = false;
	if (!batch->from.in_history) {
		if (!next_org(org, thread, batch, fault))
			return false;
		batch->from.in_history = !*org;
	}
	if (*org) {
		batch->org = org;
		good = store_transact(thread, org, config_batch, batch, fault);
		batch->org = asked;
		return good;
	}
	good = transact_history(thread, batch, fault);
	*over = good && batch->count == 0;
	return good;
}

static bool add(struct rekey *rekey, const struct batch *batch, struct fault *fault)
{
	rekey->looked_at += batch->count;
	rekey->rows += batch->rows;
	rekey->count.renewed += batch->secrets.renewed;
	rekey->count.unopened += batch->secrets.unopened;
	return json_array_size(rekey->unopened) >= UNOPENED_MAX ||
		json_array_extend(rekey->unopened, batch->unopened) == 0 ||
		fault_set(fault, FAULT_RETRY, "no memory for a list");
}

static bool run(struct store_thread *thread, struct rekey *rekey, struct batch *batch,
	struct fault *fault)
{
	int64_t until = clock_mono_ms() + SLICE_MS;
	bool over = false;

	while (!over && rekey->looked_at < SLICE_ROWS && clock_mono_ms() < until) {
		if (!step(thread, batch, &over, fault) || !add(rekey, batch, fault))
			return false;
		batch->from = batch->to;
	}
	if (!over)
		write_cursor(rekey->next, &batch->to);
	return true;
}

bool rekey_slice(struct store_thread *thread, struct rekey *rekey, struct fault *fault)
{
	struct batch batch = {.org = rekey->org};
	bool good;

	if (!read_cursor(&batch.from, rekey->cursor))
		return refuse(thread, fault, 400, "invalid_cursor",
			"the cursor is none that this call has given");
	rekey->unopened = json_array();
	if (!rekey->unopened)
		return fault_set(fault, FAULT_RETRY, "no memory for a list");
	good = run(thread, rekey, &batch, fault);
	json_decref(batch.unopened);
	return good;
}
