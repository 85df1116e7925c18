// SPDX-License-Identifier: Apache-2.0
#include "config-store/secrets.h"

#include <string.h>

#include "config-store/cipher.h"
#include "config-store/merge.h"
#include "config-store/problem.h"

#define PLACEHOLDER_KEY "$secret"
#define SEALED_KEY "$encrypted"

struct secrets {
	size_t count;
	struct cipher_key keys[SECRETS_MAX];
};

/* A pass over the secret fields of one document. */
struct pass {
	const struct secrets *secrets;
	const struct secrets_place *place;
	const json_t *previous; /* seal only */
	json_t *problems;       /* seal only */
	struct fault *fault;
	struct text path;

	/* What stands at the path afterwards; NULL with a fault set. */
	json_t *(*turn)(struct pass *pass, json_t *value);
};

bool secrets_open(
	struct secrets **out, const struct secret_list *keys, struct fault *fault)
{
	struct secrets *secrets AUTO(secrets_close) = calloc(1, sizeof(*secrets));

	if (!secrets)
		return fault_set(fault, FAULT_RETRY, "no memory for keys");
	for (; secrets->count < keys->count; secrets->count++)
		if (!cipher_key_parse(&secrets->keys[secrets->count],
			    keys->values[secrets->count]))
			return fault_set(fault, FAULT_FATAL,
				"TOCSIN_SECRETS_KEY: line %zu is not 32 bytes in "
				"base64; "
				"make one with: openssl rand -base64 32",
				secrets->count + 1);
	*out = TAKE(secrets);
	return true;
}

void secrets_close(struct secrets *secrets)
{
	if (!secrets)
		return;
	explicit_bzero(secrets, sizeof(*secrets));
	free(secrets);
}

bool secrets_is_placeholder(const json_t *value)
{
	return json_object_size(value) == 1 &&
		json_is_true(json_object_get(value, PLACEHOLDER_KEY));
}

static const char *sealed_text(const json_t *value)
{
	return json_string_value(json_object_get(value, SEALED_KEY));
}

static bool is_secret_name(const char *key)
{
	static const char *const names[] = {"token", "bot_token", "api_key", "password",
		"secret", "signing_secret", "private_key", "webhook_secret"};

	for (size_t i = 0; i < countof(names); i++)
		if (strcmp(key, names[i]) == 0)
			return true;
	return false;
}

/*
 * Names that nobody listed: a team's access_token or routing_key must not stand in the
 * clear for want of a row. What sounds so and is no string (a switch, say) is none.
 */
static bool sounds_secret(const char *key, const json_t *value)
{
	static const char *const ends[] = {"key", "token", "secret", "password",
		"passwd", "credential", "credentials"};
	size_t len = strlen(key);

	if (!json_is_string(value) && !secrets_is_placeholder(value) &&
		!sealed_text(value))
		return false;
	for (size_t i = 0; i < countof(ends); i++) {
		size_t end = strlen(ends[i]);

		if (len >= end && strcasecmp(key + len - end, ends[i]) == 0)
			return true;
	}
	return false;
}

static bool walk(struct pass *pass, json_t *value);

static bool no_memory(struct fault *fault)
{
	return fault_set(fault, FAULT_RETRY, "no memory for a configuration");
}

static bool walk_member(struct pass *pass, json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key), *turned;

	if (!is_secret_name(key) && !sounds_secret(key, value))
		return walk(pass, value);
	turned = pass->turn(pass, value);
	return turned &&
		(json_object_iter_set_new(
			 object, json_object_key_to_iter(key), turned) == 0 ||
			no_memory(pass->fault));
}

static bool walk_step(
	struct pass *pass, json_t *container, const char *key, json_t *element)
{
	size_t len = pass->path.len;
	bool good;

	pointer_add(&pass->path, key);
	good = element ? walk(pass, element) : walk_member(pass, container, key);
	if (text_failed(&pass->path))
		return no_memory(pass->fault);
	pass->path.len = len;
	pass->path.data[len] = '\0';
	return good;
}

static bool walk(struct pass *pass, json_t *value)
{
	const char *key;
	json_t *element;
	char number[24];
	size_t index;

	json_object_foreach(value, key, element)
	{
		if (!walk_step(pass, value, key, NULL))
			return false;
	}
	json_array_foreach(value, index, element)
	{
		(void)snprintf(number, sizeof(number), "%zu", index);
		if (!walk_step(pass, value, number, element))
			return false;
	}
	return true;
}

