// SPDX-License-Identifier: Apache-2.0
// POST /api/v1/run: a team asks its agent over HTTP.
#pragma once

#include "common/http/http_server.h"

/* For a server whose context is a struct process; the route is blocking. */
extern const struct http_route api_routes[];
