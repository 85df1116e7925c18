// SPDX-License-Identifier: Apache-2.0
#include "ingress/slack.h"

#include <string.h>

#include "common/json.h"

bool slack_handshake(char **body, const void *bytes, size_t len)
{
	json_t *json AUTO(json_decref) = NULL;
	struct fault fault = {0};
	const char *challenge;

	/* Most events are no handshake: look before parsing. */
	if (!memmem(bytes, len, "url_verification", strlen("url_verification")) ||
		!json_parse(&json, bytes, len, &fault) ||
		strcmp(json_string_or(json, "/type", ""), "url_verification") != 0)
		return false;
	challenge = json_string_at(json, "/challenge");
	*body = challenge ? strdup(challenge) : NULL;
	return *body != NULL;
}
