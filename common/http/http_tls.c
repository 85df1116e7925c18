// SPDX-License-Identifier: Apache-2.0
#include "common/http/http_tls.h"

#include <assert.h>
#include <gnutls/abstract.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "common/clock.h"
#include "common/http/http_private.h"

enum { CHAIN_MAX = 16, HANDSHAKE_MOST_MS = 120000 };

/* A certificate that was replaced stays for the handshakes that began with it. */
struct identity {
	struct identity *older;
	gnutls_pcert_st chain[CHAIN_MAX];
	unsigned chain_len;
	gnutls_privkey_t key;
	int64_t replaced_ms;
};

struct http_tls {
	char *certificate_file, *key_file;
	struct identity *newest; /* the reloader's own view of the list */
};

/* What new handshakes get: a global, because the callback is told of no server. */
static _Atomic(struct identity *) shown;

static void identity_free(struct identity *identity)
{
	if (!identity)
		return;
	for (unsigned i = 0; i < identity->chain_len; i++)
		gnutls_pcert_deinit(&identity->chain[i]);
	if (identity->key)
		gnutls_privkey_deinit(identity->key);
	free(identity);
}
DEFINE_AUTO(struct identity, identity_free)

static void free_data(gnutls_datum_t *data)
{
	if (data->data)
		gnutls_memset(data->data, 0, data->size);
	gnutls_free(data->data);
}
DEFINE_AUTO_DONE(gnutls_datum_t, free_data)

static bool complain(struct fault *fault, const char *file, int status)
{
	return fault_set(fault, FAULT_FATAL, "%s: %s", file, gnutls_strerror(status));
}

static bool read_chain(struct identity *identity, const char *file, struct fault *fault)
{
	gnutls_datum_t data AUTO(free_data) = {0};
	int status = gnutls_load_file(file, &data);

	identity->chain_len = CHAIN_MAX;
	if (status == GNUTLS_E_SUCCESS)
		status = gnutls_pcert_list_import_x509_raw(identity->chain,
			&identity->chain_len, &data, GNUTLS_X509_FMT_PEM,
			GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED);
	if (status == GNUTLS_E_SUCCESS)
		return true;
	identity->chain_len = 0;
	return complain(fault, file, status);
}

static bool read_key(struct identity *identity, const char *file, struct fault *fault)
{
	gnutls_datum_t data AUTO(free_data) = {0};
	int status = gnutls_load_file(file, &data);

	if (status == GNUTLS_E_SUCCESS)
		status = gnutls_privkey_init(&identity->key);
	if (status == GNUTLS_E_SUCCESS)
		status = gnutls_privkey_import_x509_raw(
			identity->key, &data, GNUTLS_X509_FMT_PEM, NULL, 0);
	return status == GNUTLS_E_SUCCESS || complain(fault, file, status);
}

/* By what both say of their public half. */
static bool belong_together(const struct identity *identity)
{
	unsigned char of_key[64], of_certificate[64];
	size_t key_len = sizeof(of_key), certificate_len = sizeof(of_certificate);
	gnutls_pubkey_t public_key = NULL;
	bool same = gnutls_pubkey_init(&public_key) == GNUTLS_E_SUCCESS &&
		gnutls_pubkey_import_privkey(public_key, identity->key, 0, 0) ==
			GNUTLS_E_SUCCESS &&
		gnutls_pubkey_get_key_id(public_key, GNUTLS_KEYID_USE_SHA256, of_key,
			&key_len) == GNUTLS_E_SUCCESS &&
		gnutls_pubkey_get_key_id(identity->chain[0].pubkey,
			GNUTLS_KEYID_USE_SHA256, of_certificate,
			&certificate_len) == GNUTLS_E_SUCCESS &&
		key_len == certificate_len &&
		memcmp(of_key, of_certificate, key_len) == 0;

	gnutls_pubkey_deinit(public_key);
	return same;
}

static bool read_identity(
	struct identity **out, const struct http_tls *tls, struct fault *fault)
{
	struct identity *identity AUTO(identity_free) = calloc(1, sizeof(*identity));

	if (!identity)
		return fault_set(fault, FAULT_FATAL, "no memory for a certificate");
	if (!read_chain(identity, tls->certificate_file, fault) ||
		!read_key(identity, tls->key_file, fault))
		return false;
	if (!belong_together(identity))
		return fault_set(fault, FAULT_FATAL, "%s is not the key of %s",
			tls->key_file, tls->certificate_file);
	*out = TAKE(identity);
	return true;
}

/* Frees those that no handshake can have any more. */
static void forget_old(struct http_tls *tls)
{
	int64_t now = clock_mono_ms();
	struct identity **link = &tls->newest->older;

	while (*link && now - (*link)->replaced_ms < HANDSHAKE_MOST_MS)
		link = &(*link)->older;
	while (*link) {
		struct identity *old = *link;

		*link = old->older;
		identity_free(old);
	}
}

bool http_tls_reload(struct http_tls *tls, struct fault *fault)
{
	struct identity *identity = NULL;

	if (!read_identity(&identity, tls, fault))
		return false;
	assert(identity);
	identity->older = tls->newest;
	if (tls->newest)
		tls->newest->replaced_ms = clock_mono_ms();
	tls->newest = identity;
	atomic_store(&shown, identity);
	forget_old(tls);
	return true;
}

bool http_tls_open(struct http_tls **out, const char *certificate_file,
	const char *key_file, struct fault *fault)
{
	struct http_tls *tls AUTO(http_tls_close) = calloc(1, sizeof(*tls));

	if (!tls || !(tls->certificate_file = strdup(certificate_file)) ||
		!(tls->key_file = strdup(key_file)))
		return fault_set(fault, FAULT_FATAL, "no memory for TLS");
	if (!http_tls_reload(tls, fault))
		return false;
	*out = TAKE(tls);
	return true;
}

void http_tls_close(struct http_tls *tls)
{
	if (!tls)
		return;
	if (tls->newest)
		atomic_store(&shown, NULL);
	while (tls->newest) {
		struct identity *old = tls->newest;

		tls->newest = old->older;
		identity_free(old);
	}
	free(tls->certificate_file);
	free(tls->key_file);
	free(tls);
}

/* NOLINTNEXTLINE(readability-function-size): the library chose the parameters */
int http_tls_choose(gnutls_session_t session, const gnutls_datum_t *authorities,
	int authority_count, const gnutls_pk_algorithm_t *algorithms,
	int algorithm_count, gnutls_pcert_st **chain, unsigned *chain_len,
	gnutls_privkey_t *key)
{
	struct identity *identity = atomic_load(&shown);

	(void)session;
	(void)authorities;
	(void)authority_count;
	(void)algorithms;
	(void)algorithm_count;
	if (!identity)
		return -1;
	*chain = identity->chain;
	*chain_len = identity->chain_len;
	*key = identity->key;
	return 0;
}
