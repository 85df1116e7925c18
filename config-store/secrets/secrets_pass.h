// SPDX-License-Identifier: Apache-2.0
// One pass over all secrets of one document, whatever it does with them. For secrets.c.
#pragma once

#include "config-store/secrets/secret_value.h"
#include "config-store/secrets/secrets.h"

struct pass {
	const struct key_ring *ring;
	const struct secrets_place *place;
	const json_t *previous;      /* when sealing */
	json_t *problems;            /* when sealing */
	struct secrets_count *count; /* when renewing */
	struct fault *fault;
	bool strict; /* what only can be a secret is turned even when it is no string */
	struct text path;

	/* What stands at the path afterwards; NULL with a fault set. */
	json_t *(*turn)(struct pass *pass, json_t *value);
};

/* False with a fault. */
NODISCARD bool pass_run(struct pass *pass, json_t *document);

/* Always false. */
bool pass_no_memory(struct pass *pass);

/* `value` once more, with a problem noted at the path. */
json_t *pass_problem(struct pass *pass, json_t *value, const char *what);

/* `string` sealed for the path, or `value` with a problem when there is no key. */
json_t *pass_seal(struct pass *pass, json_t *value, const char *string);

/* The text, for pass_forget(); NULL when no key opens it here. */
NODISCARD char *pass_open(const struct pass *pass, const char *sealed);

/* Wipes and frees. */
void pass_forget(char *opened);
DEFINE_AUTO(char, pass_forget)
