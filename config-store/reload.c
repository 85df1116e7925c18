// SPDX-License-Identifier: Apache-2.0
#include "config-store/reload.h"

#include <signal.h>
#include <stdatomic.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/stop.h"

enum { POLL_MS = 50 };

/* Lock-free, as the stop flag is. */
static atomic_bool requested;

static void on_hangup(int number)
{
	(void)number;
	atomic_store(&requested, true);
}

void reload_install(void)
{
	(void)sigaction(SIGHUP, &(struct sigaction){.sa_handler = on_hangup}, NULL);
}

void reload_wait(const struct secrets *secrets)
{
	for (; !stop_requested(); clock_sleep_ms(POLL_MS)) {
		struct fault fault = {0};

		if (atomic_exchange(&requested, false) &&
			!secrets_reload(secrets, &fault))
			log_fault(
				&fault, "secrets keys: those from before stay in use");
	}
}
