// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/slot.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "common/ids.h"
#include "common/metrics.h"

enum { CLIENTS = 2 }; /* the run's own, and that of its progress */

static struct metric runs_at_work = {.type = METRIC_GAUGE,
	.name = "tocsin_runs_at_work",
	.help = "Tasks in the hands of this process"};

struct slot {
	struct http_client *clients[CLIENTS];
	struct slot *next_free;
};

struct slots {
	const struct process *process;
	pthread_mutex_t lock;
	struct slot *all, *free;
	int count;
};

bool slots_open(struct slots **out, const struct process *process, int count,
	const char *allow, struct fault *fault)
{
	struct slots *slots AUTO(slots_close) = calloc(1, sizeof(*slots));

	if (!slots)
		return fault_set(fault, FAULT_FATAL, "no memory for slots");
	slots->process = process;
	(void)pthread_mutex_init(&slots->lock, NULL);
	slots->all = calloc((size_t)count, sizeof(*slots->all));
	if (!slots->all)
		return fault_set(fault, FAULT_FATAL, "no memory for slots");
	slots->count = count;
	for (int i = 0; i < count; i++) {
		struct slot *slot = &slots->all[i];

		for (int k = 0; k < CLIENTS; k++)
			if (!http_client_open(&slot->clients[k], allow, fault))
				return false;
		slot->next_free = slots->free;
		slots->free = slot;
	}
	*out = TAKE(slots);
	return true;
}

void slots_close(struct slots *slots)
{
	if (!slots)
		return;
	for (int i = 0; i < slots->count; i++)
		for (int k = 0; k < CLIENTS; k++)
			http_client_close(slots->all[i].clients[k]);
	(void)pthread_mutex_destroy(&slots->lock);
	free(slots->all);
	free(slots);
}

static struct slot *take(struct slots *slots)
{
	struct slot *slot;

	(void)pthread_mutex_lock(&slots->lock);
	slot = slots->free;
	assert(slot); /* there are as many as threads */
	slots->free = slot->next_free;
	(void)pthread_mutex_unlock(&slots->lock);
	metric_add(metric_with(&runs_at_work, NULL, NULL, NULL), 1);
	return slot;
}

static void give(struct slots *slots, struct slot *slot)
{
	(void)pthread_mutex_lock(&slots->lock);
	slot->next_free = slots->free;
	slots->free = slot;
	(void)pthread_mutex_unlock(&slots->lock);
	metric_add(metric_with(&runs_at_work, NULL, NULL, NULL), -1);
}

static bool check_task(const pb_task *task, struct fault *fault)
{
	if (!task)
		return fault_set(fault, FAULT_REJECT, "the message is no task");
	return (id_is_name(task->org) && id_is_name(task->team) &&
		       id_is_uuid(task->run_id)) ||
		fault_set(fault, FAULT_REJECT,
			"the task names no run of a team: run %.40s, org %.63s, "
			"team %.63s",
			task->run_id, task->org, task->team);
}

bool slot_handle(void *context, struct job *job, struct fault *fault)
{
	struct slots *slots = context;
	size_t len;
	const void *data = job_data(job, &len);
	pb_task *task AUTO(pb_task_free) = pb_task_unpack(data, len);
	struct slot *slot;
	bool good;

	if (!check_task(task, fault))
		return false;
	slot = take(slots);
	good = run_task(slots->process, slot->clients, job, task, fault);
	give(slots, slot);
	return good;
}
