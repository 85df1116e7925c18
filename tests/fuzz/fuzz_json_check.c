// SPDX-License-Identifier: Apache-2.0
// The ingress's checker and the router's parser must agree on what is JSON; otherwise
// an event would get its 2xx and then nobody could read it.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "common/json.h"
#include "ingress/json_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/*
 * jansson says no, rightly for its purpose, where the grammar says yes: NUL and lone
 * surrogates in strings, numbers out of range, depth over its own limit.
 */
static bool is_stricter(const char *reason)
{
	static const char *const reasons[] = {"\\u0000", "surrogate",
		"real number overflow", "too big", "Unicode", "maximum parsing depth",
		"NUL"};

	for (size_t i = 0; i < countof(reasons); i++)
		if (strcasestr(reason, reasons[i]))
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	bool checked = json_check(data, len);
	json_t *json AUTO(json_decref) = NULL;
	struct fault fault = {0};

	if (json_parse(&json, data, len, &fault))
		/* jansson takes a NUL behind the value for the end; RFC 8259 does not. */
		assert(checked || len > JSON_CHECK_DEPTH_MAX ||
			memchr(data, '\0', len));
	else
		assert(!checked || is_stricter(fault.text));
	return 0;
}
