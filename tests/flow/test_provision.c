// SPDX-License-Identifier: Apache-2.0
// Story: teams are provisioned and deprovisioned by commands, each exactly once,
// whatever happens to the provisioner meanwhile.
#include <criterion/criterion.h>
#include <nats/nats.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/ids.h"
#include "common/nats/rpc.h"
#include "common/nats/subjects.h"
#include "common/wire.h"
#include "proto/names.h"
#include "tests/support/stack.h"

enum { SOON_MS = 20000, LATE_MS = 60000, TEAMS = 40, KILLS = 8 };

static struct stack stack;

static const struct stack_options options = {
	.settings = (const char *const[]){"TOCSIN_PROVISION_LEASE=1s", NULL},
	.provisioner = true,
};

struct order {
	const char *verb, *team, *key, *payload;
};

/* Publishes one command for org acme; its id is in `id`. */
static void publish(const struct order *order, char *id)
{
	natsConnection *connection = NULL;
	jsCtx *js = NULL;
	struct wire wire AUTO(wire_done) = {0};
	struct fault fault = {0};
	char subject[SUBJECT_SIZE];
	pb_command command;

	pb_command_init(&command);
	command.id = (char *)(uintptr_t)id_make(id);
	command.verb = wire_string(order->verb);
	command.org = wire_string("acme");
	command.team = wire_string(order->team);
	command.idempotency_key = wire_string(order->key);
	command.actor = wire_string("test");
	command.payload_json = wire_string(order->payload);
	cr_assert(wire_pack(&wire, &command.base, &fault));
	(void)snprintf(subject, sizeof(subject), SUBJECT_COMMAND, order->verb, "acme",
		order->team);
	cr_assert_eq(natsConnection_ConnectTo(&connection, stack.nats_url), NATS_OK);
	cr_assert_eq(natsConnection_JetStream(&js, connection, NULL), NATS_OK);
	cr_assert_eq(
		js_Publish(NULL, js, subject, wire.data, (int)wire.len, NULL, NULL),
		NATS_OK);
	jsCtx_Destroy(js);
	natsConnection_Destroy(connection);
}

static bool all_done(long deadline_ms)
{
	return WAIT_UNTIL(stack_stream_is_done(&stack, STREAM_COMMANDS), deadline_ms);
}

static void carry_out(const struct order *order, char *id)
{
	publish(order, id);
	cr_assert(all_done(SOON_MS), "%s %s is not done", order->verb, order->team);
}

static const char *state_of(const char *id)
{
	return rows_of(stack.database,
		"SELECT state, error FROM config.provision_run WHERE id = '%s'", id);
}

static const char *steps_of(const char *id)
{
	return rows_of(stack.database,
		"SELECT string_agg(name, ' ' ORDER BY number) FROM "
		"config.provision_step "
		"WHERE provision_id = '%s' AND state = 'succeeded'",
		id);
}

static const char *channels_of(const char *team)
{
	return rows_of(stack.database,
		"SELECT string_agg(value, ' ' ORDER BY value) FROM config.identifier "
		"WHERE org_id = 'acme' AND team_id = '%s'",
		team);
}

static long good_tokens(const char *team)
{
	return number_of(stack.database,
		"SELECT count(*) FROM config.token WHERE org_id = 'acme' AND "
		"team_id = '%s' AND revoked_at IS NULL",
		team);
}

