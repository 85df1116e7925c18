// SPDX-License-Identifier: Apache-2.0
// A whole Tocsin for one test: nats-server, a database, the stand-in, the daemons, and
// two organisations. acme has the team shop (channel C0SHOP1, repository acme/shop);
// rival has the team lab (C0LAB1, rival/lab). Both have the agent that the test names.
#pragma once

#include "common/json.h"
#include "tests/support/client.h"
#include "tests/support/delivery.h"
#include "tests/support/place.h"
#include "tests/support/postgres.h"
#include "tests/support/process.h"

#define ADMIN_TOKEN "admin-token-for-tests-only-0123456789"

enum stack_daemon {
	CONFIG_STORE,
	ROUTER,
	AGENT_WORKER,
	AGENT_WORKER_2,
	AUDIT_SINK,
	PROVISIONER,
	INGRESS,
	STACK_DAEMONS,
};

enum { ADDRESS_SIZE = 64, START_MS = 30000 };

struct stack_options {
	const char *const *settings; /* "TOCSIN_X=…" for all daemons, ended by NULL */
	const char *const *standin;  /* further arguments of the stand-in */
	const char *config; /* of both teams, NULL: a runbook; see stack_config.c */
	bool two_workers, provisioner;
	bool doors_only; /* ingress and audit-sink, and no organisations */
};

struct stack {
	bool nats_without_jetstream; /* set before stack_nats_start() */
	const char *directory;
	const struct stack_options *options;
	struct process nats, standin, daemons[STACK_DAEMONS];
	char addresses[STACK_DAEMONS][ADDRESS_SIZE];
	char standin_address[ADDRESS_SIZE];
	char nats_url[2 * ADDRESS_SIZE]; /* of a cluster: all of its nodes */
	char database[PATH_SIZE * 2];
};

/* Up, with both organisations routed. Ends the test when it does not come up. */
void stack_start(struct stack *stack, const struct stack_options *options);

/* Ends all; the test fails if a daemon did not end well by itself. */
void stack_stop(struct stack *stack);

/* One daemon: again after a kill, and waiting until it is ready. */
void stack_daemon_start(struct stack *stack, enum stack_daemon which);
void stack_daemon_launch(struct stack *stack, enum stack_daemon which);
void stack_daemon_wait(struct stack *stack, enum stack_daemon which);
const char *stack_daemon_path(enum stack_daemon which);

/* The settings a daemon of this stack gets. */
void stack_environment(const struct stack *stack, enum stack_daemon which,
	struct environment *environment);

/* Where nats-server is. */
const char *stack_nats_program(void);

/* The same port and store again. */
void stack_nats_start(struct stack *stack);
void stack_nats_stop(struct stack *stack);

/* Messages in a stream, or -1 when there is no answer. */
long stack_stream_count(const struct stack *stack, const char *stream);

/* True when no message waits for, or is in the hands of, any consumer of a stream. */
bool stack_stream_is_done(const struct stack *stack, const char *stream);

/* A call to the config store: the status; *out, if not NULL, is owned. */
int stack_call(const struct stack *stack, const char *token, const char *line,
	const char *body, json_t **out);

/*
 * tocsin with these words, as the super admin; its status. What it prints is in `out`,
 * cut at `size`. `words` are ended by NULL.
 */
int stack_cli(
	const struct stack *stack, const char *const *words, char *out, size_t size);

/* The stand-in: its state (owned), and orders to it. */
json_t *stack_standin(const struct stack *stack);
void stack_order(const struct stack *stack, const char *path, const char *body);

/* Sends one delivery to the ingress and is done with `body`; the status. */
int stack_send_github(const struct stack *stack, const char *event, const char *id,
	char *body, char *event_id);
int stack_send_slack(const struct stack *stack, char *body, char *event_id);

/* Rows of the trail for an event: actions in order of time, joined by spaces. */
const char *stack_trail(const struct stack *stack, const char *event_id);

/* Waits until the trail is `expected`: rows of EVENTS and of AUDIT come by two ways. */
bool stack_trail_becomes(const struct stack *stack, const char *event_id,
	const char *expected, long deadline_ms);

/*
 * Waits until the event's run is over and its rows are written; the run's state, ""
 * when there was none in time. Borrowed until the next question for rows.
 */
const char *stack_run_state(
	const struct stack *stack, const char *event_id, long deadline_ms);

/* Waits until the event's trail ends in `action`. */
bool stack_wait_action(const struct stack *stack, const char *event_id,
	const char *action, long deadline_ms);

/* How many runs the event has led to. */
long stack_runs(const struct stack *stack, const char *event_id);

/* stack_config.c */
void stack_organisations(struct stack *stack);
/* Replaces a team's agents by those of `config` ("%s" in it is the stand-in). */
void stack_configure(
	struct stack *stack, const char *org, const char *team, const char *config);
