// SPDX-License-Identifier: Apache-2.0
// A configuration from outside: whatever it is, it is judged, merged and routed without
// harm, and patching twice is patching once.
#include <assert.h>
#include <stdint.h>

#include "config-store/config/defaults.h"
#include "config-store/config/merge.h"
#include "config-store/config/validate.h"
#include "config-store/routing/route_document.h"
#include "config-store/secrets/secrets.h"
#include "config-store/tree/identifiers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void use(const json_t *own, const struct secrets *secrets)
{
	static const struct secrets_place place = {"acme", "sre"};
	json_t *sealed AUTO(json_decref) = json_deep_copy(own);
	json_t *effective AUTO(json_decref) = defaults_new();
	json_t *problems AUTO(json_decref) = json_array();
	struct wire wire AUTO(wire_done) = {0};
	struct fault fault = {0};

	validate_own(own, true, problems);
	if (json_array_size(problems) > 0)
		return;
	assert(secrets_seal(secrets, &place, sealed, NULL, problems, &fault));
	assert(secrets_redact(sealed, &fault));
	assert(merge_into(effective, sealed));
	validate_effective(effective, problems);
	assert(route_document(
		&wire, (const char *const[]){"acme", "sre"}, effective, 7, &fault));
	assert(route_revision(wire.data, wire.len) == 7);
	assert(route_is_same(wire.data, wire.len, wire.data, wire.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char key[] = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
	struct secrets *secrets AUTO(secrets_close) = NULL;
	json_t *patch AUTO(json_decref) = NULL;
	json_t *once AUTO(json_decref) = NULL;
	json_t *twice AUTO(json_decref) = NULL;
	json_t *changes AUTO(json_decref) = NULL;
	struct fault fault = {0};

	if (!json_parse(&patch, data, len, &fault) || !json_is_object(patch) ||
		merge_depth(patch) > CONFIG_MAX_DEPTH)
		return 0;
	assert(secrets_open(&secrets, &(struct secret_list){1, {key}}, &fault));
	once = merge_patch(NULL, patch);
	twice = merge_patch(once, patch);
	changes = merge_changes(once, twice, 10);
	assert(once && twice && changes && json_array_size(changes) == 0);
	use(once, secrets);
	return 0;
}
