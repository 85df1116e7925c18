// SPDX-License-Identifier: Apache-2.0
// Published vectors of each sender's documentation or SDK must verify; everything else
// must not, and must say why.
#include "common/source/signature.h"

#include <stdint.h>
#include <string.h>

#include <criterion/criterion.h>
#include <openssl/evp.h>

#include "common/source/source.h"

#define SLACK_BODY                                                                     \
	"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&"    \
	"channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name="        \
	"roadrunner&"                                                                  \
	"command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%" \
	"2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=" \
	"398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
#define SLACK_SECRET "8f742231b10e8888abcd99yyyzzz85a5"
#define SLACK_SIGNATURE \
	"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
#define SLACK_TIME 1531420618L
#define GITHUB_MAC "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
#define GITHUB_SECRET "It's a Secret to Everybody"
#define SVIX_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define SVIX_MAC "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define SVIX_BODY "{\"test\": 2432232314}"
#define SVIX_TIME 1614265330L
/* PagerDuty/go-pagerduty, webhookv3_test.go */
#define PAGERDUTY_BODY                                                             \
	"{\"event\":{\"id\":\"01BWDWL3NYY7LUFPZCC28QUCMK\",\"event_type\":\"in"    \
	"cident.priority_updated\",\"resource_type\":\"incident\",\"occurre"       \
	"d_at\":\"2021-04-26T17:36:27.458Z\",\"agent\":{\"html_url\":\"https:"     \
	"//acme.pagerduty.com/users/PLH1HKV\",\"id\":\"PLH1HKV\",\"self\":\"h"     \
	"ttps://api.pagerduty.com/users/PLH1HKV\",\"summary\":\"Tenex Eng"         \
	"ineer\",\"type\":\"user_reference\"},\"client\":null,\"data\":{\"id\":\"" \
	"PGR0VU2\",\"type\":\"incident\",\"self\":\"https://api.pagerduty.com"     \
	"/incidents/PGR0VU2\",\"html_url\":\"https://acme.pagerduty.com/i"         \
	"ncidents/PGR0VU2\",\"number\":2,\"status\":\"triggered\",\"title\":\"A"   \
	" little bump in the road\",\"service\":{\"html_url\":\"https://acm"       \
	"e.pagerduty.com/services/PF9KMXH\",\"id\":\"PF9KMXH\",\"self\":\"htt"     \
	"ps://api.pagerduty.com/services/PF9KMXH\",\"summary\":\"API Serv"         \
	"ice\",\"type\":\"service_reference\"},\"assignees\":[{\"html_url\":\"h"   \
	"ttps://acme.pagerduty.com/users/PTUXL6G\",\"id\":\"PTUXL6G\",\"sel"       \
	"f\":\"https://api.pagerduty.com/users/PTUXL6G\",\"summary\":\"User"       \
	" 123\",\"type\":\"user_reference\"}],\"escalation_policy\":{\"html_u"     \
	"rl\":\"https://acme.pagerduty.com/escalation_policies/PUS0KTE\""          \
	",\"id\":\"PUS0KTE\",\"self\":\"https://api.pagerduty.com/escalation"      \
	"_policies/PUS0KTE\",\"summary\":\"Default\",\"type\":\"escalation_po"     \
	"licy_reference\"},\"teams\":[{\"html_url\":\"https://acme.pagerdut"       \
	"y.com/teams/PFCVPS0\",\"id\":\"PFCVPS0\",\"self\":\"https://api.page"     \
	"rduty.com/teams/PFCVPS0\",\"summary\":\"Engineering\",\"type\":\"tea"     \
	"m_reference\"}],\"priority\":{\"html_url\":\"https://acme.pagerdut"       \
	"y.com/account/incident_priorities\",\"id\":\"PSO75BM\",\"self\":\"ht"     \
	"tps://api.pagerduty.com/priorities/PSO75BM\",\"summary\":\"P1\",\""       \
	"type\":\"priority_reference\"},\"urgency\":\"high\",\"conference_bri"     \
	"dge\":{\"conference_number\":1000,\"conference_url\":\"https://exa"       \
	"mple.com\"},\"resolve_reason\":null}}}"

static const struct signature_rule *rule_of(const char *name)
{
	for (const struct source *source = sources; source->name; source++)
		if (strcmp(source->name, name) == 0)
			return &source->rule;
	cr_assert_fail("no source %s", name);
	return NULL;
}

