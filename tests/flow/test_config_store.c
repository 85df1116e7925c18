// SPDX-License-Identifier: Apache-2.0
// Story: provisioners and admins change one config store over NATS and HTTP, and each
// route, secret and token is where it belongs and nowhere else.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/rpc.h"
#include "common/nats/subjects.h"
#include "common/text.h"
#include "tests/support/store_only.h"

enum { WAIT_MS = 20000 };

static const char *const secret_settings[] = {
	"TOCSIN_SECRETS_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", NULL};
static const struct stack_options options = {.settings = secret_settings};
static struct stack stack;
static struct bus *bus;

static void start(void)
{
	store_only_start(&stack, &bus, &options);
}

static void stop(void)
{
	store_only_stop(&stack, bus);
}

static int patch(const char *body)
{
	return store_only_patch(&stack, body);
}

/* The team's route as the bucket has it; NULL when it has none. */
static pb_route_document *route(void)
{
	kvStore *store = NULL;
	kvEntry *entry = NULL;
	pb_route_document *document = NULL;

	if (js_KeyValue(&store, bus_js(bus), BUCKET_ROUTES) == NATS_OK &&
		kvStore_Get(&entry, store, "acme.sre") == NATS_OK)
		document = pb_route_document_unpack(
			kvEntry_Value(entry), (size_t)kvEntry_ValueLen(entry));
	kvEntry_Destroy(entry);
	kvStore_Destroy(store);
	return document;
}

static bool route_has(const char *value)
{
	pb_route_document *document AUTO(pb_route_document_free) = route();

	for (size_t i = 0; document && i < document->n_identifiers; i++)
		if (strcmp(document->identifiers[i]->value, value) == 0)
			return true;
	return false;
}

static bool route_is_gone(void)
{
	pb_route_document *document AUTO(pb_route_document_free) = route();

	return document == NULL;
}

Test(config_store, a_change_reaches_the_bucket_even_when_nats_was_away)
{
	start();
	cr_assert_eq(patch("{\"routing\":{\"github_repos\":[\"Acme/Shop\"]}}"), 200);
	cr_expect(WAIT_UNTIL(route_has("acme/shop"), WAIT_MS));
	stack_nats_stop(&stack);
	cr_expect_eq(patch("{\"routing\":{\"github_repos\":[\"acme/other\"]}}"), 200);
	process_kill(&stack.daemons[CONFIG_STORE]);
	stack_nats_start(&stack);
	stack_daemon_start(&stack, CONFIG_STORE);
	cr_expect(WAIT_UNTIL(route_has("acme/other"), WAIT_MS));
	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN,
			     "DELETE /api/v1/admin/orgs/acme/teams/sre", "", NULL),
		204);
	cr_expect(WAIT_UNTIL(route_is_gone(), WAIT_MS));
	cr_expect_eq(
		number_of(stack.database, "SELECT count(*) FROM config.identifier"), 0);
	stop();
}

/* Gives `node` so much that five of them are more than a message holds. */
static void burden(const char *node)
{
	enum { EACH = 250000 };
	struct text body AUTO(text_done) = {0};
	char line[96];

	text_printf(&body, "{\"output_config\":{\"trigger_overrides\":{\"%s", node);
	for (int i = 0; i < EACH; i++)
		text_add_char(&body, 'x');
	text_add(&body, "\":\"use_default\"}}}");
	(void)snprintf(line, sizeof(line),
		"PATCH /api/v1/admin/orgs/evil/nodes/%s/config", node);
	cr_assert_eq(
		stack_call(&stack, ADMIN_TOKEN, line, text_string(&body), NULL), 200);
}

