// SPDX-License-Identifier: Apache-2.0
#include "config-store/secrets/secrets_pass.h"

#include <stdio.h>
#include <string.h>

#include "common/hmac.h"
#include "common/ids.h"
#include "config-store/config/merge.h"
#include "config-store/config/problem.h"

enum { PRINT_BYTES = 8 };

bool pass_no_memory(struct pass *pass)
{
	return fault_set(pass->fault, FAULT_RETRY, "no memory for a configuration");
}

json_t *pass_problem(struct pass *pass, json_t *value, const char *what)
{
	if (pass->problems)
		problem_add(pass->problems, text_string(&pass->path), "%s", what);
	return json_incref(value);
}

void pass_forget(char *opened)
{
	if (opened)
		explicit_bzero(opened, strlen(opened));
	free(opened);
}

static bool walk(struct pass *pass, json_t *value, enum secret_zone zone);

static bool is_secret(const struct pass *pass, enum secret_zone zone, const char *key,
	const json_t *value)
{
	if (secret_is_object(value))
		return true;
	if (json_is_string(value))
		return secret_is_name(zone, key) || secret_is_known_field(zone, key);
	return pass->strict && secret_is_known_field(zone, key);
}

/* `turned` is given; NULL has left its fault. */
static bool put_member(
	struct pass *pass, json_t *object, const char *key, json_t *turned)
{
	return turned &&
		(json_object_iter_set_new(
			 object, json_object_key_to_iter(key), turned) == 0 ||
			pass_no_memory(pass));
}

static bool walk_member(struct pass *pass, json_t *object, const char *key,
	json_t *value, enum secret_zone zone)
{
	if (!is_secret(pass, zone, key, value))
		return walk(pass, value, secret_zone_below(zone, key));
	return put_member(pass, object, key, pass->turn(pass, value));
}

static bool walk_element(struct pass *pass, json_t *array, size_t index, json_t *value,
	enum secret_zone zone)
{
	json_t *turned;

	if (!secret_is_object(value))
		return walk(pass, value, zone);
	turned = pass->turn(pass, value);
	return turned &&
		(json_array_set_new(array, index, turned) == 0 || pass_no_memory(pass));
}

/* Back to where the path was `len` long. */
static bool leave(struct pass *pass, size_t len)
{
	if (text_failed(&pass->path))
		return pass_no_memory(pass);
	pass->path.len = len;
	pass->path.data[len] = '\0';
	return true;
}

static bool walk_object(struct pass *pass, json_t *object, enum secret_zone zone)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		size_t len = pass->path.len;

		pointer_add(&pass->path, key);
		if (text_failed(&pass->path))
			return pass_no_memory(pass);
		if (!walk_member(pass, object, key, value, zone) || !leave(pass, len))
			return false;
	}
	return true;
}

static bool walk(struct pass *pass, json_t *value, enum secret_zone zone)
{
	char number[24];
	json_t *element;
	size_t index;

	if (json_is_object(value))
		return walk_object(pass, value, zone);
	json_array_foreach(value, index, element)
	{
		size_t len = pass->path.len;

		(void)snprintf(number, sizeof(number), "%zu", index);
		pointer_add(&pass->path, number);
		if (text_failed(&pass->path))
			return pass_no_memory(pass);
		if (!walk_element(pass, value, index, element, zone) ||
			!leave(pass, len))
			return false;
	}
	return true;
}

bool pass_run(struct pass *pass, json_t *document)
{
	bool good = walk(pass, document, SECRET_ROOT);

	text_done(&pass->path);
	return good;
}

/* The organisation, the node and the path, each closed by a NUL. */
static bool bound_to(struct text *out, const struct pass *pass)
{
	const char *const parts[] = {
		pass->place->org, pass->place->node, text_string(&pass->path)};

	for (size_t i = 0; i < countof(parts); i++)
		text_add_bytes(out, parts[i], strlen(parts[i]) + 1);
	return !text_failed(out);
}

char *pass_open(const struct pass *pass, const char *sealed)
{
	struct text bound AUTO(text_done) = {0};
	char *opened = NULL;

	if (!bound_to(&bound, pass))
		return NULL;
	for (size_t i = 0; !opened && i < pass->ring->count; i++)
		opened = cipher_open(
			&pass->ring->keys[i], sealed, bound.data, bound.len);
	return opened;
}

/* Another key than the one that seals, made of it: neither tells about the other. */
static void print_of(
	char out[2 * PRINT_BYTES + 1], const struct pass *pass, const char *string)
{
	static const char purpose[] = "tocsin secret fingerprint 1";
	const struct hmac_part label = {purpose, sizeof(purpose)};
	const struct hmac_part parts[] = {
		{pass->place->org, strlen(pass->place->org) + 1},
		{pass->place->node, strlen(pass->place->node) + 1},
		{string, strlen(string)}};
	unsigned char key[HMAC_SIZE], mac[HMAC_SIZE];

	hmac_sha256(key, pass->ring->keys[0].bytes, CIPHER_KEY_SIZE, &label, 1);
	hmac_sha256(mac, key, sizeof(key), parts, countof(parts));
	explicit_bzero(key, sizeof(key));
	id_hex(out, mac, PRINT_BYTES);
}

json_t *pass_seal(struct pass *pass, json_t *value, const char *string)
{
	struct text bound AUTO(text_done) = {0};
	char *sealed AUTO(free) = NULL;
	char print[2 * PRINT_BYTES + 1];
	json_t *turned;

	if (pass->ring->count == 0)
		return pass_problem(pass, value,
			"the config store has no key to keep secrets with; start it "
			"with TOCSIN_SECRETS_KEY set to what this prints: openssl rand "
			"-base64 32");
	if (bound_to(&bound, pass))
		sealed = cipher_seal(
			&pass->ring->keys[0], string, bound.data, bound.len);
	print_of(print, pass, string);
	turned = sealed ? json_pack("{ss,ss}", SECRET_SEALED_KEY, sealed,
				  SECRET_SEALED_PRINT_KEY, print)
			: NULL;
	if (!turned)
		(void)pass_no_memory(pass);
	return turned;
}
