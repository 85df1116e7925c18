// SPDX-License-Identifier: Apache-2.0
#include "config-store/routing/bucket.h"

#include <stdio.h>
#include <string.h>

#include "common/nats/subjects.h"

enum { LIST_TIMEOUT_MS = 5000 };

#define STREAM "KV_" BUCKET_ROUTES
#define SUBJECT "$KV." BUCKET_ROUTES ".%s"
#define OPERATION "KV-Operation"

DEFINE_AUTO(kvStore, kvStore_Destroy)
DEFINE_AUTO(kvWatcher, kvWatcher_Destroy)
DEFINE_AUTO(kvEntry, kvEntry_Destroy)

void bucket_entry_done(struct bucket_entry *entry)
{
	free(entry->key);
	free(entry->data);
	*entry = (struct bucket_entry){0};
}

static bool fill(
	struct bucket_entry *out, const char *key, const void *data, size_t len)
{
	out->key = strdup(key);
	if (data && (out->data = malloc(len + 1)) != NULL) {
		memcpy(out->data, data, len);
		out->len = len;
	}
	return out->key && (out->data || !data);
}

static bool no_memory(struct fault *fault)
{
	return fault_set(fault, FAULT_RETRY, "no memory for a route");
}

bool bucket_read(
	struct bucket_entry *out, struct bus *bus, const char *key, struct fault *fault)
{
	natsMsg *message AUTO(natsMsg_Destroy) = NULL;
	struct bucket_entry entry AUTO(bucket_entry_done) = {0};
	char subject[SUBJECT_SIZE];
	natsStatus status;
	bool deleted;

	(void)snprintf(subject, sizeof(subject), SUBJECT, key);
	status = js_GetLastMsg(&message, bus_js(bus), STREAM, subject, NULL, NULL);
	if (status != NATS_OK && status != NATS_NOT_FOUND)
		return bus_fault(fault, status, "read of " BUCKET_ROUTES);
	deleted = !message || *bus_header(message, OPERATION) != '\0';
	if (!fill(&entry, key, deleted ? NULL : natsMsg_GetData(message),
		    deleted ? 0 : (size_t)natsMsg_GetDataLength(message)))
		return no_memory(fault);
	entry.sequence = message ? natsMsg_GetSequence(message) : 0;
	*out = entry;
	entry = (struct bucket_entry){0};
	return true;
}

/* A message to be; `subject` and `sequence` are room for what it points to. */
struct change {
	char subject[SUBJECT_SIZE], sequence[24];
	struct header headers[2];
	struct outgoing outgoing;
};

static void describe(struct change *change, const struct bucket_entry *entry,
	const void *data, size_t len)
{
	(void)snprintf(change->subject, sizeof(change->subject), SUBJECT, entry->key);
	(void)snprintf(change->sequence, sizeof(change->sequence), "%llu",
		(unsigned long long)entry->sequence);
	change->headers[0] =
		(struct header){HEADER_EXPECTED_LAST_SUBJECT, change->sequence};
	change->headers[1] = (struct header){OPERATION, "DEL"};
	change->outgoing = (struct outgoing){.subject = change->subject,
		.headers = change->headers,
		.header_count = data ? 1 : 2,
		.body = data,
		.body_len = len};
}

bool bucket_write(struct publisher *publisher, const struct bucket_entry *entry,
	const void *data, size_t len, bool *lost, struct fault *fault)
{
	struct published result = {0};
	struct change change;

	*lost = false;
	describe(&change, entry, data, len);
	if (publisher_send_wait(publisher, &change.outgoing, &result, fault))
		return true;
	*lost = bucket_is_lost(&result);
	return *lost;
}

bool bucket_send(struct publisher *publisher, const struct bucket_entry *entry,
	const struct wire *data, published_callback done, void *context,
	struct fault *fault)
{
	struct change change;

	describe(&change, entry, data ? data->data : NULL, data ? data->len : 0);
	return publisher_send(publisher, &change.outgoing, done, context, fault);
}

bool bucket_is_lost(const struct published *result)
{
	return published_was_late(result);
}

void bucket_list_done(struct bucket_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		bucket_entry_done(&list->entries[i]);
	free(list->entries);
	*list = (struct bucket_list){0};
}

static bool append(struct bucket_list *list, kvEntry *entry)
{
	/* Doubles when a power of two is full. */
	if ((list->count & (list->count - 1)) == 0) {
		size_t size = list->count ? 2 * list->count : 1;
		struct bucket_entry *entries =
			realloc(list->entries, size * sizeof(*entries));

		if (!entries)
			return false;
		list->entries = entries;
	}
	list->entries[list->count] =
		(struct bucket_entry){.sequence = kvEntry_Revision(entry)};
	return fill(&list->entries[list->count++], kvEntry_Key(entry),
		kvEntry_Value(entry), (size_t)kvEntry_ValueLen(entry));
}

bool bucket_list_read(struct bucket_list *out, struct bus *bus, struct fault *fault)
{
	struct bucket_list list AUTO(bucket_list_done) = {0};
	kvStore *store AUTO(kvStore_Destroy) = NULL;
	kvWatcher *watcher AUTO(kvWatcher_Destroy) = NULL;
	kvWatchOptions options;
	natsStatus status = js_KeyValue(&store, bus_js(bus), BUCKET_ROUTES);

	(void)kvWatchOptions_Init(&options);
	options.IgnoreDeletes = true;
	if (status == NATS_OK)
		status = kvStore_WatchAll(&watcher, store, &options);
	while (status == NATS_OK) {
		kvEntry *entry AUTO(kvEntry_Destroy) = NULL;

		status = kvWatcher_Next(&entry, watcher, LIST_TIMEOUT_MS);
		if (status == NATS_OK && !entry)
			break; /* that was all there is */
		if (status == NATS_OK && !append(&list, entry))
			return no_memory(fault);
	}
	if (status != NATS_OK)
		return bus_fault(fault, status, "list of " BUCKET_ROUTES);
	*out = list;
	list = (struct bucket_list){0};
	return true;
}
