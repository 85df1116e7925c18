// SPDX-License-Identifier: Apache-2.0
#include "common/stop.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include "common/clock.h"

enum { STOP_POLL_MS = 50 };

/* Lock-free, so it may be set in a signal handler and read by any thread. */
static atomic_bool requested, failed, reload_requested;

static void on_signal(int number)
{
	(void)number;
	atomic_store(&requested, true);
}

static void on_hangup(int number)
{
	(void)number;
	atomic_store(&reload_requested, true);
}

void stop_install(void)
{
	struct sigaction stop = {.sa_handler = on_signal};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	(void)sigaction(SIGTERM, &stop, NULL);
	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGPIPE, &ignore, NULL);
}

bool stop_requested(void)
{
	return atomic_load(&requested);
}

void stop_request(void)
{
	atomic_store(&requested, true);
}

void stop_request_failed(void)
{
	atomic_store(&failed, true);
	stop_request();
}

bool stop_has_failed(void)
{
	return atomic_load(&failed);
}

void stop_wait(void)
{
	while (!stop_requested())
		clock_sleep_ms(STOP_POLL_MS);
}

void stop_catch_reload(void)
{
	struct sigaction hangup = {.sa_handler = on_hangup};

	(void)sigaction(SIGHUP, &hangup, NULL);
}

void stop_wait_reloading(void (*reload)(void *context), void *context)
{
	while (!stop_requested()) {
		if (atomic_exchange(&reload_requested, false))
			reload(context);
		clock_sleep_ms(STOP_POLL_MS);
	}
}