Test(provision, a_team_is_made_changed_and_unmade, .timeout = 120)
{
	char id[UUID_SIZE];

	stack_start(&stack, &options);
	carry_out(&(struct order){"provision", "pay", "",
			  "{\"slack_channel_ids\":[\"C0PAY1\"],\"name\":\"Pay\"}"},
		id);
	cr_expect_str_eq(state_of(id), "succeeded|");
	cr_expect_str_eq(steps_of(id), "node routing token");
	cr_expect_str_eq(channels_of("pay"), "C0PAY1");
	cr_expect_eq(good_tokens("pay"), 1);

	carry_out(&(struct order){"provision", "pay", "", "{\"slack_channel_ids\":[]}"},
		id);
	cr_expect_str_eq(state_of(id), "succeeded|");
	cr_expect_str_eq(channels_of("pay"), "C0PAY1", "routing was wiped");

	carry_out(&(struct order){"deprovision", "pay", "", ""}, id);
	cr_expect_str_eq(state_of(id), "succeeded|");
	cr_expect_str_eq(steps_of(id), "token routing node");
	cr_expect_str_eq(channels_of("pay"), "");
	cr_expect_eq(good_tokens("pay"), 0);
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.node WHERE node_id = 'pay'"),
		1);

	carry_out(&(struct order){"deprovision", "pay", "", "{\"delete_node\":true}"},
		id);
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.node WHERE node_id = 'pay'"),
		0);
	carry_out(&(struct order){"deprovision", "pay", "", "{\"delete_node\":true}"},
		id);
	cr_expect_str_eq(state_of(id), "succeeded|");
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 0);
	stack_stop(&stack);
}

Test(provision, one_key_is_one_run_and_no_other_request, .timeout = 120)
{
	char first[UUID_SIZE], second[UUID_SIZE];

	stack_start(&stack, &options);
	carry_out(&(struct order){"provision", "pay", "key-1", "{\"name\":\"Pay\"}"},
		first);
	carry_out(&(struct order){"provision", "pay", "key-1", "{\"name\":\"Pay\"}"},
		second);
	cr_expect_str_eq(state_of(first), "succeeded|");
	cr_expect_str_eq(state_of(second), "");
	cr_expect_eq(good_tokens("pay"), 1);
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 0);

	carry_out(&(struct order){"provision", "pay", "key-1", "{\"name\":\"Other\"}"},
		second);
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 1);
	carry_out(&(struct order){"provision", "pay", "", "{\"nmae\":\"Other\"}"},
		second);
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 2);
	cr_expect(WAIT_UNTIL(number_of(stack.database,
				     "SELECT count(*) FROM audit.record WHERE "
				     "action = 'provision.failed'") == 2,
		SOON_MS));
	stack_stop(&stack);
}

Test(provision, a_channel_of_another_team_fails_it_and_names_the_step, .timeout = 120)
{
	char id[UUID_SIZE];

	stack_start(&stack, &options);
	carry_out(&(struct order){"provision", "pay", "",
			  "{\"slack_channel_ids\":[\"C0SHOP1\"]}"},
		id);
	cr_expect(strstr(state_of(id), "failed|step routing: "), "%s", state_of(id));
	cr_expect(strstr(state_of(id), "C0SHOP1"), "%s", state_of(id));
	cr_expect_eq(good_tokens("pay"), 0);
	cr_expect(strstr(channels_of("shop"), "C0SHOP1"));
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 1);
	stack_stop(&stack);
}

static bool begin_by_hand(struct bus *bus, char *id)
{
	pb_provision_begin_reply *reply AUTO(pb_provision_begin_reply_free) = NULL;
	pb_provision_begin_request request;
	struct fault fault = {0};

	pb_provision_begin_request_init(&request);
	(void)id_make(id);
	request.id = id;
	request.verb = wire_string("provision");
	request.worker = wire_string("w");
	request.lease_ms = LATE_MS;
	return RPC(bus, "provision.begin", "acme", "pay", &request, provision_begin,
		&reply, &fault);
}

static bool record_by_hand(
	struct bus *bus, char *id, const char *result, struct fault *fault)
{
	pb_provision_record_reply *reply AUTO(pb_provision_record_reply_free) = NULL;
	pb_provision_record_request request;
	pb_provision_step step;