Test(config_store, a_route_too_large_for_a_message_holds_up_no_other)
{
	static const char *const nodes[] = {"evil", "u1", "u2", "u3", "one"};

	start();
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, "POST /api/v1/admin/orgs",
			     "{\"org_id\":\"evil\"}", NULL),
		201);
	for (size_t i = 1; i < countof(nodes); i++) {
		char body[128];

		(void)snprintf(body, sizeof(body),
			"{\"node_id\":\"%s\",\"parent_id\":\"%s\",\"node_type\":\"%"
			"s\"}",
			nodes[i], nodes[i - 1], nodes[i][0] == 'u' ? "unit" : "team");
		cr_assert_eq(stack_call(&stack, ADMIN_TOKEN,
				     "POST /api/v1/admin/orgs/evil/nodes", body, NULL),
			201);
	}
	for (size_t i = 0; i < countof(nodes); i++)
		burden(nodes[i]);
	cr_assert_eq(patch("{\"routing\":{\"services\":[\"pay\"]}}"), 200);
	cr_expect(WAIT_UNTIL(route_has("pay"), WAIT_MS));
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.route_outbox"
			     " WHERE org_id = 'evil'"),
		1);
	stop();
}

Test(config_store, a_bucket_that_somebody_emptied_is_filled_again)
{
	kvStore *store = NULL;

	start();
	cr_assert_eq(patch("{\"routing\":{\"services\":[\"pay\"]}}"), 200);
	cr_expect(WAIT_UNTIL(route_has("pay"), WAIT_MS));
	cr_assert_eq(js_KeyValue(&store, bus_js(bus), BUCKET_ROUTES), NATS_OK);
	cr_assert_eq(kvStore_Delete(store, "acme.sre"), NATS_OK);
	cr_assert_eq(kvStore_PutString(NULL, store, "acme.stranger", "x"), NATS_OK);
	cr_expect_eq(process_stop(&stack.daemons[CONFIG_STORE], SIGTERM, WAIT_MS), 0);
	stack_daemon_start(&stack, CONFIG_STORE);
	cr_expect(WAIT_UNTIL(route_has("pay"), WAIT_MS));
	cr_expect(WAIT_UNTIL(kvStore_Get(&(kvEntry *){NULL}, store, "acme.stranger") ==
			NATS_NOT_FOUND,
		WAIT_MS));
	kvStore_Destroy(store);
	stop();
}

Test(config_store, secrets_are_for_workers_only)
{
	json_t *shown AUTO(json_decref) = NULL;
	pb_config_effective_request request;
	pb_config_effective_reply *reply AUTO(pb_config_effective_reply_free) = NULL;
	struct fault fault = {0};
	char *printed;

	start();
	cr_assert_eq(
		patch("{\"integrations\":{\"slack\":{\"bot_token\":\"xoxb-me\"}}}"),
		200);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN,
			     "GET /api/v1/admin/orgs/acme/nodes/sre/config/effective",
			     "", &shown),
		200);
	printed = json_print(shown);
	cr_expect_not(strstr(printed, "xoxb-me"), "%s", printed);
	free(printed);
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.node_config_history"
			     " WHERE config::text LIKE '%%xoxb-me%%'"),
		0);
	pb_config_effective_request_init(&request);
	cr_assert(RPC(bus, "config.effective", "acme", "sre", &request,
			  config_effective, &reply, &fault),
		"%s", fault.text);
	cr_expect(strstr(reply->config_json, "xoxb-me"));
	stop();
}

/* The id of the token that `key` reserves, for free(). */
static char *reserve(const char *key)
{
	pb_token_issue_request request;
	pb_token_issue_reply *reply AUTO(pb_token_issue_reply_free) = NULL;
	struct fault fault = {0};

	pb_token_issue_request_init(&request);
	request.idempotency_key = (char *)(uintptr_t)key;
	request.actor = (char[]){"provisioner"};
	cr_assert(RPC(bus, "token.issue", "acme", "sre", &request, token_issue, &reply,
			  &fault),
		"%s", fault.text);
	return strdup(reply->token_id);
}