/* The names of integrations are nobody's secrets: the walk begins below them. */
static bool walk_integrations(struct pass *pass, json_t *document)
{
	const char *key;
	json_t *value;
	bool good = true;

	json_object_foreach(json_object_get(document, "integrations"), key, value)
	{
		text_clear(&pass->path);
		pointer_add(&pass->path, "integrations");
		pointer_add(&pass->path, key);
		good = good && walk(pass, value);
	}
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

static char *open_sealed(const struct pass *pass, const char *sealed)
{
	struct text bound AUTO(text_done) = {0};
	char *opened = NULL;

	if (!bound_to(&bound, pass))
		return NULL;
	for (size_t i = 0; !opened && i < pass->secrets->count; i++)
		opened = cipher_open(
			&pass->secrets->keys[i], sealed, bound.data, bound.len);
	return opened;
}

static json_t *seal_new(struct pass *pass, const char *string)
{
	struct text bound AUTO(text_done) = {0};
	char *sealed AUTO(free) = NULL;
	json_t *turned;

	if (bound_to(&bound, pass))
		sealed = cipher_seal(
			&pass->secrets->keys[0], string, bound.data, bound.len);
	turned = sealed ? json_pack("{ss}", SEALED_KEY, sealed) : NULL;
	if (!turned)
		(void)no_memory(pass->fault);
	return turned;
}

static bool is_same(const struct pass *pass, const char *sealed, const char *string)
{
	char *opened AUTO(free) = open_sealed(pass, sealed);

	return opened && strcmp(opened, string) == 0 &&
		cipher_is_of(&pass->secrets->keys[0], sealed);
}

static json_t *turn_seal(struct pass *pass, json_t *value)
{
	json_t *known = json_at(pass->previous, text_string(&pass->path));
	const char *sealed = sealed_text(known);

	if (secrets_is_placeholder(value) && sealed)
		return json_incref(known);
	if (secrets_is_placeholder(value))
		problem_add(pass->problems, text_string(&pass->path),
			"there is no secret here to keep; send the secret itself");
	else if (!json_is_string(value))
		problem_add(pass->problems, text_string(&pass->path),
			"a secret is a string, or {\"$secret\": true} to keep the one "
			"that is there");
	else if (pass->secrets->count == 0)
		problem_add(pass->problems, text_string(&pass->path),
			"the config store has no key to keep secrets with; start it "
			"with TOCSIN_SECRETS_KEY set to what this prints: openssl rand "
			"-base64 32");
	else if (sealed && is_same(pass, sealed, json_string_value(value)))
		return json_incref(known);
	else
		return seal_new(pass, json_string_value(value));
	return json_incref(value);
}

/* What stands there unsealed, because it could not be or is yet to be, is no less secret. */
static json_t *turn_redact(struct pass *pass, json_t *value)
{
	json_t *turned = secrets_is_placeholder(value)
		? json_incref(value)
		: json_pack("{sb}", PLACEHOLDER_KEY, 1);

	if (!turned)
		(void)no_memory(pass->fault);
	return turned;
}

static json_t *turn_reveal(struct pass *pass, json_t *value)
{
	const char *sealed = sealed_text(value);
	char *opened AUTO(free) = NULL;
	json_t *turned;

	if (!sealed)
		return json_incref(value);
	opened = open_sealed(pass, sealed);
	if (!opened) {
		(void)fault_set(pass->fault, FAULT_RETRY,
			"%s/%s: none of TOCSIN_SECRETS_KEY opens %s", pass->place->org,
			pass->place->node, text_string(&pass->path));
		return NULL;
	}
	turned = json_string(opened);
	explicit_bzero(opened, strlen(opened));
	if (!turned)
		(void)no_memory(pass->fault);
	return turned;
}

bool secrets_seal(const struct secrets *secrets, const struct secrets_place *place,
	json_t *document, const json_t *previous, json_t *problems, struct fault *fault)
{
	struct pass pass = {.secrets = secrets,
		.place = place,
		.previous = previous,
		.problems = problems,
		.fault = fault,
		.turn = turn_seal};

	return walk_integrations(&pass, document);
}

bool secrets_redact(json_t *document, struct fault *fault)
{
	struct pass pass = {.fault = fault, .turn = turn_redact};

	return walk_integrations(&pass, document);
}

bool secrets_reveal(const struct secrets *secrets, const struct secrets_place *place,
	json_t *document, struct fault *fault)
{
	struct pass pass = {.secrets = secrets,
		.place = place,
		.fault = fault,
		.turn = turn_reveal};

	return walk_integrations(&pass, document);
}
