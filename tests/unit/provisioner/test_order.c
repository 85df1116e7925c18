// SPDX-License-Identifier: Apache-2.0
// The real steps against a config store in memory, with the line cut at every call.
#include "provisioner/steps.h"
#include "tests/unit/provisioner/fake_store.h"

static bool is_done(void *context, const char *step)
{
	return order_is_done(context, step);
}

static bool should_stop(void *context)
{
	(void)context;
	return false;
}

static bool record(void *context, const struct saga_record *ended, struct fault *fault)
{
	return order_record(context, ended, fault);
}

/* One life of a provisioner that is given the command. */
static bool carry_out(struct store *store, const char *verb, const char *payload_text,
	struct fault *fault)
{
	const struct order_world world = {.context = store, .ask = ask, .tell = tell};
	json_t *payload AUTO(json_decref) = NULL;
	pb_command command;
	enum saga_outcome outcome;
	struct order order AUTO(order_done) = {.world = &world,
		.command = &command,
		.worker = "w1",
		.lease_ms = 60000};
	struct saga saga = {.steps = steps,
		.context = &order,
		.is_done = is_done,
		.should_stop = should_stop,
		.record = record};

	pb_command_init(&command);
	command.id = (char *)RUN_ID;
	command.verb = (char *)verb;
	command.org = (char *)"shop";
	command.team = (char *)"checkout";
	*fault = (struct fault){0};
	cr_assert(verb_parse(&order.verb, verb));
	saga.undo = order.verb == VERB_DEPROVISION || order.verb == VERB_UNSCHEDULE;
	if (order.verb == VERB_SCHEDULE || order.verb == VERB_UNSCHEDULE)
		saga.steps = schedule_steps;
	cr_assert(payload_parse(&payload, order.verb, payload_text, fault), "%s",
		fault->text);
	order.payload = payload;
	return order_begin(&order, fault) && order_tell_started(&order, fault) &&
		saga_run(&saga, &outcome, fault);
}

static void expect_config(const struct store *store, const char *expected)
{
	char *printed AUTO(free) =
		json_dumps(store->config, JSON_COMPACT | JSON_SORT_KEYS);

	cr_expect_str_eq(printed, expected);
}

#define CHANNEL \
	"{\"slack_channel_ids\":[\"C1\"],\"name\":\"Checkout\",\"parent_id\":\"web\"}"

Test(order, provisions_the_node_its_routing_and_a_token)
{
	struct store store;
	struct fault fault;

	open_store(&store);
	cr_assert(carry_out(&store, "provision", CHANNEL, &fault), "%s", fault.text);
	cr_expect(store.node);
	cr_expect_str_eq(store.name, "Checkout");
	cr_expect_str_eq(store.parent, "web");
	expect_config(&store, "{\"routing\":{\"slack_channel_ids\":[\"C1\"]}}");
	cr_expect_eq(store.tokens, 1);
	cr_expect_str_eq(store.token_key, RUN_ID);
	cr_expect_str_eq(store.state, "succeeded");
	cr_expect_eq(store.told_count, 5);
	cr_expect_str_eq(store.told[0], "provision.started " RUN_ID ":");
	cr_expect_str_eq(store.told[2], "provision.step " RUN_ID ":routing");
	cr_expect_str_eq(store.told[4], "provision.succeeded " RUN_ID ":");
	close_store(&store);
}

Test(order, without_channels_leaves_routing_as_it_is)
{
	struct store store;
	struct fault fault;

	open_store(&store);
	cr_assert(carry_out(&store, "provision", CHANNEL, &fault));
	json_object_clear(store.steps);
	cr_assert(carry_out(&store, "provision", "{\"slack_channel_ids\":[]}", &fault));
	expect_config(&store, "{\"routing\":{\"slack_channel_ids\":[\"C1\"]}}");
	json_object_clear(store.steps);
	cr_assert(
		carry_out(&store, "provision", "{\"github_repos\":[\"a/b\"]}", &fault));
	expect_config(&store,
		"{\"routing\":{\"github_repos\":[\"a/b\"],"
		"\"slack_channel_ids\":[\"C1\"]}}");
	close_store(&store);
}

/* Cut at call `at`, then given the command again. */
static void check_cut(const char *verb, const char *payload, int at,
	struct store *store, size_t told_count)
{
	struct fault fault;

	store->call = 0;
	store->cut_at = at;
	cr_expect_not(carry_out(store, verb, payload, &fault), "cut at %d", at);
	store->cut_at = 0;
	cr_assert(carry_out(store, verb, payload, &fault), "cut at %d: %s", at,
		fault.text);
	cr_expect_str_eq(store->state, "succeeded", "cut at %d", at);
	cr_expect_eq(store->told_count, told_count, "cut at %d", at);
}