Test(config_store, a_reserved_token_has_no_secret_until_it_is_collected_once)
{
	char *id AUTO(free) = NULL, *again AUTO(free) = NULL;
	char line[160];
	json_t *collected AUTO(json_decref) = NULL;
	const char *token;

	start();
	id = reserve("k1");
	again = reserve("k1");
	cr_expect_str_eq(id, again);
	cr_expect_eq(
		number_of(stack.database,
			"SELECT count(*) FROM config.token WHERE hash IS NOT NULL"),
		0);
	(void)snprintf(line, sizeof(line),
		"POST /api/v1/admin/orgs/acme/teams/sre/tokens/%s/collect", id);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, line, "", &collected), 200);
	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN, line, "", NULL), 409);
	token = json_string_at(collected, "/token");
	cr_expect_eq(
		stack_call(&stack, token, "GET /api/v1/config/me/effective", "", NULL),
		200);
	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN,
			     "DELETE /api/v1/admin/orgs/acme/teams/sre", "", NULL),
		204);
	cr_expect_eq(stack_call(&stack, token, "GET /api/v1/auth/me", "", NULL), 401);
	stop();
}

static int begin(const char *id, const char *key, const char *request_json)
{
	pb_provision_begin_request request;
	pb_provision_begin_reply *reply AUTO(pb_provision_begin_reply_free) = NULL;
	struct fault fault = {0};

	pb_provision_begin_request_init(&request);
	request.id = (char *)(uintptr_t)id;
	request.verb = (char[]){"provision"};
	request.idempotency_key = (char *)(uintptr_t)key;
	request.request_json = (char *)(uintptr_t)request_json;
	request.worker = (char[]){"w"};
	request.lease_ms = 60000;
	cr_assert(RPC(bus, "provision.begin", "acme", "sre", &request, provision_begin,
			  &reply, &fault),
		"%s", fault.text);
	return (int)reply->outcome;
}

static bool record(const char *id, const char *state, long lease_ms)
{
	pb_provision_record_request request;
	pb_provision_record_reply *reply AUTO(pb_provision_record_reply_free) = NULL;
	struct fault fault = {0};

	pb_provision_record_request_init(&request);
	request.id = (char *)(uintptr_t)id;
	request.worker = (char[]){"w"};
	request.state = (char *)(uintptr_t)state;
	request.lease_ms = lease_ms;
	cr_assert(RPC(bus, "provision.record", "acme", "sre", &request,
			  provision_record, &reply, &fault),
		"%s", fault.text);
	return reply->held;
}

Test(config_store, provisioning_is_one_at_a_time_and_bound_to_its_request)
{
	start();
	cr_expect_eq(begin("p1", "k", "{\"a\":1,\"b\":2}"),
		TOCSIN__V1__PROVISION_BEGIN_REPLY__OUTCOME__GRANTED);
	cr_expect_eq(begin("p1", "k", "{\"b\":2,\"a\":1}"),
		TOCSIN__V1__PROVISION_BEGIN_REPLY__OUTCOME__BUSY);
	cr_expect_eq(begin("p2", "k", "{\"a\":3}"),
		TOCSIN__V1__PROVISION_BEGIN_REPLY__OUTCOME__CONFLICT);
	cr_expect_eq(begin("p3", "k3", "{}"),
		TOCSIN__V1__PROVISION_BEGIN_REPLY__OUTCOME__BUSY);
	cr_expect(record("p1", "", 0), "gives the lease up");
	cr_expect_not(record("p1", "", 60000), "and has it no more");
	cr_expect_eq(begin("p1", "k", "{\"a\":1,\"b\":2}"),
		TOCSIN__V1__PROVISION_BEGIN_REPLY__OUTCOME__GRANTED);
	cr_expect(record("p1", "failed", 0));
	cr_expect(record("p1", "failed", 0), "the same again");
	cr_expect_eq(begin("p1", "k", "{\"a\":1,\"b\":2}"),
		TOCSIN__V1__PROVISION_BEGIN_REPLY__OUTCOME__GRANTED);
	cr_expect(record("p1", "succeeded", 0));
	cr_expect_eq(begin("p9", "k", "{\"a\":1,\"b\":2}"),
		TOCSIN__V1__PROVISION_BEGIN_REPLY__OUTCOME__FINISHED);
	stop();
}
