// SPDX-License-Identifier: Apache-2.0
// What a source's rules find in one event: by which values a team may claim it, what is
// asked, the facts, and the place it came from.
#pragma once

#include <stdint.h>

#include "common/identifier.h"
#include "common/json.h"
#include "proto/names.h"

enum {
	FINDING_IDENTIFIERS_MAX = 8,
	FINDING_TEXT_MAX = 4000 /* characters, not bytes */
};

struct found_identifier {
	enum identifier_type type;
	char value[IDENTIFIER_SIZE]; /* normalised */
};

/* Where the event happened, as far as an answer can be posted there. */
enum place_kind { PLACE_NONE, PLACE_SLACK_THREAD, PLACE_GITHUB_PR, PLACE_GITHUB_ISSUE };

struct place {
	enum place_kind kind;
	const char *channel, *thread; /* Slack */
	const char *repository;       /* GitHub */
	int64_t number;
	const char *user; /* who asked; "" when unknown */
};

/* Zero-initialise. Strings are borrowed from `body` or static. */
struct finding {
	json_t *body;        /* owned: the parsed payload, NULL when it was not read */
	const char *ignored; /* why the event is of no interest; NULL when it is */
	struct found_identifier identifiers[FINDING_IDENTIFIERS_MAX];
	size_t identifier_count;
	const char *actor;   /* NULL when unknown */
	struct text text;    /* what is asked, in words */
	struct text session; /* what belongs to one conversation; empty when nothing */
	json_t *facts;       /* owned; an object, or NULL */
	struct place place;
};

void finding_done(struct finding *finding);
DEFINE_AUTO_DONE(struct finding, finding_done)

/*
 * Adds `value` in normalised form. NULL, and what can be no identifier's value, is
 * passed over: no team can have claimed it.
 */
void finding_identifier(
	struct finding *finding, enum identifier_type type, const char *value);

/* The event is of no interest, because of `reason` (static). Always true. */
bool finding_ignore(struct finding *finding, const char *reason);

/* Facts; what is NULL is left out. Always a string, or an integer. */
void finding_fact(struct finding *finding, const char *name, const char *value);
void finding_fact_number(struct finding *finding, const char *name, int64_t value);

/*
 * Closes the finding: text cut to FINDING_TEXT_MAX characters. RETRY when memory ran
 * out anywhere.
 */
NODISCARD bool finding_close(struct finding *finding, struct fault *fault);
