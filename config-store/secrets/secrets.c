// SPDX-License-Identifier: Apache-2.0
#include "config-store/secrets/secrets.h"

#include <stdint.h>
#include <string.h>

#include "config-store/config/merge.h"
#include "config-store/config/problem.h"
#include "config-store/secrets/secrets_pass.h"

struct secrets {
	struct key_rings *rings;
};

bool secrets_open(
	struct secrets **out, const struct secret_list *keys, struct fault *fault)
{
	struct secrets *secrets AUTO(secrets_close) = calloc(1, sizeof(*secrets));

	if (!secrets)
		return fault_set(fault, FAULT_RETRY, "no memory for keys");
	if (!key_rings_open(&secrets->rings, keys, fault))
		return false;
	*out = TAKE(secrets);
	return true;
}

void secrets_close(struct secrets *secrets)
{
	if (!secrets)
		return;
	key_rings_close(secrets->rings);
	free(secrets);
}

void secrets_follow(
	const struct secrets *secrets, const char *path, key_ring_reader read)
{
	key_rings_follow(secrets->rings, path, read);
}

bool secrets_reload(const struct secrets *secrets, struct fault *fault)
{
	return key_rings_reload(secrets->rings, fault);
}

void secrets_newest(const struct secrets *secrets, char out[CIPHER_KEY_ID_SIZE])
{
	struct key_ring *ring AUTO(key_ring_release) = key_rings_take(secrets->rings);

	memcpy(out, ring->count > 0 ? ring->keys[0].id : "",
		ring->count > 0 ? CIPHER_KEY_ID_SIZE : 1);
}

/* `sealed` anew under the newest key. The fingerprint stays: nobody sees a difference. */
static json_t *reseal(struct pass *pass, json_t *sealed, const char *opened)
{
	const char *print = secret_sealed_print(sealed);
	json_t *turned = pass_seal(pass, sealed, opened);

	if (turned && print &&
		json_object_set_new(
			turned, SECRET_SEALED_PRINT_KEY, json_string(print)) < 0) {
		(void)pass_no_memory(pass);
		json_decref(turned);
		return NULL;
	}
	return turned;
}

/*
 * What an old version brings back may be sealed by a key that is gone, which would leave
 * all teams below without a configuration, or by one that a rekey is about to retire.
 */
static json_t *keep_sealed(struct pass *pass, json_t *value, json_t *known)
{
	char *opened AUTO(pass_forget) = pass_open(pass, secret_sealed(known));

	if (!opened)
		return pass_problem(pass, value,
			"none of the keys of the config store opens the secret that is "
			"here; send the secret itself");
	if (cipher_is_of(&pass->ring->keys[0], secret_sealed(known)))
		return json_incref(known);
	return reseal(pass, known, opened);
}

/* A placeholder keeps what is there, also what was kept before it was known a secret. */
static json_t *keep(struct pass *pass, json_t *value)
{
	json_t *known = json_at(pass->previous, text_string(&pass->path));
	const char *asked = json_string_value(json_object_get(value, SECRET_PRINT_KEY));
	const char *print = secret_sealed_print(known);
	const char *clear = json_is_string(known) ? json_string_value(known)
						  : secret_written(known);

	if (!secret_sealed(known) && !clear)
		return pass_problem(pass, value,
			"there is no secret here to keep; send the secret itself");
	if (asked && (!print || strcmp(asked, print) != 0))
		return pass_problem(pass, value,
			"the fingerprint is not that of the secret that is here; read "
			"it again, or send the secret itself");
	if (clear)
		return pass_seal(pass, value, clear);
	return keep_sealed(pass, value, known);
}

static json_t *turn_seal(struct pass *pass, json_t *value)
{
	const json_t *known = json_at(pass->previous, text_string(&pass->path));
	const char *string = json_is_string(value) ? json_string_value(value)
						   : secret_written(value);
	const char *sealed = secret_sealed(known);
	char *opened AUTO(pass_forget) = NULL;

	if (secret_is_placeholder(value))
		return keep(pass, value);
	if (!string)
		return pass_problem(pass, value,
			secret_sealed(value)
				? "the key $encrypted is the config store's own"
				: "a secret is a string or {\"$secret\": \"…\"}; "
				  "{\"$secret\": true} keeps the one that is there");
	opened = sealed ? pass_open(pass, sealed) : NULL;
	if (opened && strcmp(opened, string) == 0)
		return json_incref((json_t *)(uintptr_t)known);
	return pass_seal(pass, value, string);
}

