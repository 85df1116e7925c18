// SPDX-License-Identifier: Apache-2.0
// The answer as a line of this process's log, cut to what a line holds. All of it is in
// the run's step `answer`.
#include <string.h>

#include "agent-worker/destination.h"
#include "common/json.h"
#include "common/log.h"

enum { SHOWN_BYTES = 1200 };

static bool log_post(json_t **reference, const struct post *post, struct fault *fault)
{
	const pb_task *task = post->task;
	json_t *shown AUTO(json_decref) =
		json_stringn(post->markdown, text_cut(post->markdown, SHOWN_BYTES));
	char *quoted AUTO(free) = json_print(shown);

	*reference = json_object();
	if (!quoted || !*reference)
		return fault_set(fault, FAULT_RETRY, "no memory for an answer");
	log_line(LOG_INFO, "answer", "run=%s org=%s team=%s state=%s answer=%s",
		task->run_id, task->org, task->team, post->state, quoted);
	return true;
}

const struct destination_type destination_log = {
	.name = "log",
	.post = log_post,
};
