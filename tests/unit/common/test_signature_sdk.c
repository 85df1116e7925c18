// SPDX-License-Identifier: Apache-2.0
// What the senders' own SDKs sign we take, and what their verifiers refuse we refuse. Each
// row was signed, and then judged, by the SDK named above it, at the second NOW. Left out
// is where an SDK is more lenient than we are: timestamps that are no plain digits, and
// timestamps from the future of those that look at the past only.
#include "common/source/signature.h"

#include <stdint.h>
#include <string.h>

#include <criterion/criterion.h>

#include "common/source/source_table.h"

#define NOW 1764000000L
#define CAFE                                               \
	"{\"zen\":\"Caf\303\251 \346\227\245\346\234\254 " \
	"\360\237\230\200\",\"n\":1e3}"
#define FORM "payload=%7B%22a%22%3A+%22b%22%7D"
#define SPACED "{\r\n\t\"a\": \"\\ud83d\\ude00\"\r\n}\n"
#define GITHUB_MAC "469748f2749512bdaa9696868f536fe9467b3c76fb83355c04ccca31a85fd713"
#define GITHUB_UPPER "469748F2749512BDAA9696868F536FE9467B3C76FB83355C04CCCA31A85FD713"
#define SLACK_MAC "6f9fbafc1da2fb76f76117615df1d0523e6049c307a779d8e39dde59717c91ea"
#define SLACK_UPPER "6F9FBAFC1DA2FB76F76117615DF1D0523E6049C307A779D8E39DDE59717C91EA"
#define STRIPE_MAC "75ba9ba3c78277145e73c678a45d265a816f34af3394f2f5a336681d31f28a7f"
#define STRIPE_UPPER "75BA9BA3C78277145E73C678A45D265A816F34AF3394F2F5A336681D31F28A7F"
#define STANDARD_MAC "hk5EUQsui7fFVZXGISKcxZQABJUVJyVMFuj2pGEaCR8="

