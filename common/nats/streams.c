// SPDX-License-Identifier: Apache-2.0
#include "common/nats/streams.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/nats/subjects.h"
#include "common/stop.h"

DEFINE_AUTO(jsStreamInfo, jsStreamInfo_Destroy)
DEFINE_AUTO(kvStore, kvStore_Destroy)

enum {
	NANOSECONDS_PER_MS = 1000000,
	ERROR_STREAM_NOT_FOUND = 10059,
	ERROR_NOT_CLUSTERED = 10074, /* and more than one replica wanted */
	REPLICAS_MAX = 5,            /* of nats-server */
	TROUBLE_WAIT_MS = 1000,
	OWN_DUPLICATES_MS = 3600000, /* of what we publish: outlives every redelivery */
};

enum age { AGE_NONE, AGE_EVENTS, AGE_AUDIT };

struct stream {
	const char *name, *subject;
	jsRetentionPolicy retention;
	enum age age;
	bool long_duplicates; /* the sender may repeat itself for a day */
};

static const struct stream table[] = {
	{STREAM_AUDIT, "tocsin.audit.>", js_LimitsPolicy, AGE_AUDIT, false},
	{STREAM_BODIES, "tocsin.body.>", js_LimitsPolicy, AGE_EVENTS, false},
	{STREAM_COMMANDS, "tocsin.command.>", js_WorkQueuePolicy, AGE_NONE, false},
	{STREAM_DEAD, "tocsin.dead.>", js_LimitsPolicy, AGE_AUDIT, false},
	{STREAM_EVENTS, "tocsin.event.>", js_LimitsPolicy, AGE_EVENTS, true},
	{STREAM_STEPS, "tocsin.step.>", js_LimitsPolicy, AGE_EVENTS, false},
	{STREAM_TASKS, "tocsin.task.>", js_WorkQueuePolicy, AGE_NONE, true},
};

static int64_t age_ns(const struct streams_config *config, enum age age)
{
	if (age == AGE_NONE)
		return 0;
	return (age == AGE_EVENTS ? config->events_age_ms : config->audit_age_ms) *
		NANOSECONDS_PER_MS;
}

/* The other reasons pass: a cluster that has no leader yet, or too few servers so far. */
static bool make_fault(struct fault *fault, natsStatus status, jsErrCode code,
	const struct streams_config *config, const char *name)
{
	if ((int)code == ERROR_NOT_CLUSTERED)
		return fault_set(fault, FAULT_FATAL,
			"stream %s: TOCSIN_STREAM_REPLICAS=%ld needs a cluster of "
			"nats-servers, and this one is alone",
			name, config->replicas);
	return bus_fault(fault, status, name);
}

static bool make(struct bus *bus, const struct streams_config *config,
	const struct stream *stream, struct fault *fault)
{
	jsStreamConfig wanted;
	natsStatus status = jsStreamConfig_Init(&wanted);
	jsErrCode code = 0;
	int64_t age = age_ns(config, stream->age);
	int64_t duplicates = NANOSECONDS_PER_MS *
		(int64_t)(stream->long_duplicates ? config->duplicates_ms
						  : OWN_DUPLICATES_MS);

	if (status != NATS_OK)
		return bus_fault(fault, status, stream->name);
	wanted.Name = stream->name;
	wanted.Subjects = (const char *[]){stream->subject};
	wanted.SubjectsLen = 1;
	wanted.Retention = stream->retention;
	wanted.Discard = js_DiscardNew;
	wanted.Storage = js_FileStorage;
	wanted.Replicas = config->replicas;
	wanted.MaxAge = age;
	if (config->max_bytes > 0)
		wanted.MaxBytes = config->max_bytes;
	wanted.Duplicates = age && age < duplicates ? age : duplicates;
	status = js_AddStream(NULL, bus_js(bus), &wanted, NULL, &code);
	if (status != NATS_OK)
		return make_fault(fault, status, code, config, stream->name);
	log_line(LOG_INFO, "stream made", "stream=%s replicas=%ld", stream->name,
		config->replicas);
	return true;
}

static bool takes(const jsStreamConfig *config, const char *subject)
{
	for (int i = 0; i < config->SubjectsLen; i++)
		if (strcmp(config->Subjects[i], subject) == 0)
			return true;
	return false;
}

/* What would lose messages without a word must stop the start. */
static bool check(
	const struct stream *stream, const jsStreamConfig *config, struct fault *fault)
{
	if (!takes(config, stream->subject))
		return fault_set(fault, FAULT_FATAL,
			"stream %s does not take %s: add the subject, or remove the "
			"stream",
			stream->name, stream->subject);
	if (config->Discard != js_DiscardNew &&
		(config->MaxBytes > 0 || config->MaxMsgs > 0))
		return fault_set(fault, FAULT_FATAL,
			"stream %s drops its oldest messages when full: set discard to "
			"new",
			stream->name);
	if (config->MaxMsgsPerSubject > 0)
		return fault_set(fault, FAULT_FATAL,
			"stream %s keeps only %lld messages of a subject: lift that "
			"limit",
			stream->name, (long long)config->MaxMsgsPerSubject);
	if (config->Retention != stream->retention)
		return fault_set(fault, FAULT_FATAL,
			"stream %s has the wrong retention policy: remove it, it is "
			"made anew",
			stream->name);
	return true;
}

