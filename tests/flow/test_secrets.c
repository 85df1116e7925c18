// SPDX-License-Identifier: Apache-2.0
// Story: secrets of every kind are put into configurations, read, changed, refused and
// used by an agent. Afterwards their values are looked for in the database, in every
// file that any process wrote (logs at level debug, all JetStream streams and buckets),
// in every HTTP answer and every message on NATS: they are in the answer to the rpc
// config.effective, and nowhere else.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/bus.h"
#include "common/nats/rpc.h"
#include "tests/support/haystack.h"
#include "tests/support/stack.h"
#include "tests/support/traffic.h"

enum { WAIT_MS = 30000 };

/* Kept where a team has them: all of these the rpc must tell. */
static const char *const kept[] = {
	"kept-bot-token-\"quoted\"-1",
	"kept-api-key-back\\slash-2",
	"kept-password-s\xc3\xb6-3",
	"kept-signing-secret-4",
	"kept-private-key\nline-5",
	"kept-webhook-secret-6",
	"kept-access-token-7",
	"kept-routing-key-8",
	"kept-written-header-9",
	"kept-authorization-10",
	"kept-in-an-array-11",
	"kept-elsewhere-secret-12",
	"kept-at-the-root-node-13",
	"kept-github-token-14",
};

/* Sent, and not there any more: replaced, or refused. */
static const char *const gone[] = {
	"gone-replaced-token-1",
	"gone-bad-shape-secret-2",
	"gone-not-json-secret-3",
	"gone-wrong-place-secret-4",
	"gone-claimed-secret-5",
	"gone-stale-write-secret-6",
	"gone-other-error-secret-7",
	"gone-dry-run-secret-8",
	"gone-unquoted-secret-9",
	"gone-as-pool-secret-10",
	"gone-with-print-secret-11",
};

static const char *settings[3];
static char key_setting[PATH_SIZE + 64];
static struct stack_options options = {.settings = settings, .provisioner = true};
static struct stack stack;
static struct bus *bus;
static struct traffic traffic = {.mutex = PTHREAD_MUTEX_INITIALIZER};
static struct text answers; /* of HTTP */

static void write_key(void)
{
	char path[PATH_SIZE + 16];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/keys", place_of_test());
	file = fopen(path, "we");
	cr_assert(file);
	(void)fputs("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n", file);
	(void)fclose(file);
	(void)snprintf(
		key_setting, sizeof(key_setting), "TOCSIN_SECRETS_KEY_FILE=%s", path);
	settings[0] = key_setting;
}

static void start(void)
{
	static char nothing[] = "";
	struct fault fault = {0};

	write_key();
	stack_start(&stack, &options);
	cr_assert(bus_open(&bus,
			  &(struct daemon_config){.nats_url = stack.nats_url,
				  .nats_credentials = nothing,
				  .nats_ca_file = nothing},
			  "test", &fault),
		"%s", fault.text);
	traffic_watch(&traffic, bus);
}

/* One call, its whole answer kept for the search; the status. */
static int ask_with(const char *line, const char *headers, const char *body)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	char all[512];

	(void)snprintf(all, sizeof(all),
		"Content-Type: application/json\r\nAuthorization: Bearer " ADMIN_TOKEN
		"\r\n%s",
		headers);
	request_write(&exchange.request, line, all, body, strlen(body));
	(void)exchange_run(&exchange, stack.addresses[CONFIG_STORE], WAIT_MS);
	text_printf(&answers, "%s\n%s\n%s\n", line, exchange.head, exchange.body);
	return exchange.status;
}

static int ask(const char *line, const char *body)
{
	return ask_with(line, "", body);
}

#define SHOP "/api/v1/admin/orgs/acme/nodes/shop"
#define ROOT "/api/v1/admin/orgs/acme/nodes/acme"

/* A patch of the team's configuration, made as json_pack() makes it; the status. */
static int patch(json_t *document)
{
	char *body AUTO(free) = json_dumps(document, JSON_ENCODE_ANY);

	cr_assert(body);
	json_decref(document);
	return ask("PATCH " SHOP "/config", body);
}

static void put_secrets(void)
{
	char *root AUTO(free) = NULL;
	json_t *document = json_pack("{s{s{s{ss}}}}", "integrations", "common",
		"api_key", "$secret", kept[12]);

	root = json_dumps(document, 0);
	json_decref(document);
	cr_assert_eq(ask("PATCH " ROOT "/config", root), 200);
	cr_assert_eq(patch(json_pack("{s{s{ss}}}", "integrations", "slack", "bot_token",
			     gone[0])),
		200);
	cr_assert_eq(
		patch(json_pack("{s{s{ss,ss,ss},s{ss,ss,ss,ss},s{s{ss}},s{ss}}}",
			"integrations", "slack", "bot_token", kept[0], "signing_secret",
			kept[3], "password", kept[2], "other", "api_key", kept[1],
			"private_key", kept[4], "webhook_secret", kept[5],
			"access_token", kept[6], "pager", "routing_key", "$secret",
			kept[7], "github", "token", kept[13])),
		200);
	cr_assert_eq(
		patch(json_pack("{s{s{s{s{ss},ss,ss}}},s{s[s{ss}],ss}}", "tools",
			"look", "headers", "X-Key", "$secret", kept[8], "Authorization",
			kept[9], "Accept", "text/plain", "x_notes", "list", "plain",
			"$secret", kept[10], "client_secret", kept[11])),
		200);
}

