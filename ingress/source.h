// SPDX-License-Identifier: Apache-2.0
// The senders as a table: where they post, how they sign, where a delivery's id and
// kind are.
#pragma once

#include "ingress/signature.h"

struct http_request;

enum { DELIVERY_ID_SIZE = 136, KIND_SIZE = 64 };

/* A fact of a delivery: in a header, or in the JSON body. One of the two, or none. */
struct place {
	const char *header;
	const char *pointer;
};

struct source {
	const char *name; /* the <source> of its subjects */
	const char *path;
	const char *secret_setting; /* TOCSIN_<this> */
	size_t secrets; /* offset of its struct secret_list in struct source_secrets */
	struct signature_rule rule;
	struct place delivery_id;
	struct place kind;
	bool takes_forms; /* application/x-www-form-urlencoded is fine too */
	const char *const
		*kept_headers; /* those that mean something later, ended by NULL */
	/* A handshake is answered here and now: the answer's text in *body, for free().
	 */
	bool (*handshake)(char **body, const void *bytes, size_t len);
};

struct source_secrets {
	struct secret_list github, incidentio, pagerduty, slack;
};

/* Ended by a row without a name. */
enum { SOURCES_MAX = 16 };

extern const struct source sources[];

const struct secret_list *source_secrets(
	const struct source *source, const struct source_secrets *all);
