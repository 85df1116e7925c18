// SPDX-License-Identifier: Apache-2.0
// An event for tests, as the ingress makes it.
#pragma once

#include <string.h>

#include "common/wire.h"
#include "proto/names.h"

#define EVENT_ID "01890000-0000-8000-8000-000000000001"

static inline pb_event event_of(const char *source, const char *kind,
	const char *content_type, const char *body)
{
	pb_event event;

	pb_event_init(&event);
	event.id = wire_string(EVENT_ID);
	event.source = wire_string(source);
	event.kind = wire_string(kind);
	event.content_type = wire_string(content_type);
	event.body.data = (uint8_t *)wire_string(body);
	event.body.len = strlen(body);
	return event;
}
