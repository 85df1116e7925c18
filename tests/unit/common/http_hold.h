// SPDX-License-Identifier: Apache-2.0
// A server whose requests wait until the test, a thread of its own or a thread of the pool
// answers them.
#pragma once

#include "common/http/http_server.h"

#include "tests/unit/common/http_wire.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#define HOST "Host: x\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"

enum { HELD_MAX = 2000, ROUNDS = 50 };

static struct http_server *server;
static struct wire wire;
static struct wire_answer answer;

static struct http_request *held[HELD_MAX];
static atomic_size_t held_count;
static sem_t has_held, has_answered, may_go;

static void say(struct http_request *request, const char *body)
{
	http_answer(request,
		&(struct http_answer){
			.status = 200, .body = body, .len = strlen(body)});
}

static void hold(void *context, struct http_request *request)
{
	size_t count = atomic_load(&held_count);

	(void)context;
	held[count] = request; /* there before it is counted: one thread calls this */
	atomic_store(&held_count, count + 1);
	(void)sem_post(&has_held);
}

static void *answer_for(void *argument)
{
	say(argument, "raced");
	(void)sem_post(&has_answered);
	return NULL;
}

/* Another thread has answered before the handler returns. */
static void race(void *context, struct http_request *request)
{
	pthread_t thread;

	(void)context;
	cr_assert_eq(pthread_create(&thread, NULL, answer_for, request), 0);
	(void)sem_wait(&has_answered);
	(void)pthread_detach(thread);
}

static void detach(void *context, struct http_request *request)
{
	pthread_t thread;

	(void)context;
	cr_assert_eq(pthread_create(&thread, NULL, answer_for, request), 0);
	(void)pthread_detach(thread);
}

static void block(void *context, struct http_request *request)
{
	const char *thread = http_thread(request);

	(void)context;
	(void)sem_post(&has_held);
	(void)sem_wait(&may_go);
	say(request, thread ? thread : "no thread");
}

static const struct http_route routes[] = {
	{"GET", "/hold", hold},
	{"POST", "/hold", hold},
	{"GET", "/race", race},
	{"GET", "/detach", detach},
	{"GET", "/block", block, .blocking = true},
	{NULL},
};

static atomic_int opened, closed, refusals;

static bool thread_open(void **thread, void *context, struct fault *fault)
{
	static char name[] = "a database";

	(void)context;
	if (atomic_fetch_sub(&refusals, 1) > 0)
		return fault_set(fault, FAULT_RETRY, "the database is away");
	atomic_fetch_add(&opened, 1);
	*thread = name;
	return true;
}

static void thread_close(void *thread)
{
	cr_assert_str_eq(thread, "a database");
	atomic_fetch_add(&closed, 1);
}

static void start_with(struct http_server_options options)
{
	struct fault fault = {0};

	(void)sem_init(&has_held, 0, 0);
	(void)sem_init(&has_answered, 0, 0);
	(void)sem_init(&may_go, 0, 0);
	options.listen = "127.0.0.1:0";
	options.routes = routes;
	if (options.blocking_threads == 0)
		options.blocking_threads = 1;
	options.thread_open = thread_open;
	options.thread_close = thread_close;
	cr_assert(http_server_start(&server, &options, &fault), "%s", fault.text);
	wire_open(&wire, http_server_address(server));
}

static void stop(void)
{
	wire_close(&wire);
	http_server_stop(server);
}
