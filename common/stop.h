// SPDX-License-Identifier: Apache-2.0
// The stop flag: SIGTERM and SIGINT set it, loops look at it.
#pragma once

#include <stdbool.h>

/* Installs the handlers and ignores SIGPIPE. Call once, before threads start. */
void stop_install(void);

bool stop_requested(void);

/* What a signal does, for tests and for a loop that must bring the process down. */
void stop_request(void);

/*
 * The same from a thread whose trouble the main thread does not see: the process then ends
 * with a failure, so that whoever started it starts it again.
 */
void stop_request_failed(void);
bool stop_has_failed(void);

/* Waits until a stop is requested. */
void stop_wait(void);

/* From here on a SIGHUP does not end the process, but is kept for the next. */
void stop_catch_reload(void);

/* stop_wait(), and calls `reload` in this thread when there was a SIGHUP. */
void stop_wait_reloading(void (*reload)(void *context), void *context);
