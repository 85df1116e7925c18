// SPDX-License-Identifier: Apache-2.0
// Every stream, subject, bucket and header name of Tocsin. Nothing spells one
// elsewhere.
#pragma once

#define STREAM_EVENTS "EVENTS"
#define STREAM_BODIES "BODIES"
#define STREAM_TASKS "TASKS"
#define STREAM_COMMANDS "COMMANDS"
#define STREAM_STEPS "STEPS"
#define STREAM_AUDIT "AUDIT"
#define STREAM_DEAD "DEAD"
#define BUCKET_ROUTES "tocsin_routes"
#define BUCKET_TRIES "tocsin_tries"

/* Formats: the %s are subject tokens, checked with id_is_name() or subject_token(). */
#define SUBJECT_EVENT_BEFORE "tocsin.event."       /* then source, ".", kind */
#define SUBJECT_EVENT SUBJECT_EVENT_BEFORE "%s.%s" /* source, kind */
#define SUBJECT_BODY "tocsin.body.%s.%zu"          /* event id, piece from 0 */
#define SUBJECT_TASK "tocsin.task.%s.%s.%s"        /* shared|dedicated, org, team */
#define SUBJECT_COMMAND "tocsin.command.%s.%s.%s"  /* verb, org, team */
#define SUBJECT_STEP "tocsin.step.%s.%s.%s"        /* org, team, run id */
#define SUBJECT_AUDIT "tocsin.audit.%s.%s.%s"  /* area, org, team; "-" where unknown */
#define SUBJECT_DEAD "tocsin.dead.%s"          /* stage: the consumer's name */
#define SUBJECT_RPC "tocsin.rpc.%s"            /* service.verb, no tenant */
#define SUBJECT_RPC_TEAM "tocsin.rpc.%s.%s.%s" /* service.verb, org, team */
#define SUBJECT_RPC_ALL "tocsin.rpc.>"
#define RPC_QUEUE_GROUP "config-store"
#define ROUTE_KEY "%s.%s" /* org, team */

#define SUBJECT_UNKNOWN "-"
#define SUBJECT_SIZE 256

/* Headers. */
#define HEADER_MESSAGE_ID "Nats-Msg-Id"
#define HEADER_EXPECTED_LAST_SUBJECT "Nats-Expected-Last-Subject-Sequence"
#define HEADER_TRACE "traceparent"
#define HEADER_CE_ID "ce-id"
#define HEADER_CE_SOURCE "ce-source"
#define HEADER_CE_TYPE "ce-type"
#define HEADER_CE_VERSION "ce-specversion"
#define HEADER_CE_TIME \
	"ce-time" /* when the request was complete, RFC 3339 with microseconds */
#define HEADER_DEAD_STAGE "Tocsin-Dead-Stage"
#define HEADER_DEAD_REASON "Tocsin-Dead-Reason"
#define HEADER_DEAD_SUBJECT "Tocsin-Dead-Subject"
#define HEADER_DEAD_STREAM "Tocsin-Dead-Stream"
#define HEADER_DEAD_SEQUENCE "Tocsin-Dead-Sequence"
#define HEADER_DEAD_DELIVERIES "Tocsin-Dead-Deliveries"

/* ce-source and ce-type of an event: "/tocsin/github", "github.issue_comment". */
#define CE_SOURCE_BEFORE "/tocsin/"
#define CE_VERSION "1.0"

enum { SUBJECT_TOKEN_SIZE = 64 };

/*
 * `word` of a sender as one subject token: what is not [A-Za-z0-9_-] becomes "_", cut
 * at 63 characters, "-" when empty. `out` has SUBJECT_TOKEN_SIZE. Returns `out`.
 */
const char *subject_token(char *out, const char *word);
