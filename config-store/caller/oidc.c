// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/oidc.h"

#include <string.h>

#include "common/clock.h"
#include "config-store/caller/oidc_keys.h"
#include "config-store/caller/oidc_roles.h"

enum { LEEWAY_S = 60, SECOND_US = 1000000, SUBJECT_MAX = 150 };

struct oidc {
	char *issuer, *audience, *groups; /* groups: a claim, or a JSON pointer */
	struct oidc_roles *roles;
	struct oidc_keys *keys;
};

void oidc_close(struct oidc *oidc)
{
	if (!oidc)
		return;
	free(oidc->issuer);
	free(oidc->audience);
	free(oidc->groups);
	oidc_roles_free(oidc->roles);
	oidc_keys_close(oidc->keys);
	free(oidc);
}

static bool check_settings(const struct store_config *config, struct fault *fault)
{
	if (!*config->oidc_issuer)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_OIDC_ISSUER is empty, and other TOCSIN_OIDC settings "
			"are not");
	if (!*config->oidc_audience)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_OIDC_AUDIENCE is empty: without it a token made for "
			"any other program would do");
	if (!*config->oidc_groups_claim || !*config->oidc_role_mapping)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_OIDC_GROUPS_CLAIM and TOCSIN_OIDC_ROLE_MAPPING must be "
			"set, or nobody is an admin");
	return true;
}

bool oidc_open(
	struct oidc **out, const struct store_config *config, struct fault *fault)
{
	struct oidc *oidc AUTO(oidc_close) = NULL;

	*out = NULL;
	if (!*config->oidc_issuer && !*config->oidc_audience &&
		!*config->oidc_jwks_url && !*config->oidc_role_mapping)
		return true;
	if (!check_settings(config, fault))
		return false;
	oidc = calloc(1, sizeof(*oidc));
	if (!oidc)
		return fault_set(fault, FAULT_FATAL, "no memory for an issuer");
	oidc->issuer = strdup(config->oidc_issuer);
	oidc->audience = strdup(config->oidc_audience);
	oidc->groups = strdup(config->oidc_groups_claim);
	if (!oidc->issuer || !oidc->audience || !oidc->groups)
		return fault_set(fault, FAULT_FATAL, "no memory for an issuer");
	if (!oidc_roles_parse(&oidc->roles, config->oidc_role_mapping, fault) ||
		!oidc_keys_open(
			&oidc->keys, config->oidc_issuer, config->oidc_jwks_url, fault))
		return false;
	*out = TAKE(oidc);
	return true;
}

const char *oidc_check_claims(
	int64_t *expires_s, const struct jws *jws, const struct oidc_expected *expected)
{
	const char *issuer = jws_string(jws, "iss");
	int64_t begins_s = 0, issued_s = 0;

	if (!issuer || strcmp(issuer, expected->issuer) != 0)
		return "it is of another issuer";
	if (!jws_has(json_object_get(jws->payload, "aud"), expected->audience))
		return "it is for another audience";
	if (!jws_time(expires_s, jws, "exp"))
		return "it does not say when it ends";
	if (expected->now_s >= *expires_s + LEEWAY_S)
		return "it has expired";
	if (json_object_get(jws->payload, "nbf") &&
		(!jws_time(&begins_s, jws, "nbf") ||
			begins_s > expected->now_s + LEEWAY_S))
		return "it is not good yet";
	if (json_object_get(jws->payload, "iat") &&
		(!jws_time(&issued_s, jws, "iat") ||
			issued_s > expected->now_s + LEEWAY_S))
		return "it is of the future";
	return NULL;
}

/* It goes into logs, records and answers. */
static bool is_subject(const char *subject)
{
	if (!subject || strlen(subject) > SUBJECT_MAX)
		return false;
	for (; *subject; subject++)
		if ((unsigned char)*subject < ' ' || *subject == 0x7F)
			return false;
	return true;
}

static const json_t *groups_of(const struct oidc *oidc, const struct jws *jws)
{
	if (oidc->groups[0] == '/')
		return json_at(jws->payload, oidc->groups);
	return json_object_get(jws->payload, oidc->groups);
}

bool oidc_verify(struct verdict *out, struct oidc *oidc, const struct jws *jws,
	int64_t wall_us, struct fault *fault)
{
	const struct oidc_expected expected = {
		oidc->issuer, oidc->audience, wall_us / SECOND_US};
	const char *subject = jws_string(jws, "sub"), *why;
	int64_t expires_s = 0;

	if (strcmp(jws->alg, "RS256") != 0 && strcmp(jws->alg, "ES256") != 0)
		return verify_no(out, "its algorithm is not one that is taken");
	/* Before the issuer is asked for keys because of somebody else's token. */
	why = oidc_check_claims(&expires_s, jws, &expected);
	if (!why && !is_subject(subject))
		why = "it names nobody";
	if (!why && !oidc_keys_verify(&why, oidc->keys, jws, clock_mono_ms(), fault))
		return false;
	if (why)
		return verify_no(out, why);
	oidc_roles_apply(out, oidc->roles, groups_of(oidc, jws));
	if (out->caller.kind == CALLER_NONE)
		return true;
	out->caller.auth_kind = "oidc";
	out->caller.expires_at_us = (expires_s + LEEWAY_S) * SECOND_US;
	(void)snprintf(
		out->caller.subject, sizeof(out->caller.subject), "oidc:%s", subject);
	return true;
}
