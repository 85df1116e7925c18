// SPDX-License-Identifier: Apache-2.0
#include "ingress/admin_wait.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/rpc.h"
#include "common/wire.h"

enum { FIRST_MS = 50, MOST_MS = 1000 };

/* In the request's memory. */
struct waiting {
	struct waiting *next;
	struct http_request *request;
	struct admin_question question;
	char *otherwise;
	int64_t until_ms, ask_at_ms;
	long pause_ms; /* doubles: who waits long need not know at once */
};

struct admin_waits {
	struct bus *bus;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct waiting *first;
	size_t count;
	bool closing, stopping;
	pthread_t thread;
};

bool admin_ask(struct bus *bus, const struct admin_question *question, char **document,
	bool *ended, struct fault *fault)
{
	pb_admin_read_reply *reply AUTO(pb_admin_read_reply_free) = NULL;
	pb_admin_read_request request;

	pb_admin_read_request_init(&request);
	request.what = wire_string(question->what);
	request.id = wire_string(question->id);
	request.org = wire_string(question->org);
	if (!RPC(bus, "admin.read", NULL, NULL, &request, admin_read, &reply, fault))
		return false;
	*document = *reply->document_json ? strdup(reply->document_json) : NULL;
	*ended = reply->ended;
	return *document || !*reply->document_json ||
		fault_set(fault, FAULT_RETRY, "no memory for an answer");
}

static void answer(struct http_request *request, int status, const char *body)
{
	http_answer(request,
		&(struct http_answer){
			.status = status, .body = body, .len = strlen(body)});
}

/*
 * True when the request has been answered. What cannot be read now is asked for again, and
 * known under the URL anyway; when one question had no answer, *silent, the others of this
 * round are not asked: each would take as long.
 */
static bool try(struct admin_waits *waits, struct waiting *one, bool last, bool *silent)
{
	char *document AUTO(free) = NULL;
	struct fault fault = {0};
	bool ended = false;

	if (!*silent)
		*silent = !admin_ask(
			waits->bus, &one->question, &document, &ended, &fault);
	if (!ended && !last)
		return false;
	answer(one->request, ended ? 200 : 202, document ? document : one->otherwise);
	return true;
}

/* The list belongs to the thread while it looks at it; what comes meanwhile is new. */
static struct waiting *take_all(struct admin_waits *waits)
{
	struct waiting *all = waits->first;

	waits->first = NULL;
	return all;
}

/* When the next of `list` wants to be asked for. */
static int64_t look_at(struct admin_waits *waits, struct waiting *list, bool closing)
{
	int64_t next_ms = clock_mono_ms() + MOST_MS;
	bool silent = false;

	while (list) {
		struct waiting *one = list;
		int64_t now = clock_mono_ms();
		bool last = closing || now >= one->until_ms;

		list = one->next;
		if ((last || now >= one->ask_at_ms) && try(waits, one, last, &silent)) {
			(void)pthread_mutex_lock(&waits->lock);
			waits->count--;
			(void)pthread_mutex_unlock(&waits->lock);
			continue;
		}
		if (now >= one->ask_at_ms) {
			one->pause_ms = one->pause_ms * 2 < MOST_MS ? one->pause_ms * 2
								    : MOST_MS;
			one->ask_at_ms = now + one->pause_ms;
		}
		if (one->ask_at_ms > one->until_ms)
			one->ask_at_ms = one->until_ms;
		if (one->ask_at_ms < next_ms)
			next_ms = one->ask_at_ms;
		(void)pthread_mutex_lock(&waits->lock);
		one->next = waits->first;
		waits->first = one;
		(void)pthread_mutex_unlock(&waits->lock);
	}
	return next_ms;
}

static void *work(void *context)
{
	struct admin_waits *waits = context;

	(void)pthread_mutex_lock(&waits->lock);
	while (!waits->stopping || waits->count > 0) {
		struct waiting *list = take_all(waits);
		bool closing = waits->closing;
		struct timespec at;
		int64_t next_ms;

		(void)pthread_mutex_unlock(&waits->lock);
		next_ms = look_at(waits, list, closing);
		(void)pthread_mutex_lock(&waits->lock);
		at = (struct timespec){next_ms / 1000, next_ms % 1000 * 1000000};
		if (!waits->first && !waits->stopping)
			(void)pthread_cond_wait(&waits->changed, &waits->lock);
		else if (waits->first && !waits->closing)
			(void)pthread_cond_timedwait(
				&waits->changed, &waits->lock, &at);
	}
	(void)pthread_mutex_unlock(&waits->lock);
	return NULL;
}

bool admin_waits_start(struct admin_waits **out, struct bus *bus, struct fault *fault)
{
	struct admin_waits *waits AUTO(free) = calloc(1, sizeof(*waits));
	pthread_condattr_t monotonic;
	int status;

	if (!waits)
		return fault_set(fault, FAULT_FATAL, "no memory for waiting requests");
	waits->bus = bus;
	(void)pthread_mutex_init(&waits->lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&waits->changed, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	status = pthread_create(&waits->thread, NULL, work, waits);
	if (status != 0)
		return fault_set(
			fault, FAULT_FATAL, "waiting requests: %s", strerror(status));
	*out = TAKE(waits);
	return true;
}

void admin_waits_close(struct admin_waits *waits)
{
	(void)pthread_mutex_lock(&waits->lock);
	waits->closing = true;
	(void)pthread_cond_signal(&waits->changed);
	(void)pthread_mutex_unlock(&waits->lock);
}

void admin_waits_stop(struct admin_waits *waits)
{
	if (!waits)
		return;
	admin_waits_close(waits);
	(void)pthread_mutex_lock(&waits->lock);
	waits->stopping = true;
	(void)pthread_cond_signal(&waits->changed);
	(void)pthread_mutex_unlock(&waits->lock);
	(void)pthread_join(waits->thread, NULL);
	(void)pthread_cond_destroy(&waits->changed);
	(void)pthread_mutex_destroy(&waits->lock);
	free(waits);
}

static struct waiting *waiting_make(struct http_request *request,
	const struct admin_question *question, long seconds, const char *otherwise)
{
	struct waiting *one = http_alloc(request, sizeof(*one));
	size_t size = strlen(otherwise) + 1;
	int64_t now = clock_mono_ms();

	if (!one)
		return NULL;
	*one = (struct waiting){.request = request,
		.question = *question,
		.otherwise = http_alloc(request, size),
		.until_ms = now + seconds * 1000,
		.ask_at_ms = now,
		.pause_ms = FIRST_MS};
	if (!one->otherwise)
		return NULL;
	memcpy(one->otherwise, otherwise, size);
	return one;
}

void admin_waits_add(struct admin_waits *waits, struct http_request *request,
	const struct admin_question *question, long seconds, const char *otherwise)
{
	struct waiting *one = seconds > 0
		? waiting_make(request, question, seconds, otherwise)
		: NULL;
	bool taken = false;

	(void)pthread_mutex_lock(&waits->lock);
	if (one && !waits->closing && waits->count < ADMIN_WAITING_MAX) {
		one->next = waits->first;
		waits->first = one;
		waits->count++;
		taken = true;
		(void)pthread_cond_signal(&waits->changed);
	}
	(void)pthread_mutex_unlock(&waits->lock);
	if (!taken)
		answer(request, 202, otherwise);
}
