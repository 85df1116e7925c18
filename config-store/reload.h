// SPDX-License-Identifier: Apache-2.0
// SIGHUP: what can be read anew while running is read anew.
#pragma once

#include "config-store/secrets/secrets.h"

/* Installs the handler. Before threads start. */
void reload_install(void);

/* Waits until a stop is requested; reads the keys of `secrets` at each SIGHUP. */
void reload_wait(const struct secrets *secrets);
