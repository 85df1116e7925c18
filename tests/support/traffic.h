// SPDX-License-Identifier: Apache-2.0
// Every message on NATS while a test watches; answers to the rpc config.effective, which may
// say a secret, apart from all others.
#pragma once

#include <pthread.h>

#include "common/nats/bus.h"
#include "common/text.h"

enum { REPLIES_MAX = 256, SUBJECT_MAX = 200 };

struct traffic {
	pthread_mutex_t mutex;
	struct text told, answers; /* what must not, and what may say a secret */
	char replies[REPLIES_MAX][SUBJECT_MAX];
	size_t reply_count, messages;
	natsSubscription *subscription;
};

/* Zero but for its mutex before. Until natsSubscription_Destroy(traffic->subscription). */
void traffic_watch(struct traffic *traffic, struct bus *bus);
void traffic_done(struct traffic *traffic);
