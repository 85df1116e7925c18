// SPDX-License-Identifier: Apache-2.0
#include "common/http/http_caller.h"

#include <string.h>
#include <strings.h>

static const char *bearer(const char *authorization)
{
	static const char scheme[] = "bearer ";

	if (strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
		return "";
	authorization += sizeof(scheme) - 1;
	return authorization + strspn(authorization, " ");
}

const char *http_credential(struct http_request *request, const char **why)
{
	const char *authorization = http_header(request, "Authorization");
	const char *token = authorization ? bearer(authorization)
					  : http_header(request, "X-Admin-Token");

	*why = "no token; send Authorization: Bearer <token>";
	if (!token || !*token)
		return NULL;
	*why = "there are several Authorization headers";
	if (http_header_count(request, "Authorization") > 1)
		return NULL;
	*why = "there are several X-Admin-Token headers";
	if (!authorization && http_header_count(request, "X-Admin-Token") > 1)
		return NULL;
	return token;
}

void http_forwarded_client(char out[CLIENT_SIZE], struct http_request *request,
	const struct http_guard *trusted)
{
	static const struct http_guard none;
	/* Two of them can be forged into one: then only the connection is believed. */
	const char *forwarded = http_header_count(request, "X-Forwarded-For") == 1
		? http_header(request, "X-Forwarded-For")
		: NULL;

	client_address(out, trusted ? trusted : &none, http_client_address(request),
		forwarded);
}