static int calls_of(const char *verb, const char *payload)
{
	struct store store;
	struct fault fault;

	open_store(&store);
	cr_assert(carry_out(&store, verb, payload, &fault), "%s", fault.text);
	close_store(&store);
	return store.call;
}

Test(order, cut_at_any_call_is_provisioned_once)
{
	for (int at = 1; at <= calls_of("provision", CHANNEL); at++) {
		struct store store;

		open_store(&store);
		check_cut("provision", CHANNEL, at, &store, 5);
		cr_expect(store.node);
		cr_expect_eq(store.tokens, 1, "cut at %d", at);
		expect_config(&store, "{\"routing\":{\"slack_channel_ids\":[\"C1\"]}}");
		close_store(&store);
	}
}

Test(order, cut_at_any_call_is_deprovisioned_once)
{
	static const char payload[] = "{\"delete_node\":true}";

	for (int at = 1; at <= calls_of("deprovision", payload); at++) {
		struct store store;
		struct fault fault;

		open_store(&store);
		cr_assert(carry_out(&store, "provision", CHANNEL, &fault));
		json_object_clear(store.steps);
		store.told_count = 0;
		check_cut("deprovision", payload, at, &store, 5);
		cr_expect(store.deleted && !store.node);
		cr_expect_eq(store.revoked, 1, "cut at %d", at);
		expect_config(&store, "{}");
		close_store(&store);
	}
}

Test(order, deprovisioning_goes_backwards_and_keeps_the_node)
{
	struct store store;
	struct fault fault;

	open_store(&store);
	cr_assert(carry_out(&store, "provision", CHANNEL, &fault));
	json_object_clear(store.steps);
	store.told_count = 0;
	cr_assert(carry_out(&store, "deprovision", "", &fault), "%s", fault.text);
	cr_expect(store.node);
	cr_expect_eq(store.tokens, 0);
	expect_config(&store, "{}");
	cr_expect_str_eq(store.told[1], "provision.step " RUN_ID ":token");
	cr_expect_str_eq(store.told[2], "provision.step " RUN_ID ":routing");
	cr_expect_str_eq(store.told[3], "provision.step " RUN_ID ":node");
	close_store(&store);
}

Test(order, deprovisioning_what_is_not_there_succeeds)
{
	struct store store;
	struct fault fault;

	open_store(&store);
	cr_assert(carry_out(&store, "deprovision", "", &fault), "%s", fault.text);
	cr_expect_str_eq(store.state, "succeeded");
	close_store(&store);
}

Test(order, a_channel_of_another_team_fails_it_at_the_step_routing)
{
	struct store store;
	struct fault fault;

	open_store(&store);
	cr_expect_not(carry_out(
		&store, "provision", "{\"slack_channel_ids\":[\"CTAKEN\"]}", &fault));
	cr_expect_eq(fault.kind, FAULT_REJECT);
	cr_expect_str_eq(fault.text, "step routing: CTAKEN belongs to team other");
	cr_expect_str_eq(store.state, "failed");
	cr_expect_str_eq(store.error, "step routing: CTAKEN belongs to team other");
	cr_expect_eq(store.tokens, 0);
	cr_expect_str_eq(
		store.told[store.told_count - 1], "provision.failed " RUN_ID "::w1");
	close_store(&store);
}

Test(order, stops_when_another_provisioner_has_the_lease)
{
	struct store store;
	struct fault fault;

	open_store(&store);
	store.lost = true;
	cr_expect_not(carry_out(&store, "provision", CHANNEL, &fault));
	cr_expect_eq(fault.kind, FAULT_RETRY);
	cr_expect(strstr(fault.text, "lease was lost"), "%s", fault.text);
	cr_expect_eq(store.tokens, 0);
	close_store(&store);
}

#define SCHEDULE "{\"name\":\"n\",\"cron\":\"@daily\",\"message\":\"m\"}"

Test(order, a_schedule_cut_at_any_call_is_set_once_and_as_asked)
{
	for (int at = 1; at <= calls_of("schedule", SCHEDULE); at++) {
		struct store store;

		open_store(&store);
		check_cut("schedule", SCHEDULE, at, &store, 3);
		cr_expect_eq(store.changes, 1, "cut at %d", at);
		expect_config(
			&store, "{\"n\":{\"cron\":\"@daily\",\"message\":\"m\"}}");
		close_store(&store);
	}
}

Test(order, a_schedule_cut_at_any_call_is_removed_once)
{
	static const char payload[] = "{\"name\":\"n\"}";

	for (int at = 1; at <= calls_of("unschedule", payload); at++) {
		struct store store;
		struct fault fault;

		open_store(&store);
		cr_assert(carry_out(&store, "schedule", SCHEDULE, &fault));
		json_object_clear(store.steps);
		store.told_count = 0;
		check_cut("unschedule", payload, at, &store, 3);
		cr_expect_eq(store.changes, 2, "cut at %d", at);
		expect_config(&store, "{}");
		close_store(&store);
	}
}