struct attempt {
	const char *source, *secret, *signature, *id, *timestamp, *body;
	long now;
	size_t count;
	const char *why; /* NULL: it is good */
};

static void expect(const struct attempt *attempt, size_t number)
{
	struct secret_list secrets = {1, {(char *)(uintptr_t)attempt->secret}};
	struct signed_request request = {
		.signature = {attempt->signature, attempt->count ? attempt->count : 1},
		.id = {attempt->id, 1},
		.timestamp = {attempt->timestamp, 1},
		.body = attempt->body,
		.body_len = strlen(attempt->body)};
	struct fault fault = {0};
	size_t key = 99;
	bool good = signature_check(rule_of(attempt->source), &secrets, &request,
		attempt->now, &key, &fault);

	cr_expect_eq(good, attempt->why == NULL, "case %zu: %s", number, fault.text);
	if (attempt->why) {
		cr_expect_eq(fault.kind, FAULT_REJECT, "case %zu", number);
		cr_expect_str_eq(fault.text, attempt->why, "case %zu", number);
		cr_expect_eq(key, 99, "case %zu: a refusal names no key", number);
	} else {
		cr_expect_eq(key, 0, "case %zu", number);
	}
}

Test(signature, published_vectors_verify)
{
	static const struct attempt good[] = {
		{"github", GITHUB_SECRET, "sha256=" GITHUB_MAC, NULL, NULL,
			"Hello, World!", 0, 1, NULL},
		{"slack", SLACK_SECRET, SLACK_SIGNATURE, NULL, "1531420618", SLACK_BODY,
			SLACK_TIME, 1, NULL},
		{"slack", SLACK_SECRET, SLACK_SIGNATURE, NULL, "1531420618", SLACK_BODY,
			SLACK_TIME + 300, 1, NULL},
		{"slack", SLACK_SECRET, SLACK_SIGNATURE, NULL, "1531420618", SLACK_BODY,
			SLACK_TIME - 300, 1, NULL},
		{"incidentio", SVIX_SECRET, "v1," SVIX_MAC,
			"msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", SVIX_BODY,
			SVIX_TIME, 1, NULL},
		{"incidentio", SVIX_SECRET, "v2,xx v1,AAAA v1," SVIX_MAC " v1a,zzz",
			"msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", SVIX_BODY,
			SVIX_TIME, 1, NULL},
		{"incidentio", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "v1," SVIX_MAC,
			"msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", SVIX_BODY,
			SVIX_TIME, 1, NULL},
		{"incidentio", "whsec_plJ3nmyCDGBKInavdOK15jsl",
			"v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
			"msg_loFOjxBNrRLzqYUf", "1731705121",
			"{\"event_type\":\"ping\",\"data\":{\"success\":true}}",
			1731705121, 1, NULL},
		{"pagerduty",
			"lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8lJqRnkKl2iB1anSb0Z+"
			"IK",
			"v1="
			"0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476"
			"cd",
			NULL, NULL, PAGERDUTY_BODY, 0, 1, NULL},
		{"pagerduty", GITHUB_SECRET, "v1=" GITHUB_MAC, NULL, NULL,
			"Hello, World!", 0, 1, NULL},
		{"pagerduty", GITHUB_SECRET, "v2=00,v1=00ff,v1=" GITHUB_MAC, NULL, NULL,
			"Hello, World!", 0, 1, NULL},
		{"pagerduty", GITHUB_SECRET, "v1=" GITHUB_MAC ", v1=00", NULL, NULL,
			"Hello, World!", 0, 1, NULL},
	};

	for (size_t i = 0; i < countof(good); i++)
		expect(&good[i], i);
}

