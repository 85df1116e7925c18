// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/progress.h"

#include <pthread.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"

enum {
	FIRST_MS = 1500, /* a run that is done by then posts only its answer */
	EDITS_MS = 2000, /* at most one edit in so long */
	SAY_SIZE = 512,
};

struct progress {
	struct putting putting;
	struct outlets *outlets;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool ending;
	unsigned said, shown; /* counts of texts */
	char text[SAY_SIZE];
};

/* Shows `text` wherever progress is shown. Returns how long to wait after it. */
static long show(struct progress *progress, const char *text)
{
	struct putting putting = progress->putting;
	long wait_ms = EDITS_MS;

	putting.markdown = text;
	putting.state = "running";
	for (size_t i = 0; i < progress->outlets->count; i++) {
		struct outlet *outlet = &progress->outlets->all[i];
		struct fault fault = {0};

		if (!outlet->type || !outlet->type->shows_progress ||
			outlet_put(outlet, &putting, &fault))
			continue;
		log_fault(&fault, "showing progress run=%s", putting.task->run_id);
		if (fault.retry_after_ms > wait_ms)
			wait_ms = fault.retry_after_ms;
	}
	return wait_ms;
}

/* Waits until `until_ms` or the end. The caller holds the lock. */
static void wait_until(struct progress *progress, int64_t until_ms)
{
	struct timespec until = {until_ms / 1000, until_ms % 1000 * 1000000};

	while (!progress->ending && clock_mono_ms() < until_ms)
		(void)pthread_cond_timedwait(
			&progress->changed, &progress->lock, &until);
}

static void *run(void *context)
{
	struct progress *progress = context;
	long wait_ms = FIRST_MS;

	(void)pthread_mutex_lock(&progress->lock);
	while (!progress->ending) {
		char text[SAY_SIZE];

		wait_until(progress, clock_mono_ms() + wait_ms);
		while (!progress->ending && progress->shown == progress->said)
			(void)pthread_cond_wait(&progress->changed, &progress->lock);
		if (progress->ending)
			break;
		progress->shown = progress->said;
		(void)snprintf(text, sizeof(text), "%s", progress->text);
		(void)pthread_mutex_unlock(&progress->lock);
		wait_ms = show(progress, text);
		(void)pthread_mutex_lock(&progress->lock);
	}
	(void)pthread_mutex_unlock(&progress->lock);
	return NULL;
}

bool progress_begin(struct progress **out, const struct putting *putting,
	struct outlets *outlets, struct fault *fault)
{
	struct progress *progress = calloc(1, sizeof(*progress));
	pthread_condattr_t attributes;

	if (!progress)
		return fault_set(fault, FAULT_RETRY, "no memory to show progress");
	progress->putting = *putting;
	progress->outlets = outlets;
	(void)pthread_mutex_init(&progress->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&progress->changed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	if (pthread_create(&progress->thread, NULL, run, progress) != 0) {
		free(progress);
		return fault_set(fault, FAULT_RETRY, "no thread to show progress");
	}
	*out = progress;
	return true;
}

void progress_say(struct progress *progress, const char *markdown)
{
	(void)pthread_mutex_lock(&progress->lock);
	(void)snprintf(progress->text, sizeof(progress->text), "%.*s",
		(int)text_cut(markdown, SAY_SIZE - 1), markdown);
	progress->said++;
	(void)pthread_cond_signal(&progress->changed);
	(void)pthread_mutex_unlock(&progress->lock);
}

void progress_end(struct progress *progress)
{
	if (!progress)
		return;
	(void)pthread_mutex_lock(&progress->lock);
	progress->ending = true;
	(void)pthread_cond_signal(&progress->changed);
	(void)pthread_mutex_unlock(&progress->lock);
	(void)pthread_join(progress->thread, NULL);
	(void)pthread_cond_destroy(&progress->changed);
	(void)pthread_mutex_destroy(&progress->lock);
	free(progress);
}
