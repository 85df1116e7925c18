// SPDX-License-Identifier: Apache-2.0
// Leases that are begun, looked at and ended by many threads while one renews them, and
// under them rpc and service: threads that answer, and a stop while they are asked.
#include <stdatomic.h>
#include <string.h>

#include "agent-worker/lease.h"
#include "common/clock.h"
#include "common/nats/rpc.h"
#include "common/nats/service.h"
#include "tests/threads/threads.h"

enum { THREADS = 6, LEASE_MS = 90, RUN_MS = 1500, REFUSED = 13 };

static struct bus *bus;
static struct leases *leases;
static atomic_bool stopping;
static atomic_int renewed, lost;

static bool on_renew(const struct service_call *call, const ProtobufCMessage *request,
	ProtobufCMessage *reply, struct fault *fault)
{
	const pb_run_renew_request *asked = (const void *)request;
	pb_run_renew_reply *out = (void *)reply;

	(void)fault;
	must(strcmp(call->org, "acme") == 0 && call->thread == &renewed);
	atomic_fetch_add(&renewed, 1);
	out->held = asked->fencing_token != REFUSED;
	out->cancelled = asked->fencing_token % 2 == 1;
	return true;
}

static bool thread_open(void **thread, void *context, struct fault *fault)
{
	(void)context;
	(void)fault;
	*thread = &renewed;
	return true;
}

static const struct service_verb verbs[] = {
	{"run.renew", true, &tocsin__v1__run_renew_request__descriptor,
		&tocsin__v1__run_renew_reply__descriptor, on_renew},
	{0},
};

static void *hold(void *context)
{
	static atomic_int next = 1;

	(void)context;
	while (!atomic_load(&stopping)) {
		struct fault fault = {0};
		struct lease *lease;
		char run[24];
		int token = atomic_fetch_add(&next, 1);

		(void)snprintf(run, sizeof(run), "run-%d", token);
		must(lease_begin(&lease, leases,
			&(struct lease_terms){.org = "acme",
				.team = "shop",
				.run = run,
				.fencing_token = token,
				.asked_ms = clock_mono_ms()},
			&fault));
		must(leases_have(leases, run));
		for (int i = 0; i < 10; i++) {
			clock_sleep_ms(10);
			(void)lease_cancelled(lease);
			(void)lease_left_ms(lease);
		}
		if (!lease_holds(lease))
			atomic_fetch_add(&lost, 1);
		lease_end(lease, token % 3 == 0);
	}
	return NULL;
}

int main(void)
{
	const struct service service = {
		.verbs = verbs, .threads = 3, .thread_open = thread_open};
	struct service_runner *runner;
	struct fault fault = {0};
	struct crew crew;

	server_start();
	bus = server_bus();
	must(service_start(&runner, &service, bus, &fault));
	must(leases_open(&leases, bus, LEASE_MS, &fault));
	crew_start(&crew, THREADS, hold, NULL);
	clock_sleep_ms(RUN_MS);
	service_stop(runner); /* from now on nobody answers */
	clock_sleep_ms(LEASE_MS);
	atomic_store(&stopping, true);
	crew_join(&crew);
	leases_close(leases);
	must(renewed > 0 && lost > 0);
	bus_close(bus);
	return EXIT_SUCCESS;
}