static const struct judged {
	const char *source, *signature, *id, *timestamp, *body;
	bool good; /* says the SDK */
} judged[] = {
	/* Atlassian's documentation of Bitbucket's webhooks */
	{"bitbucket",
		"sha256="
		"a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9",
		NULL, NULL, "Hello World!", true},
	/* @octokit/webhooks-methods 6.0.0 */
	{"github", "sha256=" GITHUB_MAC, NULL, NULL, CAFE, true},
	{"github",
		"sha256="
		"7b34f6a9e19d34d5b4370b85d1f860b47557ef6d9d0d64751571744b5775fc05",
		NULL, NULL, FORM, true},
	{"github",
		"sha256="
		"e1d3c8a93251eab110a66afd3dd47b1518c6be2b3db68c64ce4560709b6530ce",
		NULL, NULL, SPACED, true},
	{"github",
		"sha256="
		"429668a2a397c0966e96209de2a96c07ae0549fa31fe30464ac46c6d270f66ac",
		NULL, NULL, " ", true},
	{"github", "SHA256=" GITHUB_UPPER, NULL, NULL, CAFE, false},
	{"github", "sha256=" GITHUB_UPPER, NULL, NULL, CAFE, false},
	{"github", GITHUB_MAC, NULL, NULL, CAFE, false},
	{"github", "sha1=" GITHUB_MAC, NULL, NULL, CAFE, false},
	{"github", "SHA256=" GITHUB_MAC, NULL, NULL, CAFE, false},
	{"github",
		"sha256="
		"469748f2749512bdaa9696868f536fe9467b3c76fb83355c04ccca31a85fd71",
		NULL, NULL, CAFE, false},
	{"github", "sha256=" GITHUB_MAC "0", NULL, NULL, CAFE, false},
	{"github",
		"sha256="
		"469748f2749512bdaa9696868f536fe9467b3c76fb83355c04ccca31a85fd710",
		NULL, NULL, CAFE, false},
	{"github", "sha256=", NULL, NULL, CAFE, false},
	{"github", "sha256= " GITHUB_MAC, NULL, NULL, CAFE, false},
	{"github",
		"sha256="
		"cc012237d25ea2b28c31171e6f1b3b282928420542991903e62352a066c1315f",
		NULL, NULL, CAFE, false},
	{"github",
		"sha256="
		"87a4371a0319184566460397f5b51d2205f92476e790578bf2169299d9bd2325",
		NULL, NULL, CAFE, false},
	/* @slack/bolt 5.1.0 */
	{"slack", "v0=085b1bf1d1b5bf3e116ef9f2b6effc9e0006530ee8b0dd2b460d7bcbc71a12b1",
		NULL, "1764000000", CAFE, true},
	{"slack", "v0=" SLACK_MAC, NULL, "1764000000", FORM, true},
	{"slack", "v0=fe86f58b7294f931040433a48a8fdef210adbe8ce10cb6fbc1348c33e0b70d87",
		NULL, "1764000000", SPACED, true},
	{"slack", "v0=bf338db1e2f8d5ed1bc1d6519c212a6f320e9c063e66df7c6fd7cf78157ff82d",
		NULL, "1764000000", " ", true},
	{"slack", "v0=2981c39afb3a43528ac991e1ef51c5d901009be70caadf24e4161be982ae8cf0",
		NULL, "1763999700", FORM, true},
	{"slack", "v0=8ddbcf59e2388a66c5ba015e2994e4cc9da1a15341dd2f8d162d3abd75ebd9b9",
		NULL, "1763999699", FORM, false},
	{"slack", "V0=" SLACK_MAC, NULL, "1764000000", FORM, false},
	{"slack", "v1=" SLACK_MAC, NULL, "1764000000", FORM, false},
	{"slack", SLACK_MAC, NULL, "1764000000", FORM, false},
	{"slack", "v0=" SLACK_UPPER, NULL, "1764000000", FORM, false},
	{"slack", "v0=6f9fbafc1da2fb76f76117615df1d0523e6049c307a779d8e39dde59717c91e",
		NULL, "1764000000", FORM, false},
	{"slack", "v0=" SLACK_MAC "0", NULL, "1764000000", FORM, false},
	{"slack", "v0=6f9fbafc1da2fb76f76117615df1d0523e6049c307a779d8e39dde59717c91e0",
		NULL, "1764000000", FORM, false},
	{"slack", "v0=", NULL, "1764000000", FORM, false},
	{"slack", "v0=" SLACK_MAC, NULL, "1763999999", FORM, false},
	/* slack_sdk 3.48.0 (PyPI) */
	{"slack", "v0=085b1bf1d1b5bf3e116ef9f2b6effc9e0006530ee8b0dd2b460d7bcbc71a12b1",
		NULL, "1764000000", CAFE, true},
	{"slack", "v0=" SLACK_MAC, NULL, "1764000000", FORM, true},
	{"slack", "v0=fe86f58b7294f931040433a48a8fdef210adbe8ce10cb6fbc1348c33e0b70d87",
		NULL, "1764000000", SPACED, true},
	{"slack", "v0=bf338db1e2f8d5ed1bc1d6519c212a6f320e9c063e66df7c6fd7cf78157ff82d",
		NULL, "1764000000", " ", true},
	{"slack", "v0=2981c39afb3a43528ac991e1ef51c5d901009be70caadf24e4161be982ae8cf0",
		NULL, "1763999700", FORM, true},
	{"slack", "v0=8ddbcf59e2388a66c5ba015e2994e4cc9da1a15341dd2f8d162d3abd75ebd9b9",
		NULL, "1763999699", FORM, false},
	{"slack", "v0=32a2d73bcdb5be73706a3944d70653fd26c497fdf830143a465ac77c6578fcab",
		NULL, "1764000300", FORM, true},
	{"slack", "v0=349d8384ff33b89ff5ce6c9dad0a5f55dad67cb7888d4af8e98f1650ef187c95",
		NULL, "1764000301", FORM, false},
	{"slack", "v0=2e5c82ec59983ddd6267470ed122c24242865d5f5dad58e2db7d2857ffb4123a",
		NULL, "1764000000000", FORM, false},
	{"slack", "V0=" SLACK_UPPER, NULL, "1764000000", FORM, false},
	{"slack", "v0=" SLACK_UPPER, NULL, "1764000000", FORM, false},
	{"slack", SLACK_MAC, NULL, "1764000000", FORM, false},
	{"slack", "v1=" SLACK_MAC, NULL, "1764000000", FORM, false},
	{"slack", "v0=6f9fbafc1da2fb76f76117615df1d0523e6049c307a779d8e39dde59717c91e",
		NULL, "1764000000", FORM, false},
	{"slack", "v0=" SLACK_MAC "0", NULL, "1764000000", FORM, false},
	{"slack", "v0=" SLACK_MAC ",v0=" SLACK_MAC, NULL, "1764000000", FORM, false},
	{"slack", "v0=", NULL, "1764000000", FORM, false},
	{"slack", "v0=" SLACK_MAC, NULL, "1763999999", FORM, false},
	{"slack", "v0=" SLACK_MAC, NULL, "1764000000", FORM " ", false},
	/* stripe 23.1.0 (npm) */
	{"stripe", "t=1764000000,v1=" STRIPE_MAC, NULL, NULL, CAFE, true},
	{"stripe",
		"t=1764000000,v1="
		"c2df1a091c7362a644ffa4dfbd6002ba68c73f9bbd175c7a5066c1edb41cfdae",
		NULL, NULL, SPACED, true},
	{"stripe",
		"t=1764000000,v1="
		"0000000000000000000000000000000000000000000000000000000000000000,"
		"v1=" STRIPE_MAC,
		NULL, NULL, CAFE, true},
	{"stripe", "v1=" STRIPE_MAC ",t=1764000000", NULL, NULL, CAFE, true},
	{"stripe", "t=1764000000,v0=" STRIPE_MAC, NULL, NULL, CAFE, false},
	{"stripe", "t=1764000000,v1=" STRIPE_UPPER, NULL, NULL, CAFE, false},
	{"stripe",
		"t=1764000000,v1="
		"75ba9ba3c78277145e73c678a45d265a816f34af3394f2f5a336681d31f28a7",
		NULL, NULL, CAFE, false},
	{"stripe", "t=1764000000,v1=" STRIPE_MAC "0", NULL, NULL, CAFE, false},
	{"stripe", "v1=" STRIPE_MAC, NULL, NULL, CAFE, false},
	{"stripe", "t=1764000000", NULL, NULL, CAFE, false},
	{"stripe", "t=1764000001,v1=" STRIPE_MAC, NULL, NULL, CAFE, false},
	{"stripe", "T=1764000000,V1=" STRIPE_MAC, NULL, NULL, CAFE, false},
	{"stripe", "t=1764000000, v1=" STRIPE_MAC, NULL, NULL, CAFE, false},
	{"stripe", "t=1764000000;v1=" STRIPE_MAC, NULL, NULL, CAFE, false},
	{"stripe", "t=1764000000,v1=" STRIPE_MAC ",v0=zz", NULL, NULL, CAFE, true},
	{"stripe", "t=,v1=" STRIPE_MAC, NULL, NULL, CAFE, false},
	{"stripe",
		"t=1763999700,v1="
		"037449fd58f79050f1a40625da0d03c8ebd0f25df5d08f2f4def9f780319f637",
		NULL, NULL, CAFE, true},
	{"stripe",
		"t=1763999699,v1="
		"b70bcba00bb18321bf86f37c26a5de82a27d84cf70606d150a056fb07563d267",
		NULL, NULL, CAFE, false},
	{"stripe",
		"t=1764000000,v1="
		"ff2fba6689246d15ccd19b73dc7e268b56b47cd094dde4770d980faf3ea2c92e",
		NULL, NULL, CAFE, false},
	/* standardwebhooks 1.1.1 (npm) */
	{"incidentio", "v1," STANDARD_MAC, "msg_1", "1764000000", CAFE, true},
	{"incidentio", "v1,XCIAJxB+eSkfjGAYUTmykh9kBi3RZb77N3A6nJLwheE=", "msg_1",
		"1764000000", FORM, true},
	{"incidentio", "v1,Qe11+8XGZ57TABnPngvCYl2hMK0R0uYA+vr0KKyhWWw=", "msg_1",
		"1764000000", SPACED, true},
	{"incidentio", "v1,FJDCVgqgh9F04/jEoKlePyvR4EktDVMOsA16eNS+QkI=", "msg_1",
		"1764000000", " ", true},
	{"incidentio", "v1," STANDARD_MAC " v1,AAAA", "msg_1", "1764000000", CAFE,
		true},
	{"incidentio", "v1,AAAA v1," STANDARD_MAC, "msg_1", "1764000000", CAFE, true},
	{"incidentio", "v1a,AAAA v1," STANDARD_MAC, "msg_1", "1764000000", CAFE, true},
	{"incidentio", "v2,x v1," STANDARD_MAC, "msg_1", "1764000000", CAFE, true},
	{"incidentio", "v2," STANDARD_MAC, "msg_1", "1764000000", CAFE, false},
	{"incidentio", "V1," STANDARD_MAC, "msg_1", "1764000000", CAFE, false},
	{"incidentio", STANDARD_MAC, "msg_1", "1764000000", CAFE, false},
	{"incidentio", "v1,hk5EUQsui7fFVZXGISKcxZQABJUVJyVMFuj2pGEaCR", "msg_1",
		"1764000000", CAFE, false},
	{"incidentio", "v1=" STANDARD_MAC, "msg_1", "1764000000", CAFE, false},
	{"incidentio", "v1,", "msg_1", "1764000000", CAFE, false},
	{"incidentio", "v1,hk5euqsui7ffvzxgiskcxzqabjuvjyvmfuj2pgeacr8=", "msg_1",
		"1764000000", CAFE, false},
	{"incidentio", "v1,pzujo/2WfA7v648uiAi+IOqPttSyRlIRVAsPJDT42Q0=", "msg_1",
		"1763999700", CAFE, true},
	{"incidentio", "v1,tTp90xQvYVNqhMn6FRtBezlpqk7AORursesug8h+jng=", "msg_1",
		"1763999699", CAFE, false},
	{"incidentio", "v1,+4oNpgqx02m1qd2GTAZ195bz1PlZIvDUKjCKbGW2e+o=", "msg_1",
		"1764000300", CAFE, true},
	{"incidentio", "v1,odk1Z/q/ZAwpPL0Oic7j3+Sk75LzrNMb+4Iennd+8zk=", "msg_1",
		"1764000301", CAFE, false},
	{"incidentio", "v1," STANDARD_MAC, "msg_2", "1764000000", CAFE, false},
	{"incidentio", "v1," STANDARD_MAC, "msg_1", "1764000001", CAFE, false},
	/* svix 1.99.1 (npm) */
	{"generic", "v1," STANDARD_MAC, "msg_1", "1764000000", CAFE, true},
	{"generic", "v1," STANDARD_MAC " v1,AAAA", "msg_1", "1764000000", CAFE, true},
	{"generic", "v1a,AAAA v1," STANDARD_MAC, "msg_1", "1764000000", CAFE, true},
	{"generic", "v2," STANDARD_MAC, "msg_1", "1764000000", CAFE, false},
	{"generic", "v1,tTp90xQvYVNqhMn6FRtBezlpqk7AORursesug8h+jng=", "msg_1",
		"1763999699", CAFE, false},
	{"generic", "v1,+4oNpgqx02m1qd2GTAZ195bz1PlZIvDUKjCKbGW2e+o=", "msg_1",
		"1764000300", CAFE, true},
	{"generic", "v1,odk1Z/q/ZAwpPL0Oic7j3+Sk75LzrNMb+4Iennd+8zk=", "msg_1",
		"1764000301", CAFE, false},
	{"generic", "v1," STANDARD_MAC, "msg_2", "1764000000", CAFE, false},
};

