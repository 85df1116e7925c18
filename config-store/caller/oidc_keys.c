// SPDX-License-Identifier: Apache-2.0
#include "config-store/caller/oidc_keys.h"

#include <pthread.h>
#include <string.h>

#include "common/http/http_client.h"
#include "common/log.h"
#include "config-store/caller/jwks.h"

enum { FETCH_MS = 5000, URL_MAX = 2000 };

struct oidc_keys {
	char *issuer, *jwks_url; /* jwks_url "": by discovery */

	pthread_mutex_t lock;
	struct jwks *jwks; /* NULL: none yet */
	bool attempted, failed, fetching;
	int64_t fetched_ms, attempted_ms;
	struct http_client *client; /* of who is fetching */
};

bool oidc_url_is_good(const char *url)
{
	static const char *const here[] = {"localhost", "127.0.0.1", "[::1]"};
	const char *host = strstr(url, "://");
	size_t len;

	/* Not everybody takes a backslash for the same thing. */
	if (!host || strlen(url) > URL_MAX || strchr(url, '\\'))
		return false;
	host += strlen("://");
	len = strcspn(host, "/?#");
	if (len == 0 || memchr(host, '@', len))
		return false;
	if (strncmp(url, "https://", strlen("https://")) == 0)
		return true;
	for (size_t i = 0; i < countof(here); i++) {
		size_t name = strlen(here[i]);

		if (strncmp(url, "http://", strlen("http://")) == 0 && len >= name &&
			memcmp(host, here[i], name) == 0 &&
			(len == name || host[name] == ':'))
			return true;
	}
	return false;
}

bool oidc_keys_open(struct oidc_keys **out, const char *issuer, const char *jwks_url,
	struct fault *fault)
{
	struct oidc_keys *keys AUTO(oidc_keys_close) = NULL;

	if (!oidc_url_is_good(issuer))
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_OIDC_ISSUER=%.200s: must begin with https://, or be on "
			"this machine",
			issuer);
	if (*jwks_url && !oidc_url_is_good(jwks_url))
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_OIDC_JWKS_URL=%.200s: must begin with https://, or be "
			"on this machine",
			jwks_url);
	keys = calloc(1, sizeof(*keys));
	if (!keys)
		return fault_set(fault, FAULT_FATAL, "no memory for an issuer");
	(void)pthread_mutex_init(&keys->lock, NULL);
	keys->issuer = strdup(issuer);
	keys->jwks_url = strdup(jwks_url);
	if (!keys->issuer || !keys->jwks_url)
		return fault_set(fault, FAULT_FATAL, "no memory for an issuer");
	if (!http_client_open(&keys->client, "", fault))
		return false;
	*out = TAKE(keys);
	return true;
}

void oidc_keys_close(struct oidc_keys *keys)
{
	if (!keys)
		return;
	http_client_close(keys->client);
	jwks_free(keys->jwks);
	free(keys->issuer);
	free(keys->jwks_url);
	(void)pthread_mutex_destroy(&keys->lock);
	free(keys);
}

static bool get(struct oidc_keys *keys, const char *url, struct http_reply *reply,
	struct fault *fault)
{
	const struct http_call call = {.method = "GET",
		.url = url,
		.headers = (const char *const[]){"Accept: application/json", NULL},
		.timeout_ms = FETCH_MS,
		.max_answer = JWKS_BYTES_MAX};

	if (!http_fetch(keys->client, &call, reply, fault))
		return false;
	return reply->status == 200 ||
		fault_set(fault, FAULT_RETRY, "GET %.120s: status %d", url,
			reply->status);
}

