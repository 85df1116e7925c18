// SPDX-License-Identifier: Apache-2.0
#include "config-store/secrets.h"

#include <criterion/criterion.h>
#include <string.h>

static char key_a[] = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
static char key_b[] = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU=";
static const struct secrets_place here = {"acme", "sre"}, there = {"acme", "shop"};

static struct secrets *with_keys(char *first, char *second)
{
	const struct secret_list list = {
		!!first + !!second, {first ? first : second, second}};
	struct secrets *secrets;
	struct fault fault = {0};

	cr_assert(secrets_open(&secrets, &list, &fault), "%s", fault.text);
	return secrets;
}

static json_t *parse(const char *text)
{
	struct fault fault = {0};
	json_t *json;

	cr_assert(json_parse_object(&json, text, &fault), "%s", fault.text);
	return json;
}

/* How many problems there were. */
static size_t seal(
	const struct secrets *secrets, json_t *document, const json_t *before)
{
	json_t *problems AUTO(json_decref) = json_array();
	struct fault fault = {0};

	cr_assert(secrets_seal(secrets, &here, document, before, problems, &fault),
		"%s", fault.text);
	return json_array_size(problems);
}

static const char secret_document[] =
	"{\"integrations\":{\"slack\":{\"bot_token\":\"xoxb-1\",\"team\":\"T1\","
	"\"deep\":{\"password\":\"p\"}},\"token\":{\"api_key\":\"k\"},"
	"\"many\":{\"list\":[{\"secret\":\"s\"}]}},\"token\":\"no secret here\"}";

Test(secrets, sealed_and_revealed_is_the_same)
{
	struct secrets *secrets AUTO(secrets_close) = with_keys(key_a, NULL);
	json_t *document AUTO(json_decref) = parse(secret_document);
	json_t *original AUTO(json_decref) = parse(secret_document);
	struct fault fault = {0};
	char *printed;

	cr_expect_eq(seal(secrets, document, NULL), 0);
	printed = json_print(document);
	cr_expect_not(strstr(printed, "xoxb-1"), "%s", printed);
	cr_expect_not(strstr(printed, "\"p\""), "%s", printed);
	cr_expect_not(strstr(printed, "\"k\""), "%s", printed);
	cr_expect_not(strstr(printed, "\"s\""), "%s", printed);
	cr_expect(strstr(printed, "no secret here"));
	cr_expect(strstr(printed, "T1"));
	free(printed);
	cr_assert(secrets_reveal(secrets, &here, document, &fault), "%s", fault.text);
	cr_expect(json_equal(document, original));
}

Test(secrets, a_name_that_sounds_secret_is_enough)
{
	static const char *const names[] = {"access_token", "routing_key",
		"client_secret", "apiKey", "key", "AUTH_TOKEN", "db_password",
		"credentials"};
	static const char *const others[] = {"url", "tokens", "team", "keyboard"};
	struct secrets *secrets AUTO(secrets_close) = with_keys(key_a, NULL);

	for (size_t i = 0; i < countof(names) + countof(others); i++) {
		bool is_secret = i < countof(names);
		const char *name = is_secret ? names[i] : others[i - countof(names)];
		json_t *document AUTO(json_decref) = json_pack(
			"{s:{s:{s:s}}}", "integrations", "x", name, "hidden-value");
		json_t *original AUTO(json_decref) = json_deep_copy(document);
		char *printed AUTO(free) = NULL;
		struct fault fault = {0};

		cr_expect_eq(seal(secrets, document, NULL), 0);
		printed = json_print(document);
		cr_expect_eq(
			strstr(printed, "hidden-value") == NULL, is_secret, "%s", name);
		cr_assert(secrets_reveal(secrets, &here, document, &fault));
		cr_expect(json_equal(document, original), "%s", name);
	}
}

Test(secrets, what_sounds_secret_and_is_no_string_is_none)
{
	struct secrets *secrets AUTO(secrets_close) = with_keys(key_a, NULL);
	json_t *document AUTO(json_decref) =
		parse("{\"integrations\":{\"x\":{\"use_token\":true,\"max_key\":7}}}");
	json_t *original AUTO(json_decref) = json_deep_copy(document);

	cr_expect_eq(seal(secrets, document, NULL), 0);
	cr_expect(json_equal(document, original));
}

Test(secrets, redacted_shows_that_there_is_one)
{
	struct secrets *secrets AUTO(secrets_close) = with_keys(key_a, NULL);
	json_t *document AUTO(json_decref) = parse(secret_document);
	struct fault fault = {0};

	cr_expect_eq(seal(secrets, document, NULL), 0);
	cr_assert(secrets_redact(document, &fault));
	cr_expect(secrets_is_placeholder(
		json_at(document, "/integrations/slack/bot_token")));
	cr_expect(secrets_is_placeholder(
		json_at(document, "/integrations/many/list/0/secret")));
}

