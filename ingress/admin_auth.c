// SPDX-License-Identifier: Apache-2.0
#include "ingress/admin_auth.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/hmac.h"
#include "common/nats/rpc.h"
#include "common/text.h"
#include "common/wire.h"

enum { REMEMBERED = 64 };

/* Only good tokens are remembered, so nobody without one can push another's out. */
struct memory {
	unsigned char digest[HMAC_SIZE];
	int64_t until_ms; /* 0: free */
	struct admin_caller caller;
};

struct admin_auth {
	struct bus *bus;
	long ttl_ms;
	pthread_mutex_t lock;
	struct memory list[REMEMBERED];
};

bool admin_auth_new(
	struct admin_auth **out, struct bus *bus, long ttl_ms, struct fault *fault)
{
	struct admin_auth *auth = calloc(1, sizeof(*auth));

	if (!auth)
		return fault_set(fault, FAULT_FATAL, "no memory for admins");
	auth->bus = bus;
	auth->ttl_ms = ttl_ms;
	(void)pthread_mutex_init(&auth->lock, NULL);
	*out = auth;
	return true;
}

void admin_auth_free(struct admin_auth *auth)
{
	if (!auth)
		return;
	(void)pthread_mutex_destroy(&auth->lock);
	free(auth);
}

static bool recall(struct admin_caller *out, struct admin_auth *auth,
	const unsigned char digest[HMAC_SIZE])
{
	int64_t now = clock_mono_ms();
	bool found = false;

	(void)pthread_mutex_lock(&auth->lock);
	for (size_t i = 0; i < REMEMBERED && !found; i++) {
		found = auth->list[i].until_ms > now &&
			memcmp(auth->list[i].digest, digest, HMAC_SIZE) == 0;
		if (found)
			*out = auth->list[i].caller;
	}
	(void)pthread_mutex_unlock(&auth->lock);
	return found;
}

static void remember(struct admin_auth *auth, const unsigned char digest[HMAC_SIZE],
	const struct admin_caller *caller, int64_t until_ms)
{
	struct memory *oldest = &auth->list[0];

	(void)pthread_mutex_lock(&auth->lock);
	for (size_t i = 1; i < REMEMBERED; i++)
		if (auth->list[i].until_ms < oldest->until_ms)
			oldest = &auth->list[i];
	memcpy(oldest->digest, digest, HMAC_SIZE);
	oldest->caller = *caller;
	oldest->until_ms = until_ms;
	(void)pthread_mutex_unlock(&auth->lock);
}

static bool take_reply(struct admin_caller *out, const pb_auth_verify_reply *reply,
	bool *known, struct fault *fault)
{
	struct text scopes AUTO(text_done) = {.limit = ADMIN_SCOPES_SIZE - 1};

	*known = *reply->kind != '\0';
	if (!*known)
		return fault_set(
			fault, FAULT_REJECT, "the token is no good: %s", reply->reason);
	*out = (struct admin_caller){
		.is_super = strcmp(reply->kind, "super_admin") == 0};
	if (!out->is_super && strcmp(reply->kind, "org_admin") != 0)
		return fault_set(
			fault, FAULT_REJECT, "this call is for admins' tokens");
	if (!out->is_super && !id_is_name(reply->org))
		return fault_set(fault, FAULT_RETRY, "an admin of no organisation");
	(void)snprintf(
		out->org, sizeof(out->org), "%s", out->is_super ? "" : reply->org);
	out->read_only = reply->read_only;
	(void)snprintf(out->subject, sizeof(out->subject), "%s", reply->subject);
	text_add_char(&scopes, ' ');
	for (size_t i = 0; i < reply->n_scopes; i++)
		text_printf(&scopes, "%s ", reply->scopes[i]);
	if (text_failed(&scopes))
		return fault_set(fault, FAULT_RETRY, "the token has too many scopes");
	(void)snprintf(out->scopes, sizeof(out->scopes), "%s", text_string(&scopes));
	return true;
}

/* From when the question was sent the answer ages; a token's own end may be sooner. */
static int64_t believed_until(const struct admin_auth *auth,
	const pb_auth_verify_reply *reply, int64_t asked_ms)
{
	int64_t until_ms = asked_ms + auth->ttl_ms, end_ms;

	if (reply->expires_at_us == 0)
		return until_ms;
	end_ms = clock_mono_ms() + (reply->expires_at_us - clock_wall_us()) / 1000;
	return end_ms < until_ms ? end_ms : until_ms;
}

bool admin_auth_verify(struct admin_caller *out, struct admin_auth *auth,
	const char *token, bool *known, struct fault *fault)
{
	pb_auth_verify_reply *reply AUTO(pb_auth_verify_reply_free) = NULL;
	unsigned char digest[HMAC_SIZE];
	pb_auth_verify_request request;
	int64_t asked_ms = clock_mono_ms();

	*known = true;
	sha256(digest, token, strlen(token));
	if (recall(out, auth, digest))
		return true;
	pb_auth_verify_request_init(&request);
	request.token = wire_string(token);
	if (!RPC(auth->bus, "auth.verify", NULL, NULL, &request, auth_verify, &reply,
		    fault)) {
		fault->kind = FAULT_RETRY;
		return false;
	}
	if (!take_reply(out, reply, known, fault))
		return false;
	remember(auth, digest, out, believed_until(auth, reply, asked_ms));
	return true;
}

bool admin_caller_may(const struct admin_caller *caller, const char *scope)
{
	char wanted[80];

	(void)snprintf(wanted, sizeof(wanted), " %s ", scope);
	return caller->is_super || strstr(caller->scopes, wanted) ||
		strstr(caller->scopes, " admin:* ");
}

bool admin_caller_sees(const struct admin_caller *caller, const char *org)
{
	return caller->is_super || strcmp(caller->org, org) == 0;
}
