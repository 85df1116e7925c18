// SPDX-License-Identifier: Apache-2.0
#include "config-store/store.h"

#include <stdarg.h>
#include <string.h>

#include "common/text.h"
#include "config-store/notices.h"
#include "config-store/routing/outbox.h"

enum { TRIES = 3 };

bool store_thread_open(void **thread, void *store, struct fault *fault)
{
	struct store_thread *made = calloc(1, sizeof(*made));

	if (!made)
		return fault_set(fault, FAULT_RETRY, "no memory for a thread");
	made->store = store;
	if (!db_open(&made->db, made->store->config->database_url, 0, fault)) {
		free(made);
		return false;
	}
	*thread = made;
	return true;
}

void store_thread_close(void *thread)
{
	struct store_thread *closed = thread;

	if (!closed)
		return;
	refusal_clear(closed);
	db_close(closed->db);
	free(closed);
}

bool refuse(struct store_thread *thread, struct fault *fault, int status,
	const char *code, const char *text, ...)
{
	va_list arguments;

	refusal_clear(thread);
	thread->refusal.status = status;
	thread->refusal.code = code;
	fault->kind = FAULT_REJECT;
	fault->retry_after_ms = 0;
	va_start(arguments, text);
	(void)vsnprintf(fault->text, sizeof(fault->text), text, arguments);
	va_end(arguments);
	fault->text[text_cut(fault->text, sizeof(fault->text) - 1)] = '\0';
	return false;
}

void refuse_with_list(struct store_thread *thread, const char *name, json_t *list)
{
	json_decref(thread->refusal.list);
	thread->refusal.list_name = name;
	thread->refusal.list = list;
}

void refusal_clear(struct store_thread *thread)
{
	json_decref(thread->refusal.list);
	thread->refusal = (struct refusal){0};
}

/* The notice goes out with the commit, and not at all without one. */
static bool lock_org(struct db *db, const char *org, struct fault *fault)
{
	return db_execute(db,
		"SELECT pg_advisory_xact_lock(hashtextextended('tocsin org ' || $1, "
		"0)), " NOTICES_NOTIFY("$1"),
		DB_VALUES(org), NULL, fault);
}

static bool is_deadlock(const struct db *db)
{
	return strcmp(db_sqlstate(db), "40P01") == 0 ||
		strcmp(db_sqlstate(db), "40001") == 0;
}

bool store_transact(struct store_thread *thread, const char *org, store_work work,
	void *context, struct fault *fault)
{
	struct db *db = thread->db;

	for (int tried = 1;; tried++) {
		if (!db_begin(db, fault))
			return false;
		if (lock_org(db, org, fault) && work(thread, context, fault) &&
			db_commit(db, fault))
			break;
		db_rollback(db);
		if (tried == TRIES || fault->kind != FAULT_RETRY || !is_deadlock(db))
			return false;
	}
	notices_bump(thread->store->notices, org);
	outbox_wake(thread->store->outbox);
	return true;
}

bool caller_sees(const struct caller *caller, const char *org)
{
	return (caller->kind & (CALLER_SUPER_ADMIN | CALLER_SERVICE)) ||
		(caller->org[0] && strcmp(caller->org, org) == 0);
}

char *store_text(const char *string, size_t max)
{
	size_t len = text_cut(string, max);
	char *copy = strndup(string, len);

	for (size_t i = 0; copy && i < len && !text_is_utf8(copy + i, len - i); i++)
		if ((unsigned char)copy[i] >= 0x80)
			copy[i] = '?';
	return copy;
}
