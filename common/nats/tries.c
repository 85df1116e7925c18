// SPDX-License-Identifier: Apache-2.0
#include "common/nats/tries.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/nats/subjects.h"

DEFINE_AUTO(kvEntry, kvEntry_Destroy)

enum { KEY_SIZE = 256 };

struct tries {
	kvStore *bucket;
	const char *consumer, *stream;
};

bool tries_open(struct tries **out, struct bus *bus, const char *consumer,
	const char *stream, struct fault *fault)
{
	struct tries *tries AUTO(tries_close) = calloc(1, sizeof(*tries));
	natsStatus status;

	if (!tries)
		return fault_set(fault, FAULT_RETRY, "no memory");
	tries->consumer = consumer;
	tries->stream = stream;
	status = js_KeyValue(&tries->bucket, bus_js(bus), BUCKET_TRIES);
	if (status != NATS_OK)
		return bus_fault(fault, status, BUCKET_TRIES);
	*out = TAKE(tries);
	return true;
}

void tries_close(struct tries *tries)
{
	if (!tries)
		return;
	kvStore_Destroy(tries->bucket);
	free(tries);
}

static void print_key(char key[KEY_SIZE], const struct tries *tries,
	const struct tries_message *message)
{
	(void)snprintf(key, KEY_SIZE, "%s.%s.%" PRIu64 ".%" PRId64, tries->consumer,
		tries->stream, message->sequence, message->stored_at_us);
}

bool tries_get(struct tries *tries, const struct tries_message *message, int *out,
	struct fault *fault)
{
	kvEntry *entry AUTO(kvEntry_Destroy) = NULL;
	char key[KEY_SIZE];
	natsStatus status;

	print_key(key, tries, message);
	status = kvStore_Get(&entry, tries->bucket, key);
	if (status != NATS_OK && status != NATS_NOT_FOUND)
		return bus_fault(fault, status, BUCKET_TRIES);
	*out = entry ? atoi(kvEntry_ValueString(entry)) : 1;
	return true;
}

bool tries_put(struct tries *tries, const struct tries_message *message, int count,
	struct fault *fault)
{
	char key[KEY_SIZE], value[16];
	natsStatus status;

	print_key(key, tries, message);
	(void)snprintf(value, sizeof(value), "%d", count);
	status = kvStore_PutString(NULL, tries->bucket, key, value);
	return status == NATS_OK || bus_fault(fault, status, BUCKET_TRIES);
}