Test(secrets, a_placeholder_and_the_same_string_keep_the_ciphertext)
{
	static const char kept[] =
		"{\"integrations\":{\"slack\":{\"bot_token\":{\"$secret\":true},"
		"\"deep\":{\"password\":\"p\"}},\"many\":{\"list\":[{\"secret\":"
		"\"new\"}]}}}";
	struct secrets *secrets AUTO(secrets_close) = with_keys(key_a, NULL);
	json_t *before AUTO(json_decref) = parse(secret_document);
	json_t *after AUTO(json_decref) = parse(kept);

	cr_expect_eq(seal(secrets, before, NULL), 0);
	cr_expect_eq(seal(secrets, after, before), 0);
	cr_expect(json_equal(json_at(before, "/integrations/slack/bot_token"),
		json_at(after, "/integrations/slack/bot_token")));
	cr_expect(json_equal(json_at(before, "/integrations/slack/deep"),
		json_at(after, "/integrations/slack/deep")));
	cr_expect_not(json_equal(json_at(before, "/integrations/many/list"),
		json_at(after, "/integrations/many/list")));
}

Test(secrets, what_cannot_be_sealed_is_a_problem)
{
	static const struct {
		const char *document;
		char *key;
	} cases[] = {
		{"{\"integrations\":{\"a\":{\"token\":{\"$secret\":true}}}}", key_a},
		{"{\"integrations\":{\"a\":{\"token\":5}}}", key_a},
		{"{\"integrations\":{\"a\":{\"token\":{\"$secret\":false}}}}", key_a},
		{"{\"integrations\":{\"a\":{\"token\":\"no key\"}}}", NULL},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct secrets *secrets AUTO(secrets_close) =
			with_keys(cases[i].key, NULL);
		json_t *document AUTO(json_decref) = parse(cases[i].document);

		cr_expect_eq(seal(secrets, document, NULL), 1, "case %zu", i);
	}
}

Test(secrets, a_ciphertext_opens_only_where_it_was_sealed)
{
	struct secrets *secrets AUTO(secrets_close) = with_keys(key_a, NULL);
	json_t *document AUTO(json_decref) = parse(secret_document);
	json_t *moved AUTO(json_decref) = parse("{\"integrations\":{\"x\":{}}}");
	struct fault fault = {0};

	cr_expect_eq(seal(secrets, document, NULL), 0);
	(void)json_object_set(json_at(moved, "/integrations/x"), "bot_token",
		json_at(document, "/integrations/slack/bot_token"));
	cr_expect_not(secrets_reveal(secrets, &here, moved, &fault));
	cr_expect_eq(fault.kind, FAULT_RETRY);
	cr_expect_not(secrets_reveal(secrets, &there, document, &fault));
}

Test(secrets, a_changed_byte_does_not_open)
{
	struct secrets *secrets AUTO(secrets_close) = with_keys(key_a, NULL);
	json_t *document AUTO(json_decref) =
		parse("{\"integrations\":{\"a\":{\"token\":\"secret\"}}}");
	struct fault fault = {0};
	char *sealed;

	cr_expect_eq(seal(secrets, document, NULL), 0);
	sealed = strdup(json_string_at(document, "/integrations/a/token/$encrypted"));
	sealed[20] = sealed[20] == 'A' ? 'B' : 'A';
	(void)json_object_set_new(json_at(document, "/integrations/a/token"),
		"$encrypted", json_string(sealed));
	free(sealed);
	cr_expect_not(secrets_reveal(secrets, &here, document, &fault));
}

Test(secrets, an_old_key_opens_until_it_is_taken_away)
{
	struct secrets *old AUTO(secrets_close) = with_keys(key_a, NULL);
	struct secrets *both AUTO(secrets_close) = with_keys(key_b, key_a);
	struct secrets *new AUTO(secrets_close) = with_keys(key_b, NULL);
	json_t *document AUTO(json_decref) =
		parse("{\"integrations\":{\"a\":{\"token\":\"secret\"}}}");
	json_t *resealed AUTO(json_decref) = json_deep_copy(document);
	json_t *opened AUTO(json_decref) = NULL;
	struct fault fault = {0};

	cr_expect_eq(seal(old, document, NULL), 0);
	opened = json_deep_copy(document);
	cr_expect(secrets_reveal(both, &here, opened, &fault), "%s", fault.text);
	cr_expect_not(secrets_reveal(new, &here, document, &fault));
	cr_expect(strstr(fault.text, "/integrations/a/token"), "%s", fault.text);
	cr_expect_eq(seal(both, resealed, document), 0);
	cr_expect(secrets_reveal(new, &here, resealed, &fault), "%s", fault.text);
}

Test(secrets, a_bad_key_stops_the_start_and_is_not_printed)
{
	static char *keys[] = {"short", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE",
		"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMw==",
		"!DEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="};

	for (size_t i = 0; i < countof(keys); i++) {
		struct secrets *secrets;
		struct fault fault = {0};

		cr_expect_not(secrets_open(
			&secrets, &(struct secret_list){1, {keys[i]}}, &fault));
		cr_expect_eq(fault.kind, FAULT_FATAL);
		cr_expect(strstr(fault.text, "openssl rand -base64 32"));
		cr_expect_not(strstr(fault.text, keys[i]));
	}
}