static const struct {
	const char *source;
	const char *secret;
} secrets[] = {
	{"bitbucket", "It's a Secret to Everybody"},
	{"github", "a secret"},
	{"slack", "8f742231b10e8888abcd99yyyzzz85a5"},
	{"stripe", "whsec_test_secret"},
	{"incidentio", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
	{"generic", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
};

static const struct source *source_of(
	const struct source_table *table, const char *name)
{
	for (const struct source *row = sources; row->name; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return source_table_find(table, name);
}

static const char *secret_of(const char *name)
{
	for (size_t i = 0; i < countof(secrets); i++)
		if (strcmp(secrets[i].source, name) == 0)
			return secrets[i].secret;
	return NULL;
}

static bool judge(
	const struct source_table *table, const struct judged *row, struct fault *fault)
{
	struct secret_list list = {1, {(char *)(uintptr_t)secret_of(row->source)}};
	struct signed_request request = {.signature = {row->signature, 1},
		.id = {row->id, 1},
		.timestamp = {row->timestamp, 1},
		.body = row->body,
		.body_len = strlen(row->body)};
	const struct source *source = source_of(table, row->source);
	size_t key;

	cr_assert(source && list.values[0], "%s", row->source);
	return signature_check(&source->rule, &list, &request, NOW, &key, fault);
}

Test(signature_sdk, says_what_the_senders_own_verifiers_say)
{
	struct source_table *table AUTO(source_table_release) = NULL;
	struct text problems AUTO(text_done) = {0};
	struct fault loading = {0};

	cr_assert(source_table_load(&table, TOCSIN_ROOT "/deploy/sources/sources.json",
		&problems, &loading));
	for (size_t i = 0; i < countof(judged); i++) {
		struct fault fault = {0};

		cr_expect_eq(judge(table, &judged[i], &fault), judged[i].good,
			"row %zu: %s %s: %s", i, judged[i].source, judged[i].signature,
			fault.text);
		if (!judged[i].good)
			cr_expect_eq(fault.kind, FAULT_REJECT, "row %zu", i);
	}
}