	pb_provision_step_init(&step);
	step.name = wire_string("node");
	step.state = wire_string("succeeded");
	step.result_json = wire_string(result);
	pb_provision_record_request_init(&request);
	request.id = id;
	request.worker = wire_string("w");
	request.step = &step;
	request.lease_ms = LATE_MS;
	return RPC(bus, "provision.record", "acme", "pay", &request, provision_record,
		&reply, fault);
}

/* What is too long must not be cut: it is read as JSON. */
Test(provision, a_steps_result_is_json_whole_or_not_there, .timeout = 120)
{
	enum { LONG = 20000 };
	struct bus *bus AUTO(bus_close) = NULL;
	char id[UUID_SIZE], result[LONG + 8], nothing[] = "";
	struct fault fault = {0};

	stack_start(&stack, &options);
	cr_assert(bus_open(&bus,
			  &(struct daemon_config){.nats_url = stack.nats_url,
				  .nats_credentials = nothing,
				  .nats_ca_file = nothing},
			  "test", &fault),
		"%s", fault.text);
	cr_assert(begin_by_hand(bus, id));
	cr_expect_not(record_by_hand(bus, id, "{\"a\":", &fault));
	cr_expect_eq(fault.kind, FAULT_REJECT, "%s", fault.text);
	(void)snprintf(result, sizeof(result), "[\"%0*d\"]", LONG, 0);
	fault = (struct fault){0};
	cr_expect(record_by_hand(bus, id, result, &fault), "%s", fault.text);
	cr_expect_str_eq(rows_of(stack.database,
				 "SELECT result::json->>'too_long' FROM "
				 "config.provision_step WHERE provision_id = '%s'",
				 id),
		"true");
	stack_stop(&stack);
}

/* kill -9 at moments that nothing chose, each time started again. */
static void kill_often(void)
{
	for (int i = 0; i < KILLS; i++) {
		unsigned char pause;

		id_random(&pause, 1);
		clock_sleep_ms(pause);
		process_kill(&stack.daemons[PROVISIONER]);
		stack_daemon_start(&stack, PROVISIONER);
	}
}

Test(provision, killed_again_and_again_it_makes_each_team_once, .timeout = 180)
{
	static const struct {
		const char *sql;
		long expected;
	} counts[] = {
		{"SELECT count(*) FROM config.node WHERE node_id LIKE 'team-%'", TEAMS},
		{"SELECT count(*) FROM config.token WHERE team_id LIKE 'team-%'",
			TEAMS},
		{"SELECT count(*) FROM config.identifier WHERE team_id LIKE 'team-%'",
			TEAMS},
		{"SELECT count(*) FROM config.provision_run WHERE state = 'succeeded'",
			TEAMS},
		{"SELECT count(*) FROM config.provision_step WHERE state = 'succeeded'",
			3L * TEAMS},
		{"SELECT count(*) FROM audit.record WHERE action = "
		 "'provision.succeeded'",
			TEAMS},
		{"SELECT count(*) FROM audit.record WHERE action = 'provision.step'",
			3L * TEAMS},
	};

	stack_start(&stack, &options);
	for (int i = 0; i < TEAMS; i++) {
		char team[32], payload[128], id[UUID_SIZE];

		(void)snprintf(team, sizeof(team), "team-%d", i);
		(void)snprintf(payload, sizeof(payload),
			"{\"slack_channel_ids\":[\"C0TEAM%d\"]}", i);
		publish(&(struct order){"provision", team, "", payload}, id);
	}
	kill_often();
	cr_assert(all_done(LATE_MS), "commands are left");
	for (size_t i = 0; i < countof(counts); i++)
		cr_expect(WAIT_UNTIL(number_of(stack.database, "%s", counts[i].sql) ==
					  counts[i].expected,
				  SOON_MS),
			"%s: %ld instead of %ld", counts[i].sql,
			number_of(stack.database, "%s", counts[i].sql),
			counts[i].expected);
	cr_expect_eq(stack_stream_count(&stack, STREAM_DEAD), 0);
	stack_stop(&stack);
}
