// SPDX-License-Identifier: Apache-2.0
// Configuration of a process: a table, filled once from the environment. TOCSIN_<KEY>
// sets a value, TOCSIN_<KEY>_FILE names a file that holds it. A bad value stops the
// start.
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "common/fault.h"

enum setting_type {
	SETTING_TEXT,    /* char *; "" when empty */
	SETTING_SECRET,  /* char *; as TEXT, and never printed */
	SETTING_SECRETS, /* struct secret_list: one a line, "" when none */
	SETTING_ADDRESS, /* char *; host:port, the host may be missing */
	SETTING_URL, /* char *; checked to have a scheme and a host, or to be empty */
	SETTING_NUMBER,   /* long, 0 or more */
	SETTING_DURATION, /* long milliseconds; written 250ms, 30s, 5m, 24h, 7d */
	SETTING_SIZE,     /* long bytes; written 512, 64KiB, 25MiB, 10GiB */
	SETTING_BOOL,     /* bool; 1, 0, true, false, on, off */
};

enum { SECRETS_MAX = 8 };

/* Secrets that are all good at once, so that one can be exchanged without a gap. */
struct secret_list {
	size_t count;
	char *values[SECRETS_MAX];
};

/* Frees the values and empties the list. */
void secret_list_free(struct secret_list *list);

struct setting {
	enum setting_type type;
	const char *key; /* without TOCSIN_; NULL ends the table */
	const char *
		initial; /* the default, as text; NULL: must be set, and not be empty */
	size_t offset;   /* into the caller's struct */
	const char *meaning; /* one line for --help, with no full stop */
};

/* Fills `into` from the environment. Faults are FATAL and name the key and the value.
 */
NODISCARD bool settings_load(
	const struct setting *table, void *into, struct fault *fault);

/*
 * Reads one SETTING_SECRETS of the table anew, as settings_load() did: its file may have
 * changed. The caller frees *out with secret_list_free(), also after a failure.
 */
NODISCARD bool settings_secrets(const struct setting *table, const char *key,
	struct secret_list *out, struct fault *fault);

/* The path in TOCSIN_<key>_FILE, borrowed from the environment; NULL when not set. */
const char *settings_file(const char *key);

/* Frees what settings_load() allocated. `into` may have been filled partly. */
void settings_free(const struct setting *table, void *into);

/* The table for people: key, default, meaning. */
void settings_print(const struct setting *table, FILE *out);

/* The parsers, for settings that come from elsewhere. REJECT on anything unclear. */
NODISCARD bool settings_duration(long *out_ms, const char *text, struct fault *fault);
NODISCARD bool settings_size(long *out_bytes, const char *text, struct fault *fault);

/* Adds the secrets of a file, one a line, to `list`; free() each of them. FATAL. */
NODISCARD bool settings_secrets_file(
	struct secret_list *list, const char *path, struct fault *fault);
