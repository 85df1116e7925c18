// SPDX-License-Identifier: Apache-2.0
// The certificate and key that an HTTP server shows, and their exchange while it serves.
// One for a process: GnuTLS gives its callback nothing to know a server by.
#pragma once

#include "common/fault.h"

struct http_tls;

/*
 * From PEM files: the certificate with its chain, leaf first, and the key, without a
 * password. FATAL, naming the file, when they cannot be read or do not belong together.
 */
NODISCARD bool http_tls_open(struct http_tls **out, const char *certificate_file,
	const char *key_file, struct fault *fault);

/* Reads them again. When that fails, those in use stay. From one thread at a time. */
NODISCARD bool http_tls_reload(struct http_tls *tls, struct fault *fault);

/* The server must be gone. */
void http_tls_close(struct http_tls *tls);
DEFINE_AUTO(struct http_tls, http_tls_close)
