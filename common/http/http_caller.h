// SPDX-License-Identifier: Apache-2.0
// Who asks: the credential a request carries, and the client it comes from.
#pragma once

#include "common/http/client_address.h"
#include "common/http/http_server.h"

/*
 * The bearer token, else X-Admin-Token; borrowed until the answer, never "". NULL when there
 * is none, or when a header is there twice and could be read in two ways; *why then says so.
 */
const char *http_credential(struct http_request *request, const char **why);

/* The client, seen past `trusted` proxies (NULL: none is), as client_address() writes it. */
void http_forwarded_client(char out[CLIENT_SIZE], struct http_request *request,
	const struct http_guard *trusted);
