// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/admin/events and /events/{id}: what was received and what became of it,
// from schema audit, which tocsin-audit-sink writes.
#pragma once

#include "common/http/http_server.h"

/* Handlers of the route table, for admins; blocking. */
void events_list(void *context, struct http_request *request);
/* $1: an event's id, $2: the organisation that may see it, NULL for all: its story. */
const char *events_story_sql(void);

void events_show(void *context, struct http_request *request);
