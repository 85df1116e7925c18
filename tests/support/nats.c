// SPDX-License-Identifier: Apache-2.0
// The stack's nats-server: on a port of its own choice at first, on the same one later.
#include <criterion/criterion.h>
#include <nats/nats.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "tests/support/stack.h"

enum { STOP_MS = 10000, ASK_MS = 2000 };

static const char *const places[] = {
	"/usr/sbin/nats-server", "/usr/local/bin/nats-server", "/usr/bin/nats-server"};

const char *stack_nats_program(void)
{
	for (size_t i = 0; i < countof(places); i++) {
		struct stat status;

		if (stat(places[i], &status) == 0)
			return places[i];
	}
	return "nats-server";
}

/* nats-server writes nats-server_<pid>.ports when it serves. */
static bool read_url(struct stack *stack)
{
	char path[PATH_SIZE + 64];
	json_t *ports AUTO(json_decref) = NULL;
	const char *url;

	(void)snprintf(path, sizeof(path), "%s/nats-server_%d.ports", stack->directory,
		(int)stack->nats.pid);
	ports = json_load_file(path, 0, NULL);
	url = json_string_at(ports, "/nats/0");
	if (!url)
		return false;
	(void)snprintf(stack->nats_url, sizeof(stack->nats_url), "%s", url);
	return true;
}

static bool is_up(const struct stack *stack)
{
	natsConnection *connection = NULL;
	natsStatus status = natsConnection_ConnectTo(&connection, stack->nats_url);

	natsConnection_Destroy(connection);
	return status == NATS_OK;
}

void stack_nats_start(struct stack *stack)
{
	char store[PATH_SIZE + 8];
	const char *colon = *stack->nats_url ? strrchr(stack->nats_url, ':') + 1 : "-1";
	const char *arguments[] = {stack_nats_program(), "-a", "127.0.0.1", "-p", colon,
		"--ports_file_dir", stack->directory, "-sd", store,
		stack->nats_without_jetstream ? NULL : "-js", NULL};

	(void)snprintf(store, sizeof(store), "%s/js", stack->directory);
	process_start(&stack->nats,
		&(struct process_start){.name = "nats-server",
			.arguments = arguments,
			.directory = stack->directory});
	cr_assert(WAIT_UNTIL(read_url(stack) && is_up(stack), START_MS),
		"nats-server does not come up");
	cr_assert(process_is_alive(&stack->nats));
}

void stack_nats_stop(struct stack *stack)
{
	(void)process_stop(&stack->nats, SIGTERM, STOP_MS);
}

/* Runs `ask` with a connection of its own; what it gives, or -1. */
static long with_js(const struct stack *stack, const char *stream,
	long (*ask)(jsCtx *js, const char *stream))
{
	natsConnection *connection = NULL;
	jsCtx *js = NULL;
	jsOptions options;
	long result = -1;

	(void)jsOptions_Init(&options);
	options.Wait = ASK_MS;
	if (natsConnection_ConnectTo(&connection, stack->nats_url) == NATS_OK &&
		natsConnection_JetStream(&js, connection, &options) == NATS_OK)
		result = ask(js, stream);
	jsCtx_Destroy(js);
	natsConnection_Destroy(connection);
	return result;
}

static long count(jsCtx *js, const char *stream)
{
	jsStreamInfo *info = NULL;
	long messages = -1;

	if (js_GetStreamInfo(&info, js, stream, NULL, NULL) == NATS_OK)
		messages = (long)info->State.Msgs;
	jsStreamInfo_Destroy(info);
	return messages;
}

static long waiting(jsCtx *js, const char *stream)
{
	jsConsumerInfoList *list = NULL;
	long left = -1;

	if (js_Consumers(&list, js, stream, NULL, NULL) == NATS_OK) {
		left = 0;
		for (int i = 0; i < list->Count; i++)
			left += (long)list->List[i]->NumPending +
				list->List[i]->NumAckPending;
	}
	jsConsumerInfoList_Destroy(list);
	return left;
}

long stack_stream_count(const struct stack *stack, const char *stream)
{
	return with_js(stack, stream, count);
}

bool stack_stream_is_done(const struct stack *stack, const char *stream)
{
	return with_js(stack, stream, waiting) == 0;
}