/* OpenID Connect Discovery 1.0, section 4: the document must name the same issuer. */
static bool discover(struct oidc_keys *keys, struct text *url, struct fault *fault)
{
	static const char path[] = ".well-known/openid-configuration";
	struct http_reply reply AUTO(http_reply_done) = {0};
	struct text from AUTO(text_done) = {0};
	json_t *document AUTO(json_decref) = NULL;
	const char *found;
	size_t len = strlen(keys->issuer);

	text_printf(&from, "%s%s%s", keys->issuer,
		keys->issuer[len - 1] == '/' ? "" : "/", path);
	if (text_failed(&from))
		return fault_set(fault, FAULT_RETRY, "no memory for a URL");
	if (!get(keys, text_string(&from), &reply, fault) ||
		!json_parse(&document, reply.body, reply.len, fault))
		return false;
	found = json_string_or(document, "/jwks_uri", "");
	if (strcmp(json_string_or(document, "/issuer", ""), keys->issuer) != 0)
		return fault_set(fault, FAULT_RETRY,
			"the discovery document is of another issuer");
	if (!oidc_url_is_good(found))
		return fault_set(fault, FAULT_RETRY,
			"the discovery document's jwks_uri is not https");
	text_add(url, found);
	return !text_failed(url) ||
		fault_set(fault, FAULT_RETRY, "no memory for a URL");
}

static bool fetch(struct jwks **out, struct oidc_keys *keys, struct fault *fault)
{
	struct http_reply reply AUTO(http_reply_done) = {0};
	struct text url AUTO(text_done) = {0};

	if (*keys->jwks_url)
		text_add(&url, keys->jwks_url);
	else if (!discover(keys, &url, fault))
		return false;
	return get(keys, text_string(&url), &reply, fault) &&
		jwks_parse(out, reply.body, reply.len, fault);
}

static bool is_wanted(const struct oidc_keys *keys, const char *kid, int64_t now_ms)
{
	bool fresh = keys->jwks && now_ms - keys->fetched_ms < OIDC_FRESH_MS;

	if (fresh && jwks_has(keys->jwks, kid))
		return false;
	return !keys->fetching &&
		(!keys->attempted || now_ms - keys->attempted_ms >= OIDC_RETRY_MS);
}

/* Called with the lock, which is given up while the issuer is asked. */
static void refresh(struct oidc_keys *keys, int64_t now_ms)
{
	struct jwks *got AUTO(jwks_free) = NULL;
	struct fault fault = {0};
	bool good;

	keys->attempted = true;
	keys->attempted_ms = now_ms;
	keys->fetching = true;
	(void)pthread_mutex_unlock(&keys->lock);
	good = fetch(&got, keys, &fault);
	if (!good)
		log_fault(&fault, "the keys of issuer %s", keys->issuer);
	(void)pthread_mutex_lock(&keys->lock);
	keys->fetching = false;
	keys->failed = !good;
	if (!good)
		return;
	jwks_free(keys->jwks);
	keys->jwks = TAKE(got);
	keys->fetched_ms = now_ms;
}

static bool decide(const char **why, const struct oidc_keys *keys,
	const struct jws *jws, int64_t now_ms, struct fault *fault)
{
	bool usable = keys->jwks && now_ms - keys->fetched_ms < OIDC_STALE_MS;

	*why = NULL;
	if (usable && jwks_has(keys->jwks, jws->kid)) {
		if (!jwks_verify(keys->jwks, jws))
			*why = "its signature is wrong";
		return true;
	}
	/* It may be a key that the issuer has made since. */
	if (!usable || keys->failed || keys->fetching)
		return fault_set(fault, FAULT_RETRY,
			"the keys of issuer %.120s cannot be had now", keys->issuer);
	*why = "its key is unknown";
	return true;
}

bool oidc_keys_verify(const char **why, struct oidc_keys *keys, const struct jws *jws,
	int64_t now_ms, struct fault *fault)
{
	bool done;

	if (!jws->kid) {
		*why = "it names no key";
		return true;
	}
	(void)pthread_mutex_lock(&keys->lock);
	if (is_wanted(keys, jws->kid, now_ms))
		refresh(keys, now_ms);
	done = decide(why, keys, jws, now_ms, fault);
	(void)pthread_mutex_unlock(&keys->lock);
	return done;
}
