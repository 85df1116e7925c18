// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/verify.h"

#include <string.h>

#include "common/clock.h"
#include "common/metrics.h"
#include "config-store/caller/jws.h"
#include "config-store/caller/oidc.h"
#include "config-store/caller/scopes.h"
#include "config-store/caller/token.h"
#include "config-store/caller/verified.h"

/* Who still uses a secret that is to be removed. */
static struct metric used_total = {.type = METRIC_COUNTER,
	.name = "tocsin_credential_used_total",
	.help = "Credentials verified by secrets of the settings: number, name or key "
		"id",
	.labels = {"kind", "key"}};

void verify_count(const char *kind, const char *key)
{
	metric_add(metric_with(&used_total, kind, key, NULL), 1);
}

bool verify_no(struct verdict *out, const char *why)
{
	*out = (struct verdict){.why = why};
	return true;
}

/* Its number from 1, 0 for none; every one is compared, so that time does not tell. */
static unsigned find_super_admin(const struct secret_list *tokens, const char *text)
{
	unsigned found = 0;

	for (unsigned i = 0; i < tokens->count; i++)
		if (token_same_text(text, tokens->values[i]))
			found = i + 1;
	return found;
}

/* The line "<name>:<token>" that has it, NULL when none has. */
static const char *find_service(const struct secret_list *services, const char *text)
{
	const char *found = NULL;

	for (size_t i = 0; i < services->count; i++) {
		const char *token = strchr(services->values[i], ':');

		if (token && token_same_text(text, token + 1))
			found = services->values[i];
	}
	return found;
}

static void take_super_admin(struct caller *caller, unsigned number)
{
	char key[16];

	*caller = (struct caller){.kind = CALLER_SUPER_ADMIN,
		.subject = "super_admin",
		.rights = RIGHT_ALL,
		.auth_kind = "admin_token"};
	(void)snprintf(key, sizeof(key), "%u", number);
	verify_count("admin", key);
}

static void take_service(struct caller *caller, const char *line)
{
	char name[NAME_MAX_LEN + 1];

	*caller = (struct caller){.kind = CALLER_SERVICE,
		.rights = RIGHT_ALL,
		.auth_kind = "service_token"};
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(line, ":"), line);
	(void)snprintf(caller->subject, sizeof(caller->subject), "service:%s", name);
	verify_count("service", name);
}

/* Credentials of settings. */
static bool verify_settings(
	struct caller *caller, const struct store_config *config, const char *text)
{
	unsigned number = find_super_admin(&config->admin_tokens, text);
	const char *service = find_service(&config->service_tokens, text);

	if (number > 0)
		take_super_admin(caller, number);
	else if (service)
		take_service(caller, service);
	return number > 0 || service;
}

/* The algorithm says whose it claims to be; each side takes its own and its own keys. */
static bool verify_jwt(struct verdict *out, struct store_thread *thread,
	const char *text, struct fault *fault)
{
	struct jws jws AUTO(jws_done) = {0};

	if (!jws_parse(&jws, text, fault)) {
		*fault = (struct fault){0};
		return verify_no(out, "it is no token");
	}
	if (strcmp(jws.alg, "HS256") == 0)
		return verify_team_jwt(out, thread, &jws, fault);
	if (thread->store->oidc)
		return oidc_verify(
			out, thread->store->oidc, &jws, clock_wall_us(), fault);
	return verify_no(out, "its algorithm is not one that is taken");
}

static bool is_jwt(const char *text)
{
	const char *first = strchr(text, '.');

	return first && strchr(first + 1, '.');
}

static bool verify_form(struct verdict *out, struct store_thread *thread,
	const char *text, struct fault *fault)
{
	struct token token;
	bool done;

	if (is_jwt(text))
		return verify_jwt(out, thread, text, fault);
	if (!token_parse(&token, text))
		return verify_no(out, "it is no token");
	done = verify_token(out, thread, &token, fault);
	explicit_bzero(&token, sizeof(token));
	return done;
}

bool verify_remembered(
	struct caller *caller, const struct store *store, const char *text)
{
	unsigned char key[HMAC_SIZE];
	struct verified_look look = {
		.wall_us = clock_wall_us(), .mono_ms = clock_mono_ms()};

	sha256(key, text, strlen(text));
	return verified_find(caller, &look, store->verified, key);
}

bool verify(struct verdict *out, struct store_thread *thread, const char *text,
	struct fault *fault)
{
	struct store *store = thread->store;
	unsigned char key[HMAC_SIZE];
	struct verified_look look = {
		.wall_us = clock_wall_us(), .mono_ms = clock_mono_ms()};

	*out = (struct verdict){.why = ""};
	if (verify_settings(&out->caller, store->config, text))
		return true;
	sha256(key, text, strlen(text));
	if (verified_find(&out->caller, &look, store->verified, key))
		return true;
	if (!verify_form(out, thread, text, fault))
		return false;
	if (out->caller.kind != CALLER_NONE)
		verified_keep(store->verified, key, &look, &out->caller);
	return true;
}
