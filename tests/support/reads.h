// SPDX-License-Identifier: Apache-2.0
// A config store with an audit-sink and those who read from it. rival has a team of the same
// name as acme's (sre), and neither sees anything of the other.
// One stack for the whole process: each test of a story runs in a process of its own.
#pragma once

#include "common/nats/bus.h"
#include "tests/support/stack.h"

enum { TOKEN_TEXT_SIZE = 128 };

#define RUN_A "00000000-0000-7000-8000-00000000000a"
#define RUN_B "00000000-0000-7000-8000-00000000000b"
#define RUN_C "00000000-0000-7000-8000-00000000000c"

extern struct stack reads_stack;
extern struct bus *reads_bus;

/* The tokens of acme's admin, of acme's team and of rival's. */
extern char reads_admin[TOKEN_TEXT_SIZE], reads_team[TOKEN_TEXT_SIZE],
	reads_rival[TOKEN_TEXT_SIZE];

void reads_start(void);
void reads_stop(void);

/* The status; *out, if not NULL, is owned. super: as the super admin. */
int reads_ask(const char *token, const char *line, const char *body, json_t **out);
int reads_super(const char *line, const char *body, json_t **out);

void reads_expect(const json_t *answer, const char *pointer, const char *value);

/* acme/sre: a repository and a service; rival/sre: a channel. */
void reads_give_identifiers(void);

/* Tells of a run of sre; the status. */
int reads_report(const char *run, const char *org, json_t **out);