/* What was kept in clear before its field was known as secret is not shown either. */
static json_t *turn_redact(struct pass *pass, json_t *value)
{
	json_t *turned = secret_is_placeholder(value)
		? json_incref(value)
		: json_pack("{sb,ss*}", SECRET_KEY, 1, SECRET_PRINT_KEY,
			  secret_sealed_print(value));

	if (!turned)
		(void)pass_no_memory(pass);
	return turned;
}

static json_t *turn_reveal(struct pass *pass, json_t *value)
{
	const char *sealed = secret_sealed(value), *clear = secret_written(value);
	char *opened AUTO(pass_forget) = NULL;
	json_t *turned;

	if (!sealed && !clear)
		return json_incref(value);
	if (sealed)
		opened = pass_open(pass, sealed);
	if (sealed && !opened) {
		(void)fault_set(pass->fault, FAULT_RETRY,
			"%s/%s: none of TOCSIN_SECRETS_KEY opens %s", pass->place->org,
			pass->place->node, text_string(&pass->path));
		return NULL;
	}
	turned = json_string(opened ? opened : clear);
	if (!turned)
		(void)pass_no_memory(pass);
	return turned;
}

static json_t *renew_sealed(struct pass *pass, json_t *value, const char *sealed)
{
	const char *print = secret_sealed_print(value);
	char *opened AUTO(pass_forget) = NULL;

	if (print && cipher_is_of(&pass->ring->keys[0], sealed))
		return json_incref(value);
	opened = pass_open(pass, sealed);
	if (!opened) {
		pass->count->unopened++;
		return json_incref(value);
	}
	pass->count->renewed++;
	return reseal(pass, value, opened);
}

static json_t *turn_renew(struct pass *pass, json_t *value)
{
	const char *sealed = secret_sealed(value);
	const char *clear = json_is_string(value) ? json_string_value(value)
						  : secret_written(value);

	if (pass->ring->count == 0) {
		pass->count->unopened += sealed || clear;
		return json_incref(value);
	}
	if (sealed)
		return renew_sealed(pass, value, sealed);
	if (!clear)
		return json_incref(value);
	pass->count->renewed++;
	return pass_seal(pass, value, clear);
}

bool secrets_seal(const struct secrets *secrets, const struct secrets_place *place,
	json_t *document, const json_t *previous, json_t *problems, struct fault *fault)
{
	struct key_ring *ring AUTO(key_ring_release) = key_rings_take(secrets->rings);
	struct pass pass = {.ring = ring,
		.place = place,
		.previous = previous,
		.problems = problems,
		.fault = fault,
		.strict = true,
		.turn = turn_seal};

	if (secret_is_object(document)) {
		problem_add(problems, "", "a configuration is no secret itself");
		return true;
	}
	return pass_run(&pass, document);
}

bool secrets_redact(json_t *document, struct fault *fault)
{
	struct pass pass = {.fault = fault, .strict = true, .turn = turn_redact};

	return pass_run(&pass, document);
}

bool secrets_reveal(const struct secrets *secrets, const struct secrets_place *place,
	json_t *document, struct fault *fault)
{
	struct key_ring *ring AUTO(key_ring_release) = key_rings_take(secrets->rings);
	struct pass pass = {
		.ring = ring, .place = place, .fault = fault, .turn = turn_reveal};

	return pass_run(&pass, document);
}

bool secrets_renew(const struct secrets *secrets, const struct secrets_place *place,
	json_t *document, struct secrets_count *count, struct fault *fault)
{
	struct key_ring *ring AUTO(key_ring_release) = key_rings_take(secrets->rings);
	struct pass pass = {.ring = ring,
		.place = place,
		.count = count,
		.fault = fault,
		.turn = turn_renew};

	return pass_run(&pass, document);
}