Test(signature, everything_else_is_refused_and_says_why)
{
	static const struct attempt bad[] = {
		{"github", GITHUB_SECRET, NULL, NULL, NULL, "x", 0, 0,
			"missing_signature"},
		{"github", GITHUB_SECRET, "", NULL, NULL, "x", 0, 1,
			"missing_signature"},
		{"github", GITHUB_SECRET, "sha256=" GITHUB_MAC, NULL, NULL,
			"Hello, World!", 0, 2, "several_signatures"},
		{"github", GITHUB_SECRET, "sha256=", NULL, NULL, "Hello, World!", 0, 1,
			"malformed_signature"},
		{"github", GITHUB_SECRET, GITHUB_MAC, NULL, NULL, "Hello, World!", 0, 1,
			"malformed_signature"},
		{"github", GITHUB_SECRET, "sha1=" GITHUB_MAC, NULL, NULL,
			"Hello, World!", 0, 1, "malformed_signature"},
		{"github", GITHUB_SECRET, "sha256=" GITHUB_MAC, NULL, NULL,
			"Hello, World?", 0, 1, "bad_signature"},
		{"github", "another", "sha256=" GITHUB_MAC, NULL, NULL, "Hello, World!",
			0, 1, "bad_signature"},
		{"github", GITHUB_SECRET, "sha256=" GITHUB_MAC "0", NULL, NULL,
			"Hello, World!", 0, 1, "bad_signature"},
		{"github", GITHUB_SECRET, "sha256=" GITHUB_MAC " ", NULL, NULL,
			"Hello, World!", 0, 1, "bad_signature"},
		{"github", GITHUB_SECRET, "sha256=757107", NULL, NULL, "Hello, World!",
			0, 1, "bad_signature"},
		{"github", GITHUB_SECRET,
			"sha256="
			"757107EA0EB2509FC211221CCE984B8A37570B6D7586C22C46F4379C8B043E"
			"17",
			NULL, NULL, "Hello, World!", 0, 1, "bad_signature"},
		{"slack", SLACK_SECRET, SLACK_SIGNATURE, NULL, NULL, SLACK_BODY,
			SLACK_TIME, 1, "missing_timestamp"},
		{"slack", SLACK_SECRET, SLACK_SIGNATURE, NULL, "", SLACK_BODY,
			SLACK_TIME, 1, "malformed_timestamp"},
		{"slack", SLACK_SECRET, SLACK_SIGNATURE, NULL, "+1531420618",
			SLACK_BODY, SLACK_TIME, 1, "malformed_timestamp"},
		{"slack", SLACK_SECRET, SLACK_SIGNATURE, NULL, " 1531420618",
			SLACK_BODY, SLACK_TIME, 1, "malformed_timestamp"},
		{"slack", SLACK_SECRET, SLACK_SIGNATURE, NULL, "1531420618.0",
			SLACK_BODY, SLACK_TIME, 1, "malformed_timestamp"},
		{"slack", SLACK_SECRET, SLACK_SIGNATURE, NULL, "9999999999999999999999",
			SLACK_BODY, SLACK_TIME, 1, "malformed_timestamp"},
		{"slack", SLACK_SECRET, SLACK_SIGNATURE, NULL, "1531420618", SLACK_BODY,
			SLACK_TIME + 301, 1, "stale_timestamp"},
		{"slack", SLACK_SECRET, SLACK_SIGNATURE, NULL, "1531420618", SLACK_BODY,
			SLACK_TIME - 301, 1, "stale_timestamp"},
		{"slack", SLACK_SECRET, SLACK_SIGNATURE, NULL, "1531420619", SLACK_BODY,
			SLACK_TIME, 1, "bad_signature"},
		{"incidentio", SVIX_SECRET, "v1," SVIX_MAC, NULL, "1614265330",
			SVIX_BODY, SVIX_TIME, 1, "missing_id"},
		{"incidentio", SVIX_SECRET, "v1," SVIX_MAC, "msg_other", "1614265330",
			SVIX_BODY, SVIX_TIME, 1, "bad_signature"},
		{"incidentio", SVIX_SECRET, "v2," SVIX_MAC,
			"msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", SVIX_BODY,
			SVIX_TIME, 1, "malformed_signature"},
		{"incidentio", "whsec_not base64!", "v1," SVIX_MAC,
			"msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", SVIX_BODY,
			SVIX_TIME, 1, "unusable_secret"},
	};

	for (size_t i = 0; i < countof(bad); i++)
		expect(&bad[i], i);
}

Test(signature, any_of_several_secrets_is_good_and_is_named)
{
	struct secret_list secrets = {3, {"old", "older", GITHUB_SECRET}};
	struct signed_request request = {.signature = {"sha256=" GITHUB_MAC, 1},
		.body = "Hello, World!",
		.body_len = 13};
	struct fault fault = {0};
	size_t key = 0;

	cr_assert(signature_check(
		rule_of("github"), &secrets, &request, 0, &key, &fault));
	cr_expect_eq(key, 2);
}

