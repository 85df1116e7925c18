// SPDX-License-Identifier: Apache-2.0
// A config store and an audit trail in memory, for the unit tests of orders; the line
// to them can be cut at any call.
#pragma once

#include <criterion/criterion.h>
#include <string.h>

#include "provisioner/order.h"

#define RUN_ID "0190d1b2-0000-7000-8000-000000000001"

enum { TOLD_MAX = 64 };

/* The config store and the audit trail, and the call at which the process is cut off.
 */
struct store {
	bool node, deleted;
	char name[64], parent[64];
	json_t *config;
	int tokens, revoked;
	int changes; /* of schedules */
	char token_key[64];

	json_t *steps; /* name: state */
	char state[32], error[256];
	bool lost; /* somebody else has the lease */
	long lease_ms;

	char told[TOLD_MAX][128];
	size_t told_count;

	int call, cut_at; /* cut_at 0: never; odd: before the effect, even: after it */
};

static bool cut(struct store *store, struct fault *fault)
{
	return ++store->call == store->cut_at && !fault_set(fault, FAULT_FATAL, "cut");
}

static bool tell(void *context, const struct audit *audit, struct fault *fault)
{
	struct store *store = context;
	char line[sizeof(store->told[0])];
	size_t i = 0;

	if (cut(store, fault))
		return false;
	(void)snprintf(line, sizeof(line), "%s %s", audit->action, audit->once);
	while (i < store->told_count && strcmp(store->told[i], line) != 0)
		i++;
	cr_assert_lt(i, TOLD_MAX);
	if (i == store->told_count)
		memcpy(store->told[store->told_count++], line, sizeof(line));
	return !cut(store, fault);
}

typedef bool (*answerer)(
	struct store *store, const void *request, void **reply, struct fault *fault);

/* A reply on the heap, as rpc_call() gives it. */
#define NEW_REPLY(name, variable)                                \
	pb_##name##_reply *variable = malloc(sizeof(*variable)); \
	cr_assert(variable);                                     \
	pb_##name##_reply_init(variable);                        \
	*reply = variable

static bool answer_begin(
	struct store *store, const void *request, void **reply, struct fault *fault)
{
	const pb_provision_begin_request *asked = request;
	const char *name;
	json_t *state;
	size_t i = 0;

	(void)fault;
	NEW_REPLY(provision_begin, answer);
	answer->id = strdup(asked->id);
	answer->steps = calloc(json_object_size(store->steps) + 1, sizeof(void *));
	json_object_foreach(store->steps, name, state)
	{
		pb_provision_step *step = malloc(sizeof(*step));

		pb_provision_step_init(step);
		step->name = strdup(name);
		step->state = strdup(json_string_value(state));
		answer->steps[i++] = step;
	}
	answer->n_steps = i;
	store->lease_ms = asked->lease_ms;
	return true;
}

static bool answer_record(
	struct store *store, const void *request, void **reply, struct fault *fault)
{
	const pb_provision_record_request *asked = request;

	(void)fault;
	NEW_REPLY(provision_record, answer);
	answer->held = !store->lost;
	if (store->lost)
		return true;
	store->lease_ms = asked->lease_ms;
	if (asked->step)
		json_object_set_new(store->steps, asked->step->name,
			json_string(asked->step->state));
	if (*asked->state) {
		(void)snprintf(store->state, sizeof(store->state), "%s", asked->state);
		(void)snprintf(store->error, sizeof(store->error), "%s", asked->error);
	}
	return true;
}

static bool answer_ensure(
	struct store *store, const void *request, void **reply, struct fault *fault)
{
	const pb_node_ensure_request *asked = request;

	(void)fault;
	NEW_REPLY(node_ensure, answer);
	answer->created = !store->node;
	store->node = true;
	(void)snprintf(store->name, sizeof(store->name), "%s", asked->name);
	(void)snprintf(store->parent, sizeof(store->parent), "%s", asked->parent);
	return true;
}

static bool answer_delete(
	struct store *store, const void *request, void **reply, struct fault *fault)
{
	(void)request;
	(void)fault;
	NEW_REPLY(node_delete, answer);
	answer->deleted = store->node;
	store->node = false;
	store->deleted = true;
	return true;
}

