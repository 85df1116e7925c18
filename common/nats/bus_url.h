// SPDX-License-Identifier: Apache-2.0
// The addresses of NATS servers as they are set: which are good, and how they are shown.
#pragma once

#include <stdbool.h>

#include "common/auto.h"

enum { BUS_URLS_SIZE = 1024 };

/* Whether every one of `urls`, separated by commas, is nats:// or tls://. nats.c takes
 * any scheme for the start of a host name, and then waits for it for ever. */
NODISCARD bool bus_urls_are_good(const char *urls);

/* `urls` without users, passwords and tokens: fit for logs and faults. */
void bus_urls_show(char out[BUS_URLS_SIZE], const char *urls);
