// SPDX-License-Identifier: Apache-2.0
// Reads many entries of the routes bucket with all requests under way together. The
// leader of the stream answers (STREAM.MSG.GET), so what is read is never older than
// what was acknowledged before.
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/hmac.h"
#include "common/json.h"
#include "common/nats/subjects.h"
#include "config-store/routing/bucket.h"

enum { TIMEOUT_MS = 5000, NOT_FOUND = 404 };

#define REQUEST_SUBJECT "$JS.API.STREAM.MSG.GET.KV_" BUCKET_ROUTES
#define REQUEST_BODY "{\"last_by_subj\":\"$KV." BUCKET_ROUTES ".%s\"}"
#define OPERATION "\nKV-Operation:" /* of a deletion; a put has none */

DEFINE_AUTO(natsInbox, natsInbox_Destroy)
DEFINE_AUTO(natsSubscription, natsSubscription_Destroy)

static bool ask(struct bus *bus, const char *inbox, size_t number, const char *key,
	struct fault *fault)
{
	char reply[SUBJECT_SIZE], body[SUBJECT_SIZE];
	natsStatus status;
	int len;

	(void)snprintf(reply, sizeof(reply), "%s.%zu", inbox, number);
	len = snprintf(body, sizeof(body), REQUEST_BODY, key);
	status = natsConnection_PublishRequest(
		bus_connection(bus), REQUEST_SUBJECT, reply, body, len);
	return status == NATS_OK || bus_fault(fault, status, "read of " BUCKET_ROUTES);
}

/*
 * Base64 to bytes with a NUL behind them; NULL for what is none, and without memory. The
 * server leaves out what is empty.
 */
static char *decode(const json_t *message, const char *pointer, size_t *len)
{
	const char *text = json_string_or(message, pointer, "");
	size_t text_len = strlen(text);
	char *bytes = malloc(text_len + 1);

	*len = 0;
	if (!bytes || (text_len > 0 && !base64_decode(bytes, len, text, text_len))) {
		free(bytes);
		return NULL;
	}
	bytes[*len] = '\0';
	return bytes;
}

static bool fill(struct bucket_entry *entry, const json_t *message)
{
	char *headers AUTO(free) = NULL;
	size_t len;

	headers = decode(message, "/hdrs", &len);
	if (!headers)
		return false;
	entry->sequence = (uint64_t)json_integer_or(message, "/seq", 0);
	if (strstr(headers, OPERATION))
		return true;
	entry->data = decode(message, "/data", &entry->len);
	return entry->data != NULL;
}

static bool take(struct bucket_entry *entry, natsMsg *answer, struct fault *fault)
{
	json_t *json AUTO(json_decref) = NULL;

	if (natsMsg_IsNoResponders(answer))
		return fault_set(fault, FAULT_RETRY,
			"read of " BUCKET_ROUTES ": JetStream does not answer");
	if (!json_parse(&json, natsMsg_GetData(answer),
		    (size_t)natsMsg_GetDataLength(answer), fault)) {
		fault->kind = FAULT_RETRY; /* the server's word, not the tenant's */
		return false;
	}
	if (json_integer_or(json, "/error/code", 0) == NOT_FOUND)
		return true;
	if (json_at(json, "/error"))
		return fault_set(fault, FAULT_RETRY, "read of " BUCKET_ROUTES ": %s",
			json_string_or(json, "/error/description", "an error"));
	return fill(entry, json_at(json, "/message")) ||
		fault_set(fault, FAULT_RETRY,
			"read of " BUCKET_ROUTES ": the answer cannot be read");
}

static bool take_all(struct bucket_entry *const *entries, size_t count,
	natsSubscription *answers, struct fault *fault)
{
	int64_t until = clock_mono_ms() + TIMEOUT_MS;

	for (size_t i = 0; i < count; i++) {
		natsMsg *answer AUTO(natsMsg_Destroy) = NULL;
		int64_t left = until - clock_mono_ms();
		natsStatus status =
			natsSubscription_NextMsg(&answer, answers, left > 0 ? left : 1);
		size_t place;

		if (status != NATS_OK)
			return bus_fault(fault, status, "read of " BUCKET_ROUTES);
		place = strtoul(strrchr(natsMsg_GetSubject(answer), '.') + 1, NULL, 10);
		if (place >= count)
			return fault_set(fault, FAULT_RETRY,
				"read of " BUCKET_ROUTES
				": an answer to nothing asked");
		if (!take(entries[place], answer, fault))
			return false;
	}
	return true;
}

bool bucket_read_many(struct bucket_entry *const *entries, size_t count,
	struct bus *bus, struct fault *fault)
{
	natsInbox *inbox AUTO(natsInbox_Destroy) = NULL;
	natsSubscription *answers AUTO(natsSubscription_Destroy) = NULL;
	char subject[SUBJECT_SIZE];
	natsStatus status = natsInbox_Create(&inbox);

	if (status == NATS_OK) {
		(void)snprintf(subject, sizeof(subject), "%s.*", inbox);
		status = natsConnection_SubscribeSync(
			&answers, bus_connection(bus), subject);
	}
	if (status != NATS_OK)
		return bus_fault(fault, status, "read of " BUCKET_ROUTES);
	for (size_t i = 0; i < count; i++)
		if (!ask(bus, inbox, i, entries[i]->key, fault))
			return false;
	return take_all(entries, count, answers, fault);
}