/* A merge of two levels is all that the steps ask for. */
static void merge(json_t *config, const json_t *patch)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)patch, key, value)
	{
		if (json_is_null(value))
			json_object_del(config, key);
		else if (json_is_object(value) && json_object_get(config, key))
			json_object_update(json_object_get(config, key), value);
		else
			json_object_set_new(config, key, json_deep_copy(value));
	}
}

static bool answer_patch(
	struct store *store, const void *request, void **reply, struct fault *fault)
{
	const pb_config_patch_request *asked = request;
	json_t *patch AUTO(json_decref) = NULL;

	if (!store->node && !asked->missing_ok)
		return fault_set(
			fault, FAULT_REJECT, "node shop/checkout: there is none");
	cr_assert(json_parse_object(&patch, asked->patch_json, fault));
	if (strstr(asked->patch_json, "CTAKEN"))
		return fault_set(fault, FAULT_REJECT, "CTAKEN belongs to team other");
	merge(store->config, patch);
	NEW_REPLY(config_patch, answer);
	answer->version = 2;
	return true;
}

static bool answer_issue(
	struct store *store, const void *request, void **reply, struct fault *fault)
{
	const pb_token_issue_request *asked = request;

	(void)fault;
	NEW_REPLY(token_issue, answer);
	answer->token_id = strdup("t1");
	answer->created = strcmp(store->token_key, asked->idempotency_key) != 0;
	if (answer->created)
		store->tokens++;
	(void)snprintf(store->token_key, sizeof(store->token_key), "%s",
		asked->idempotency_key);
	return true;
}

static bool answer_revoke(
	struct store *store, const void *request, void **reply, struct fault *fault)
{
	(void)request;
	(void)fault;
	NEW_REPLY(token_revoke, answer);
	answer->revoked = store->tokens;
	store->revoked += store->tokens;
	store->tokens = 0;
	return true;
}

/* The names of its schedules are those of its config. */
static bool answer_set(
	struct store *store, const void *request, void **reply, struct fault *fault)
{
	const pb_schedule_set_request *asked = request;
	json_t *schedule AUTO(json_decref) = NULL;

	cr_assert(json_parse_object(&schedule, asked->schedule_json, fault));
	if (!json_object_get(schedule, "cron"))
		return fault_set(fault, FAULT_REJECT, "/schedules/%s: a schedule needs",
			asked->name);
	NEW_REPLY(schedule_set, answer);
	answer->version = 3;
	answer->changed =
		!json_equal(schedule, json_object_get(store->config, asked->name));
	store->changes += answer->changed;
	json_object_set(store->config, asked->name, schedule);
	return true;
}

static bool answer_remove(
	struct store *store, const void *request, void **reply, struct fault *fault)
{
	const pb_schedule_remove_request *asked = request;

	(void)fault;
	NEW_REPLY(schedule_remove, answer);
	answer->removed = json_object_del(store->config, asked->name) == 0;
	store->changes += answer->removed;
	return true;
}

static const struct {
	const char *service;
	answerer answer;
} services[] = {
	{"config.patch", answer_patch},
	{"node.delete", answer_delete},
	{"node.ensure", answer_ensure},
	{"provision.begin", answer_begin},
	{"provision.record", answer_record},
	{"schedule.remove", answer_remove},
	{"schedule.set", answer_set},
	{"token.issue", answer_issue},
	{"token.revoke", answer_revoke},
};

static bool ask(void *context, const struct rpc_request *call, void **reply,
	struct fault *fault)
{
	struct store *store = context;
	size_t i = 0;

	if (cut(store, fault))
		return false;
	cr_expect_str_eq(call->org, "shop");
	cr_expect_str_eq(call->team, "checkout");
	while (i < countof(services) && strcmp(services[i].service, call->service) != 0)
		i++;
	cr_assert_lt(i, countof(services), "%s is not served", call->service);
	if (!services[i].answer(store, call->request, reply, fault))
		return false;
	if (cut(store, fault)) {
		protobuf_c_message_free_unpacked(*reply, NULL);
		*reply = NULL;
		return false;
	}
	return true;
}

static void open_store(struct store *store)
{
	*store = (struct store){.config = json_object(), .steps = json_object()};
}

static void close_store(struct store *store)
{
	json_decref(store->config);
	json_decref(store->steps);
}