static void be_refused(void)
{
	char body[256];

	cr_expect_eq(patch(json_pack("{s{s{s{ss,si}}}}", "integrations", "bad", "token",
			     "$secret", gone[1], "more", 1)),
		422);
	(void)snprintf(body, sizeof(body),
		"{\"integrations\":{\"a\":{\"token\" \"%s\"}}}", gone[2]);
	cr_expect_eq(ask("PATCH " SHOP "/config", body), 400);
	(void)snprintf(
		body, sizeof(body), "{\"integrations\":{\"a\":{\"token\":%s", gone[8]);
	cr_expect_eq(ask("PATCH " SHOP "/config", body), 400);
	cr_expect_eq(patch(json_pack("{s{s{ss}}}", "runtime", "timeout_seconds",
			     "$secret", gone[3])),
		422);
	cr_expect_eq(
		patch(json_pack("{s{s{ss}}}", "runtime", "pool", "$secret", gone[9])),
		422);
	cr_expect_eq(patch(json_pack("{s{s[{ss}]}}", "routing", "services", "$secret",
			     gone[4])),
		422);
	(void)snprintf(body, sizeof(body),
		"{\"integrations\":{\"a\":{\"token\":\"%s\"}}}", gone[5]);
	cr_expect_eq(ask_with("PATCH " SHOP "/config", "If-Match: \"99999\"\r\n", body),
		412);
	cr_expect_eq(patch(json_pack("{s{s{ss}},s{si}}", "integrations", "a", "token",
			     gone[6], "runtime", "max_turns", -1)),
		422);
	cr_expect_eq(
		patch(json_pack("{s{s{s{ss,ss,sb}}}}", "integrations", "slack",
			"bot_token", "$secret", gone[10], "fingerprint", "00", "x", 1)),
		422);
}

/* A wrong fingerprint names the path; the right one, and none, keep the secret. */
static void send_back(void)
{
	json_t *shown AUTO(json_decref) = NULL;
	json_t *token;
	long version;

	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, "GET " SHOP "/config", "", &shown),
		200);
	version = json_integer_or(shown, "/version", 0);
	token = json_at(shown, "/config/integrations/slack/bot_token");
	cr_expect(json_is_true(json_object_get(token, "$secret")));
	cr_assert_eq(strlen(json_string_or(token, "/fingerprint", "")), 16,
		"no fingerprint");
	cr_expect_eq(patch(json_deep_copy(json_at(shown, "/config"))), 200);
	cr_expect_eq(patch(json_pack("{s{s{s{sb}}}}", "integrations", "slack",
			     "bot_token", "$secret", 1)),
		200);
	cr_expect_eq(
		patch(json_pack("{s{s{s{sb,ss}}}}", "integrations", "slack",
			"bot_token", "$secret", 1, "fingerprint", "0011223344556677")),
		422);
	cr_expect(strstr(text_string(&answers), "/integrations/slack/bot_token"));
	json_decref(shown);
	shown = NULL;
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, "GET " SHOP "/config", "", &shown),
		200);
	cr_expect_eq(json_integer_or(shown, "/version", 0), version,
		"what was sent back changed something");
}

/* Whatever can be read; what there is not is a 404, and says nothing either. */
static void read_all(void)
{
	static const char *const lines[] = {"GET " SHOP "/config",
		"GET " SHOP "/config/effective", "GET " SHOP "/config/explain",
		"GET " SHOP "/config/history", "GET " SHOP "/config/history?limit=100",
		"GET " SHOP "/config/versions/4", "GET " SHOP "/config/versions/5",
		"GET " SHOP "/config/diff?from=1&to=6",
		"GET " SHOP "/config/diff?from=3&to=4", "GET " ROOT "/config",
		"GET " ROOT "/config/effective", "GET " ROOT "/config/history",
		"GET /api/v1/admin/orgs/acme/audit",
		"GET /api/v1/admin/orgs/acme/audit/export",
		"GET /api/v1/admin/orgs/acme/audit/export?format=csv",
		"GET /api/v1/admin/orgs/acme/runs/export",
		"GET /api/v1/admin/orgs/acme/runs", "GET /api/v1/admin/runs",
		"GET /api/v1/admin/events", "GET /api/v1/openapi.json", "GET /metrics",
		"POST /api/v1/admin/secrets/rekey"};
	char body[256];

	for (size_t i = 0; i < countof(lines); i++)
		cr_expect_neq(ask(lines[i], ""), 0, "%s", lines[i]);
	(void)snprintf(body, sizeof(body),
		"{\"integrations\":{\"slack\":{\"bot_token\":\"%s\"}}}", gone[7]);
	(void)ask("PATCH " SHOP "/config?dry_run=1", body);
	cr_expect_eq(patch(json_pack("{s{s{s{ss}}}}", "integrations", "slack",
			     "bot_token", "$secret", kept[0])),
		200);
}

