// SPDX-License-Identifier: Apache-2.0
// The daemon's HTTP: from the table of routes to answers, and from faults to statuses.
#pragma once

#include "common/http/http_server.h"
#include "config-store/store.h"

NODISCARD bool http_start(
	struct http_server **out, struct store *store, struct fault *fault);
