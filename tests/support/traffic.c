// SPDX-License-Identifier: Apache-2.0
#include "tests/support/traffic.h"

#include <criterion/criterion.h>
#include <string.h>

static bool is_allowed_reply(const struct traffic *traffic, const char *subject)
{
	for (size_t i = 0; i < traffic->reply_count; i++)
		if (strcmp(traffic->replies[i], subject) == 0)
			return true;
	return false;
}

static void on_message(natsConnection *connection, natsSubscription *subscription,
	natsMsg *message, void *context)
{
	struct traffic *traffic = context;
	static const char asked[] = "tocsin.rpc.config.effective.";
	const char *subject = natsMsg_GetSubject(message);
	const char *reply = natsMsg_GetReply(message);
	struct text *out;

	(void)connection;
	(void)subscription;
	(void)pthread_mutex_lock(&traffic->mutex);
	traffic->messages++;
	if (strncmp(subject, asked, sizeof(asked) - 1) == 0 && reply &&
		traffic->reply_count < REPLIES_MAX)
		(void)snprintf(traffic->replies[traffic->reply_count++], SUBJECT_MAX,
			"%s", reply);
	out = is_allowed_reply(traffic, subject) ? &traffic->answers : &traffic->told;
	text_add_bytes(
		out, natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));
	text_add_char(out, '\n');
	(void)pthread_mutex_unlock(&traffic->mutex);
	natsMsg_Destroy(message);
}

void traffic_watch(struct traffic *traffic, struct bus *bus)
{
	cr_assert_eq(natsConnection_Subscribe(&traffic->subscription,
			     bus_connection(bus), ">", on_message, traffic),
		NATS_OK);
	cr_assert_eq(natsConnection_Flush(bus_connection(bus)), NATS_OK);
}

void traffic_done(struct traffic *traffic)
{
	text_done(&traffic->told);
	text_done(&traffic->answers);
}
