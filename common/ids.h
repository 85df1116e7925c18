// SPDX-License-Identifier: Apache-2.0
// Identifiers: made (UUIDv7), derived (UUIDv8 of a SHA-256), and checked (org and team
// ids).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	UUID_SIZE = 37,       /* 36 characters and a NUL */
	NAME_MAX_LEN = 63,    /* org, unit and team ids */
	TRACEPARENT_SIZE = 56 /* W3C: 00-<32 hex>-<16 hex>-01 and a NUL */
};

/* RFC 9562 version 7: sorts by time. `out` has UUID_SIZE. Returns `out`. */
const char *id_make(char *out);

/*
 * RFC 9562 version 8: the first 128 bits of SHA-256 over the parts, each closed by a
 * NUL byte. The same parts give the same id, on every machine, for ever.
 */
const char *id_derive(char *out, const char *const *parts, size_t count);

/* The id of the event that `delivery` of `source` is, however often it is received. */
const char *id_of_event(char *out, const char *source, const char *delivery);

/* The id of the run of a team for an event. */
const char *id_of_run(char *out, const char *event, const char *org, const char *team);

/* A lower-case UUID of any version. */
bool id_is_uuid(const char *text);

/* [A-Za-z0-9][A-Za-z0-9_-]{0,62}: what may stand as a NATS subject token. */
bool id_is_name(const char *text);

/* A new W3C trace context. `out` has TRACEPARENT_SIZE. */
const char *id_make_trace(char *out);

/* The same trace as `parent` with a new span; a new trace when `parent` is none. */
const char *id_child_trace(char *out, const char *parent);

/* `count` random bytes from the system; aborts when there are none. */
void id_random(void *out, size_t count);

/* Lower-case hex; `out` has 2 * count + 1. */
void id_hex(char *out, const void *bytes, size_t count);