/* *out, owned, stays NULL when there is no such stream. */
static bool look(
	jsStreamInfo **out, struct bus *bus, const char *name, struct fault *fault)
{
	jsErrCode code = 0;
	natsStatus status = js_GetStreamInfo(out, bus_js(bus), name, NULL, &code);

	return status == NATS_OK || status == NATS_NOT_FOUND ||
		(int)code == ERROR_STREAM_NOT_FOUND || bus_fault(fault, status, name);
}

static bool ensure_stream(struct bus *bus, const struct streams_config *config,
	const struct stream *stream, struct fault *fault)
{
	jsStreamInfo *info AUTO(jsStreamInfo_Destroy) = NULL;

	if (!look(&info, bus, stream->name, fault))
		return false;
	return info ? check(stream, info->Config, fault)
		    : make(bus, config, stream, fault);
}

struct bucket {
	const char *name;
	enum age age;
};

static const struct bucket buckets[] = {
	{BUCKET_ROUTES, AGE_NONE},
	{BUCKET_TRIES, AGE_EVENTS},
};

static bool ensure_bucket(struct bus *bus, const struct streams_config *config,
	const struct bucket *bucket, struct fault *fault)
{
	kvStore *store AUTO(kvStore_Destroy) = NULL;
	kvConfig wanted;
	natsStatus status = js_KeyValue(&store, bus_js(bus), bucket->name);

	if (status == NATS_OK)
		return true;
	if (status != NATS_NOT_FOUND)
		return bus_fault(fault, status, bucket->name);
	(void)kvConfig_Init(&wanted);
	wanted.Bucket = bucket->name;
	wanted.TTL = age_ns(config, bucket->age);
	wanted.History = 1;
	wanted.Replicas = (int)config->replicas;
	status = js_CreateKeyValue(&store, bus_js(bus), &wanted);
	return status == NATS_OK || bus_fault(fault, status, bucket->name);
}

static bool ensure(struct bus *bus, const struct streams_config *config,
	const char *name, struct fault *fault)
{
	for (size_t i = 0; i < countof(buckets); i++)
		if (strcmp(buckets[i].name, name) == 0)
			return ensure_bucket(bus, config, &buckets[i], fault);
	for (size_t i = 0; i < countof(table); i++)
		if (strcmp(table[i].name, name) == 0)
			return ensure_stream(bus, config, &table[i], fault);
	return fault_set(fault, FAULT_FATAL, "there is no stream %s", name);
}

bool streams_ensure(struct bus *bus, const struct streams_config *config,
	const char *const *names, struct fault *fault)
{
	if (config->replicas < 1 || config->replicas > REPLICAS_MAX)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_STREAM_REPLICAS=%ld: must be 1, 3 or 5",
			config->replicas);
	for (; *names; names++)
		if (!ensure(bus, config, *names, fault))
			return false;
	return true;
}

/* `info` NULL: there is no such stream yet. */
static bool check_replicas(const struct streams_config *config, const char *name,
	const jsStreamInfo *info, struct fault *fault)
{
	if (!info && config->replicas < STREAMS_REPLICATED)
		return fault_set(fault, FAULT_FATAL,
			"stream %s would be made with %ld replica(s), and "
			"TOCSIN_ACK=replicated needs %d: set TOCSIN_STREAM_REPLICAS=%d "
			"(on a cluster of as many nats-servers), or TOCSIN_ACK=stored",
			name, config->replicas, STREAMS_REPLICATED, STREAMS_REPLICATED);
	if (info && info->Config->Replicas < STREAMS_REPLICATED)
		return fault_set(fault, FAULT_FATAL,
			"stream %s has %lld replica(s), and TOCSIN_ACK=replicated "
			"needs %d: nats stream edit %s --replicas=%d (on a cluster of "
			"as many nats-servers), or set TOCSIN_ACK=stored",
			name, (long long)info->Config->Replicas, STREAMS_REPLICATED,
			name, STREAMS_REPLICATED);
	return true;
}

static bool check_all_replicas(struct bus *bus, const struct streams_config *config,
	const char *const *names, struct fault *fault)
{
	for (; *names; names++) {
		jsStreamInfo *info AUTO(jsStreamInfo_Destroy) = NULL;

		if (!look(&info, bus, *names, fault) ||
			!check_replicas(config, *names, info, fault))
			return false;
	}
	return true;
}

static bool ensure_replicated(struct bus *bus, const struct streams_config *config,
	const char *const *names, const char *const *replicated, struct fault *fault)
{
	/* Before, so that nothing is made that is not good enough; and after, because
	 * another daemon may have been faster. */
	return check_all_replicas(bus, config, replicated, fault) &&
		streams_ensure(bus, config, names, fault) &&
		check_all_replicas(bus, config, replicated, fault);
}

bool streams_wait(struct bus *bus, const struct streams_config *config,
	const char *const *names, const char *const *replicated, struct fault *fault)
{
	static const char *const none[] = {NULL};

	while (!ensure_replicated(
		bus, config, names, replicated ? replicated : none, fault)) {
		if (fault->kind != FAULT_RETRY || stop_requested())
			return false;
		log_fault(fault, "waiting for JetStream");
		clock_sleep_ms(TROUBLE_WAIT_MS);
	}
	return true;
}