Test(signature, every_changed_byte_of_body_or_signature_is_noticed)
{
	struct secret_list secrets = {1, {GITHUB_SECRET}};
	char body[] = "Hello, World!", signature[] = "sha256=" GITHUB_MAC;
	struct signed_request request = {
		.signature = {signature, 1}, .body = body, .body_len = strlen(body)};
	struct fault fault = {0};
	size_t key;

	for (size_t i = 0; i < strlen(body) * 8; i++) {
		body[i / 8] ^= (char)(1 << i % 8);
		cr_expect_not(signature_check(
			rule_of("github"), &secrets, &request, 0, &key, &fault));
		body[i / 8] ^= (char)(1 << i % 8);
	}
	for (size_t i = 0; i < strlen(signature) * 7; i++) {
		signature[i / 7] ^= (char)(1 << i % 7);
		cr_expect_not(signature_check(
			rule_of("github"), &secrets, &request, 0, &key, &fault));
		signature[i / 7] ^= (char)(1 << i % 7);
	}
}

Test(signature, a_secret_that_cannot_be_a_key_is_told_at_start)
{
	cr_expect(signature_secret_usable(rule_of("incidentio"), SVIX_SECRET));
	cr_expect_not(signature_secret_usable(rule_of("incidentio"), "whsec_"));
	cr_expect_not(signature_secret_usable(rule_of("incidentio"), "whsec_ab$d"));
	cr_expect_not(signature_secret_usable(rule_of("github"), ""));
	cr_expect(signature_secret_usable(rule_of("github"), "whsec_ab$d"));
}

/* As the sender does it: ed25519 over "id.timestamp.body", with libcrypto alone. */
Test(signature, v1a_is_verified_with_the_public_key)
{
	static const char message[] = "msg_1.1614265330.{}";
	unsigned char seed[32] = "0123456789abcdef0123456789abcde", public[32],
		      made[64];
	size_t public_len = sizeof(public), made_len = sizeof(made);
	char secret[64] = "whpk_", header[128] = "v1,AAAA v1a,";
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(
		EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct secret_list secrets = {1, {secret}};
	struct signed_request request = {.signature = {header, 1},
		.id = {"msg_1", 1},
		.timestamp = {"1614265330", 1},
		.body = "{}",
		.body_len = 2};
	struct fault fault = {0};
	size_t index;

	cr_assert(EVP_PKEY_get_raw_public_key(key, public, &public_len) == 1 &&
		EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
		EVP_DigestSign(context, made, &made_len, (const void *)message,
			sizeof(message) - 1) == 1);
	(void)EVP_EncodeBlock((unsigned char *)secret + 5, public, 32);
	(void)EVP_EncodeBlock((unsigned char *)header + 12, made, 64);
	cr_assert(signature_secret_usable(rule_of("incidentio"), secret));
	cr_expect(signature_check(rule_of("incidentio"), &secrets, &request, SVIX_TIME,
			  &index, &fault),
		"%s", fault.text);
	request.id.value = "msg_2";
	cr_expect_not(signature_check(
		rule_of("incidentio"), &secrets, &request, SVIX_TIME, &index, &fault));
	cr_expect_str_eq(fault.text, "bad_signature");
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
}

Test(signature, an_id_or_a_timestamp_that_is_there_twice_is_refused)
{
	struct secret_list secrets = {1, {SVIX_SECRET}};
	struct signed_request request = {.signature = {"v1," SVIX_MAC, 1},
		.id = {"msg_p5jXN8AQM9LWM0D4loKWxJek", 2},
		.timestamp = {"1614265330", 1},
		.body = SVIX_BODY,
		.body_len = strlen(SVIX_BODY)};
	struct fault fault = {0};
	size_t index;

	cr_expect_not(signature_check(
		rule_of("incidentio"), &secrets, &request, SVIX_TIME, &index, &fault));
	cr_expect_str_eq(fault.text, "several_ids");
	request.id.count = 1;
	request.timestamp.count = 2;
	cr_expect_not(signature_check(
		rule_of("incidentio"), &secrets, &request, SVIX_TIME, &index, &fault));
	cr_expect_str_eq(fault.text, "several_timestamps");
}
