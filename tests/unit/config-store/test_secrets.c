// SPDX-License-Identifier: Apache-2.0
#include "config-store/secrets/secrets.h"

#include <criterion/criterion.h>
#include <string.h>

#include "config-store/secrets/secret_value.h"

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
	"\"many\":{\"list\":[{\"secret\":\"s\"}]}},\"key\":\"no secret here\"}";

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
	cr_expect(secret_is_placeholder(
		json_at(document, "/integrations/slack/bot_token")));
	cr_expect(secret_is_placeholder(
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

/* What a reader is shown at `path`, to be given back with json_decref(). */
static json_t *shown(const json_t *document)
{
	json_t *copy = json_deep_copy(document);
	struct fault fault = {0};

	cr_assert(secrets_redact(copy, &fault));
	return copy;
}

static const char *print_at(const json_t *document, const char *path)
{
	return json_string_at(json_at(document, path), "/fingerprint");
}

Test(secrets, an_old_key_opens_until_it_is_taken_away_and_renewing_moves_the_secret)
{
	struct secrets *old AUTO(secrets_close) = with_keys(key_a, NULL);
	struct secrets *both AUTO(secrets_close) = with_keys(key_b, key_a);
	struct secrets *new AUTO(secrets_close) = with_keys(key_b, NULL);
	json_t *document AUTO(json_decref) =
		parse("{\"integrations\":{\"a\":{\"token\":\"secret\"}}}");
	json_t *again AUTO(json_decref) = json_deep_copy(document);
	json_t *opened AUTO(json_decref) = NULL, *before AUTO(json_decref) = NULL,
		       *after AUTO(json_decref) = NULL;
	struct secrets_count count = {0};
	struct fault fault = {0};

	cr_expect_eq(seal(old, document, NULL), 0);
	opened = json_deep_copy(document);
	cr_expect(secrets_reveal(both, &here, opened, &fault), "%s", fault.text);
	cr_expect_not(secrets_reveal(new, &here, document, &fault));
	cr_expect(strstr(fault.text, "/integrations/a/token"), "%s", fault.text);
	cr_expect_eq(seal(both, again, document), 0);
	cr_expect(json_equal(again, document), "the same secret is no change");

	before = shown(document);
	cr_expect(secrets_renew(new, &here, document, &count, &fault));
	cr_expect(count.renewed == 0 && count.unopened == 1);
	cr_expect(secrets_renew(both, &here, document, &count, &fault));
	cr_expect_eq(count.renewed, 1);
	cr_expect(secrets_renew(new, &here, document, &count, &fault));
	cr_expect(count.renewed == 1 && count.unopened == 1, "nothing left to do");
	after = shown(document);
	cr_expect(json_equal(before, after), "nobody sees that the key is another");
	cr_expect(secrets_reveal(new, &here, document, &fault), "%s", fault.text);
}

Test(secrets, what_is_kept_opens_and_moves_to_the_newest_key)
{
	struct secrets *old AUTO(secrets_close) = with_keys(key_a, NULL);
	struct secrets *both AUTO(secrets_close) = with_keys(key_b, key_a);
	struct secrets *new AUTO(secrets_close) = with_keys(key_b, NULL);
	json_t *before AUTO(json_decref) =
		parse("{\"integrations\":{\"a\":{\"token\":\"secret\"}}}");
	json_t *kept AUTO(json_decref) = NULL, *lost AUTO(json_decref) = NULL,
		     *seen AUTO(json_decref) = NULL;
	struct fault fault = {0};

	cr_expect_eq(seal(old, before, NULL), 0);
	kept = shown(before);
	lost = shown(before);
	seen = shown(before);
	cr_expect_eq(seal(new, lost, before), 1, "no key opens it");
	cr_expect_eq(seal(both, kept, before), 0);
	lost = (json_decref(lost), shown(kept));
	cr_expect(json_equal(seen, lost), "the fingerprint stays");
	cr_expect(secrets_reveal(new, &here, kept, &fault), "%s", fault.text);
}

Test(secrets, written_anywhere_with_secret_is_one)
{
	static const char written[] =
		"{\"tools\":{\"t\":{\"headers\":{\"X-Me\":{\"$secret\":\"hidden-1\"},"
		"\"Authorization\":\"hidden-2\",\"Accept\":\"seen-1\"}}},"
		"\"list\":[{\"$secret\":\"hidden-3\"},[{\"$secret\":\"hidden-4\"}]],"
		"\"notes\":{\"client_secret\":\"hidden-5\",\"key\":\"seen-2\"}}";
	struct secrets *secrets AUTO(secrets_close) = with_keys(key_a, NULL);
	json_t *document AUTO(json_decref) = parse(written);
	json_t *redacted AUTO(json_decref) = NULL;
	char *kept AUTO(free) = NULL, *seen AUTO(free) = NULL;
	struct fault fault = {0};

	cr_expect_eq(seal(secrets, document, NULL), 0);
	kept = json_print(document);
	redacted = shown(document);
	seen = json_print(redacted);
	cr_expect_not(strstr(kept, "hidden"), "%s", kept);
	cr_expect_not(strstr(seen, "hidden"), "%s", seen);
	cr_expect(strstr(kept, "seen-1") && strstr(seen, "seen-2"));
	cr_assert(secrets_reveal(secrets, &here, document, &fault));
	cr_expect_str_eq(json_string_at(document, "/tools/t/headers/X-Me"), "hidden-1");
	cr_expect_str_eq(
		json_string_at(document, "/tools/t/headers/Authorization"), "hidden-2");
	cr_expect_str_eq(json_string_at(document, "/list/0"), "hidden-3");
	cr_expect_str_eq(json_string_at(document, "/list/1/0"), "hidden-4");
}

Test(secrets, malformed_ones_are_problems_and_never_kept)
{
	static const char *const cases[] = {"{\"$secret\":\"clear\",\"x\":1}",
		"{\"$secret\":1}", "{\"$secret\":null}", "{\"$secret\":[\"clear\"]}",
		"{\"$secret\":true,\"fingerprint\":1}", "{\"$secret\":true}",
		"{\"$encrypted\":\"v1.00000000.AAAA\"}"};
	struct secrets *secrets AUTO(secrets_close) = with_keys(key_a, NULL);
	json_t *root AUTO(json_decref) = parse("{\"$secret\":\"clear\"}");

	for (size_t i = 0; i < countof(cases); i++) {
		json_t *document AUTO(json_decref) =
			json_pack("{so}", "x", parse(cases[i]));

		cr_expect_eq(seal(secrets, document, NULL), 1, "case %zu", i);
	}
	cr_expect_eq(seal(secrets, root, NULL), 1);
}

Test(secrets, a_fingerprint_tells_secrets_apart_and_not_whose_they_are)
{
	static const char two[] =
		"{\"a\":{\"$secret\":\"same\"},\"b\":{\"$secret\":\"same\"},"
		"\"c\":{\"$secret\":\"other\"}}";
	struct secrets *secrets AUTO(secrets_close) = with_keys(key_a, NULL);
	json_t *ours AUTO(json_decref) = parse(two),
		     *theirs AUTO(json_decref) = parse(two);
	json_t *problems AUTO(json_decref) = json_array();
	struct fault fault = {0};

	cr_expect_eq(seal(secrets, ours, NULL), 0);
	cr_assert(secrets_seal(secrets, &there, theirs, NULL, problems, &fault));
	cr_assert(secrets_redact(ours, &fault) && secrets_redact(theirs, &fault));
	cr_expect_str_eq(print_at(ours, "/a"), print_at(ours, "/b"));
	cr_expect_str_neq(print_at(ours, "/a"), print_at(ours, "/c"));
	cr_expect_str_neq(print_at(ours, "/a"), print_at(theirs, "/a"));
	cr_expect_eq(strlen(print_at(ours, "/a")), 16);
}

Test(secrets, what_is_shown_can_be_sent_back_and_anothers_cannot)
{
	struct secrets *secrets AUTO(secrets_close) = with_keys(key_a, NULL);
	json_t *kept AUTO(json_decref) =
		parse("{\"a\":{\"$secret\":\"one\"},\"b\":{\"$secret\":\"two\"}}");
	json_t *back AUTO(json_decref) = NULL, *swapped AUTO(json_decref) = NULL;

	cr_expect_eq(seal(secrets, kept, NULL), 0);
	back = shown(kept);
	swapped = json_pack("{sO,sO}", "a", json_object_get(back, "b"), "b",
		json_object_get(back, "a"));
	cr_expect_eq(seal(secrets, back, kept), 0);
	cr_expect(json_equal(back, kept));
	cr_expect_eq(seal(secrets, swapped, kept), 2);
}

Test(secrets, what_was_kept_in_clear_is_not_shown_and_is_sealed_with_the_next_write)
{
	static const char clear[] =
		"{\"notes\":{\"api_key\":\"hidden\"},\"x\":{\"$secret\":\"hidden\"}}";
	struct secrets *secrets AUTO(secrets_close) = with_keys(key_a, NULL);
	json_t *old AUTO(json_decref) = parse(clear), *back AUTO(json_decref) = NULL;
	json_t *renewed AUTO(json_decref) = json_deep_copy(old);
	char *seen AUTO(free) = NULL, *kept AUTO(free) = NULL, *now AUTO(free) = NULL;
	struct secrets_count count = {0};
	struct fault fault = {0};

	back = shown(old);
	seen = json_print(back);
	cr_expect_not(strstr(seen, "hidden"), "%s", seen);
	cr_expect_eq(seal(secrets, back, old), 0);
	kept = json_print(back);
	cr_expect_not(strstr(kept, "hidden"), "%s", kept);
	cr_expect(secrets_renew(secrets, &here, renewed, &count, &fault));
	cr_expect_eq(count.renewed, 2);
	now = json_print(renewed);
	cr_expect_not(strstr(now, "hidden"), "%s", now);
	cr_assert(secrets_reveal(secrets, &here, renewed, &fault));
	cr_expect_str_eq(json_string_at(renewed, "/notes/api_key"), "hidden");
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
