// SPDX-License-Identifier: Apache-2.0
// The senders as rows of one table: where they post, how they sign, where a delivery's id
// and kind are, and what of it the router is told. The rows of source.c are built in; the
// others come from TOCSIN_SOURCES_FILE and are no different.
#pragma once

#include "common/identifier.h"
#include "common/source/signature.h"

enum {
	SOURCE_SPOTS_MAX = 6,
	SOURCE_IDENTIFIERS_MAX = 8,
	SOURCE_HEADERS_MAX = 8,
	SOURCE_NAME_MAX = 31,
};

/* Where in a delivery a fact may be. */
enum spot_kind {
	SPOT_NONE,    /* ends a list */
	SPOT_HEADER,  /* a header's value */
	SPOT_POINTER, /* RFC 6901, into the JSON */
	SPOT_FIELD,   /* a field of the form */
	SPOT_VALUE,   /* the same in every delivery: what is here */
};

struct spot {
	enum spot_kind in;
	const char *name;
	const char *and_name; /* both must be there, joined by "-"; NULL: the one */
};

/* What the body may be, as its content type says; bits. */
enum source_body {
	SOURCE_JSON = 1,    /* application/json, or +json */
	SOURCE_PAYLOAD = 2, /* a form, whose field "payload" is JSON */
	SOURCE_FIELDS = 4,  /* a form, whose fields are the facts */
	SOURCE_ANY = 8,     /* whatever it is; no fact is looked for in it */
};

/* What is answered here and now, and is no event. */
enum source_handshake {
	HANDSHAKE_NONE,
	HANDSHAKE_SLACK_URL, /* url_verification: signed; wants its challenge */
	HANDSHAKE_SLACK_SSL, /* ssl_check=1: may be unsigned; wants a 200 */
};

struct source_identifier {
	enum identifier_type type;
	struct spot spot;
};

struct source {
	const char *name; /* the <source> of its subjects */
	const char *path;
	const char *secret_setting; /* TOCSIN_<this>; NULL: the row names its secrets */
	struct signature_rule rule;
	/* The first that is found. */
	struct spot delivery_id[SOURCE_SPOTS_MAX + 1], kind[SOURCE_SPOTS_MAX + 1];
	unsigned takes; /* enum source_body */
	enum source_handshake handshake;
	/* Those that mean something later, in lower case, ended by NULL. */
	const char *kept_headers[SOURCE_HEADERS_MAX + 1];

	/* Nothing comes again after a 429: over its limit it is stored, and delayed. */
	bool never_resends;

	/*
	 * Only of rows from the file: what the router is told. Of `text` everything is
	 * taken, one a line; of the others the first.
	 */
	bool configured;
	struct spot text[SOURCE_SPOTS_MAX + 1], actor[SOURCE_SPOTS_MAX + 1],
		session[SOURCE_SPOTS_MAX + 1];
	struct source_identifier identifiers[SOURCE_IDENTIFIERS_MAX];
	size_t identifier_count;

	/* Only in a struct source_table; the rows of source.c have none. */
	struct secret_list secrets;
	struct source_table *table;
	size_t number;
};

/* The built-in rows, sorted by path, ended by a row without a name. */
enum { SOURCES_BUILT_IN = 6 };

extern const struct source sources[SOURCES_BUILT_IN + 1];
