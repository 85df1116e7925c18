// SPDX-License-Identifier: Apache-2.0
// What the daemon's threads share, what each thread has of its own, and how a call is
// refused.
#pragma once

#include <jansson.h>
#include <stdatomic.h>

#include "common/daemon.h"
#include "common/db.h"
#include "common/ids.h"
#include "common/nats/publisher.h"
#include "common/nats/streams.h"

struct effective_cache;
struct export_slots;
struct jwt_keys;
struct oidc;
struct notices;
struct outbox;
struct secrets;
struct verified;

struct store_config {
	struct daemon_config daemon;
	struct streams_config streams;
	char *database_url;
	struct secret_list admin_tokens, service_tokens, jwt_keys;
	char *jwt_audience;
	char *oidc_issuer, *oidc_audience, *oidc_jwks_url;
	char *oidc_groups_claim, *oidc_role_mapping;
	struct secret_list secrets_keys;
	long http_threads, rpc_threads;
	long lease_ms;     /* of a claim that names none */
	long config_cache; /* bytes */
	long export_ms;    /* how long one may take */
	long reconcile_ms; /* how often the routes bucket is compared with the tables */
};

/* Shared by all threads; nothing but the count changes after the start. */
struct store {
	const struct store_config *config;
	const struct secrets *secrets;
	struct publisher *publisher;
	struct bus *bus, *answers; /* to publish, and to answer other daemons */
	struct outbox *outbox;
	struct notices *notices; /* what caches hold on to: see notices.h */
	struct effective_cache *cache;
	const struct jwt_keys *jwt_keys;
	struct oidc *oidc; /* NULL: nobody signs in by it */
	struct verified *verified;
	struct export_slots *export_slots;
	atomic_int searches; /* of the trail by text, under way */
};

enum caller_kind {
	CALLER_NONE = 0,
	CALLER_SUPER_ADMIN = 1,
	CALLER_ORG_ADMIN = 2,
	CALLER_TEAM = 4,
	CALLER_SERVICE = 8, /* another daemon; its paths are /api/v1/internal/ */
	CALLER_ADMIN = CALLER_SUPER_ADMIN | CALLER_ORG_ADMIN,
	CALLER_ANY = CALLER_ADMIN | CALLER_TEAM | CALLER_SERVICE,
};

enum { CALLER_SUBJECT_SIZE = 160 };

/*
 * Who asks. org is "" for the super admin and services, team is "" for all but a team.
 */
struct caller {
	enum caller_kind kind;
	char org[NAME_MAX_LEN + 1];
	char team[NAME_MAX_LEN + 1];
	/* A token's id, "super_admin", "service:<name>", "oidc:<sub>", a JWT's sub. */
	char subject[CALLER_SUBJECT_SIZE];
	unsigned rights;       /* of enum right, or-ed; see scopes.h */
	bool read_only;        /* nothing but GET, whatever its rights */
	const char *auth_kind; /* admin_token, team_token, service_token, impersonation,
				  oidc */
	int64_t expires_at_us; /* wall; 0: never */
};

/* Why a call was refused, for HTTP; set together with a REJECT. */
struct refusal {
	int status;
	const char *code;
	const char *list_name; /* of `list` in the answer, NULL when there is none */
	json_t *list;
};

/* http_thread() and service_call.thread. One call at a time uses it. */
struct store_thread {
	struct store *store;
	struct db *db;
	struct caller caller; /* of the HTTP request in hand */
	struct refusal refusal;
};

bool store_thread_open(void **thread, void *store, struct fault *fault);
void store_thread_close(void *thread);

/* Always false: a REJECT that HTTP answers with `status` and {"error": code}. */
bool refuse(struct store_thread *thread, struct fault *fault, int status,
	const char *code, const char *text, ...) PRINTF_LIKE(5, 6);

/* Takes `list` and adds it to the answer of the refusal under `name`. */
void refuse_with_list(struct store_thread *thread, const char *name, json_t *list);

/* Forgets the refusal of the call before. */
void refusal_clear(struct store_thread *thread);

/* Part of a transaction. A false return rolls it back. */
typedef bool (*store_work)(
	struct store_thread *thread, void *context, struct fault *fault);

/*
 * Runs `work` in a transaction that is alone among the writes of `org`, and once more
 * when PostgreSQL chose it as the victim of a deadlock. Afterwards the outbox is woken,
 * and whatever any process caches of `org` is void.
 */
NODISCARD bool store_transact(struct store_thread *thread, const char *org,
	store_work work, void *context, struct fault *fault);

/*
 * True when the caller may see what is in `org`. The super admin and services see all;
 * the table of routes says where services may look.
 */
bool caller_sees(const struct caller *caller, const char *org);

/* A copy of `string` that PostgreSQL takes as text: what is no UTF-8 becomes "?". */
NODISCARD char *store_text(const char *string, size_t max);