static void read_as_team(void)
{
	static const char *const lines[] = {"GET /api/v1/config/me",
		"GET /api/v1/config/me/effective", "GET /api/v1/config/me/raw",
		"GET /api/v1/config/me/explain"};
	json_t *token AUTO(json_decref) = NULL;

	cr_assert_eq(
		stack_call(&stack, ADMIN_TOKEN,
			"POST /api/v1/admin/orgs/acme/teams/shop/tokens", "{}", &token),
		201);
	for (size_t i = 0; i < countof(lines); i++) {
		json_t *shown AUTO(json_decref) = NULL;
		char *printed AUTO(free) = NULL;

		(void)stack_call(
			&stack, json_string_at(token, "/token"), lines[i], "", &shown);
		printed = json_dumps(shown, JSON_ENCODE_ANY);
		text_printf(&answers, "%s\n%s\n", lines[i], printed ? printed : "");
	}
}

/* An agent whose tool sends two of the secrets; the run leaves steps and a post. */
static void run_an_agent(void)
{
	char event_id[64];
	char *body = body_of_comment(&(struct comment){.repository = "acme/shop",
		.number = 7,
		.login = "ada",
		.text = "what is it?"});

	cr_assert_eq(
		stack_send_github(&stack, "issue_comment", "secret-1", body, event_id),
		200);
	cr_expect_str_eq(stack_run_state(&stack, event_id, WAIT_MS), "completed");
}

/* Everything that the rpc must tell, it tells. */
static void ask_as_worker(void)
{
	pb_config_effective_request request;
	pb_config_effective_reply *reply AUTO(pb_config_effective_reply_free) = NULL;
	struct fault fault = {0};

	pb_config_effective_request_init(&request);
	cr_assert(RPC(bus, "config.effective", "acme", "shop", &request,
			  config_effective, &reply, &fault),
		"%s", fault.text);
	for (size_t i = 0; i < countof(kept); i++) {
		struct needle needle;

		needle_init(&needle, kept[i]);
		cr_expect(needle_in(&needle, reply->config_json,
				  strlen(reply->config_json)),
			"the worker is not told %s", kept[i]);
		needle_done(&needle);
	}
}

/* What pg_dump would have of it: every row of every table of ours, as text. */
static void dump(struct text *out)
{
	char *tables AUTO(free) = strdup(rows_of(stack.database,
		"SELECT string_agg(format('%%I.%%I', schemaname, tablename), ' ') FROM "
		"pg_tables WHERE schemaname IN ('config', 'audit')"));
	char *rest = tables;

	for (const char *table; (table = strsep(&rest, " "));)
		text_printf(out, "%s:\n%s\n", table,
			rows_of(stack.database,
				"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM "
				"%s t",
				table));
	cr_assert(strstr(text_string(out), "config.node_config_history:"));
	cr_assert(strstr(text_string(out), "$encrypted"));
}

static void look_in(void *context, const char *where, const void *bytes, size_t len)
{
	const struct needle *needle = context;
	const char *form;

	/* Who was sent the secret may have it. */
	if (strstr(where, "/standin.log"))
		return;
	form = needle_in(needle, bytes, len);
	cr_expect_null(form, "%s has %s as %s", where, needle->value, form);
}

static void look_everywhere(const struct text *dumped, const char *value)
{
	struct needle needle;

	needle_init(&needle, value);
	look_in(&needle, "the database", text_string(dumped), dumped->len);
	look_in(&needle, "HTTP", text_string(&answers), answers.len);
	look_in(&needle, "NATS", text_string(&traffic.told), traffic.told.len);
	haystack_files(stack.directory, look_in, &needle);
	needle_done(&needle);
}

Test(secrets, are_told_to_workers_and_to_nobody_else, .timeout = 170)
{
	struct text dumped AUTO(text_done) = {0};

	needle_try();
	start();
	put_secrets();
	be_refused();
	send_back();
	run_an_agent();
	read_all();
	read_as_team();
	ask_as_worker();
	dump(&dumped);
	stack_stop(&stack);
	natsSubscription_Destroy(traffic.subscription);
	bus_close(bus);

	cr_expect_gt(traffic.messages, 20);
	for (size_t i = 0; i < countof(kept); i++) {
		struct needle needle;

		look_everywhere(&dumped, kept[i]);
		needle_init(&needle, kept[i]);
		cr_expect(needle_in(&needle, text_string(&traffic.answers),
				  traffic.answers.len),
			"%s was not on its way to the worker", kept[i]);
		needle_done(&needle);
	}
	for (size_t i = 0; i < countof(gone); i++)
		look_everywhere(&dumped, gone[i]);
	traffic_done(&traffic);
	text_done(&answers);
}
