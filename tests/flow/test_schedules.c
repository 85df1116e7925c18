// SPDX-License-Identifier: Apache-2.0
// Story: an admin sets, lists, replaces and deletes a team's schedules over the ingress and
// with the command line: only what the team's configuration may hold.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/subjects.h"
#include "tests/support/schedules.h"

static void patch(const char *node, const char *document)
{
	char line[LINE_SIZE];
	json_t *answer AUTO(json_decref) = NULL;

	(void)snprintf(line, sizeof(line),
		"PATCH /api/v1/admin/orgs/acme/nodes/%s/config", node);
	cr_assert_eq(stack_call(&schedules_stack, ADMIN_TOKEN, line, document, &answer),
		200, "%s", json_dumps(answer, 0));
}

static void set_and_replace(void)
{
	json_t *made AUTO(json_decref) = NULL, *same AUTO(json_decref) = NULL,
		     *other AUTO(json_decref) = NULL;
	long before = schedules_versions();

	made = schedules_set("{" SHOP ",\"name\":\"morning\",\"cron\":\"0 9 * * 1-5\","
			     "\"time_zone\":\"Europe/Berlin\",\"agent\":\"triage\","
			     "\"message\":\"Anything broken\\nover night?\"}");
	cr_expect(schedules_result_says(made, "changed"));
	cr_expect_str_eq(json_string_or(made, "/verb", ""), "schedule");
	schedules_expect_list(
		"[{\"agent\":\"triage\",\"cron\":\"0 9 * * 1-5\",\"enabled\":true,"
		"\"message\":\"Anything broken\\nover night?\",\"name\":"
		"\"morning\",\"own\":true,\"time_zone\":\"Europe/Berlin\"}]");

	/* Replaced: what the second order does not say is not left from the first. */
	other = schedules_set("{" SHOP ",\"name\":\"morning\",\"cron\":\"@hourly\","
			      "\"message\":\"m\",\"enabled\":false}");
	cr_expect(schedules_result_says(other, "changed"));
	same = schedules_set(
		"{" SHOP ",\"enabled\":false,\"name\":\"morning\",\"agent\":null,"
		"\"cron\":\"@hourly\",\"message\":\"m\"}");
	cr_expect_not(schedules_result_says(same, "changed"));
	schedules_expect_list("[{\"agent\":null,\"cron\":\"@hourly\",\"enabled\":false,"
			      "\"message\":\"m\",\"name\":\"morning\",\"own\":true,"
			      "\"time_zone\":\"UTC\"}]");
	cr_expect_eq(schedules_versions(), before + 2);
}

static void delete_and_delete_again(void)
{
	json_t *gone AUTO(json_decref) = schedules_delete("morning");
	json_t *again AUTO(json_decref) = schedules_delete("morning");
	long after = schedules_versions();

	cr_expect(schedules_result_says(gone, "removed"));
	cr_expect_not(schedules_result_says(gone, "inherited"));
	cr_expect_not(schedules_result_says(again, "removed"));
	cr_expect_eq(schedules_versions(), after);
	schedules_expect_list("[]");
	cr_expect_eq(number_of(schedules_stack.database,
			     "SELECT count(*) FROM config.node_config WHERE org_id = "
			     "'acme' AND node_id = 'shop' AND config::jsonb ? "
			     "'schedules'"),
		0);
}

static void everything_is_told(void)
{
	cr_expect(WAIT_UNTIL(number_of(schedules_stack.database,
				     "SELECT count(*) FROM audit.record WHERE action = "
				     "'config.changed' AND team = 'shop' AND actor "
				     "= '%s'",
				     schedules_admin.id) == 3,
		SOON_MS));
	cr_expect_str_eq(rows_of(schedules_stack.database,
				 "SELECT string_agg(reason, ' ' ORDER BY version) FROM "
				 "config.node_config_history WHERE node_id = 'shop' "
				 "AND changed_by = '%s'",
				 schedules_admin.id),
		"schedule schedule unschedule");
	cr_expect_eq(stack_stream_count(&schedules_stack, STREAM_DEAD), 0);
}

Test(schedules, are_set_listed_replaced_and_deleted, .timeout = 150)
{
	schedules_start();
	set_and_replace();
	delete_and_delete_again();
	everything_is_told();
	stack_stop(&schedules_stack);
}

/* What is inherited can be changed for the team, not taken away; secrets never show. */
Test(schedules, of_nodes_above_hold_too_and_no_secret_is_shown, .timeout = 150)
{
	json_t *own AUTO(json_decref) = NULL, *gone AUTO(json_decref) = NULL;

	schedules_start();
	patch("acme",
		"{\"schedules\":{\"nightly\":{\"cron\":\"@daily\",\"message\":"
		"\"all well?\"}}}");
	patch("shop",
		"{\"schedules\":{\"hidden\":{\"cron\":\"@daily\",\"message\":"
		"{\"$secret\":\"sesame-sesame\"}}}}");
	schedules_expect_list("[" ITEM("hidden", "true", "true", "null") "," ITEM(
		"nightly", "false", "true", "\"all well?\"") "]");
	own = schedules_set(
		"{" SHOP ",\"name\":\"nightly\",\"cron\":\"@daily\",\"message\":"
		"\"ours\",\"enabled\":false}");
	cr_expect(schedules_result_says(own, "changed"));
	schedules_expect_list("[" ITEM("hidden", "true", "true", "null") "," ITEM(
		"nightly", "true", "false", "\"ours\"") "]");
	gone = schedules_delete("nightly");
	cr_expect(schedules_result_says(gone, "removed"));
	cr_expect(schedules_result_says(gone, "inherited"));
	schedules_expect_list("[" ITEM("hidden", "true", "true", "null") "," ITEM(
		"nightly", "false", "true", "\"all well?\"") "]");
	/* The secret beside it is the one that was there. */
	cr_expect_eq(number_of(schedules_stack.database,
			     "SELECT count(*) FROM config.node_config WHERE node_id = "
			     "'shop' AND config::text LIKE '%%$encrypted%%'"),
		1);
	stack_stop(&schedules_stack);
}

Test(schedules, that_mean_nothing_fail_and_the_path_is_named, .timeout = 150)
{
	static const struct {
		const char *fields, *path;
	} cases[] = {
		{"\"cron\":\"61 * * * *\",\"message\":\"m\"", "/schedules/bad/cron"},
		{"\"cron\":\"@daily\",\"message\":\"m\",\"time_zone\":\"No Zone\"",
			"/schedules/bad/time_zone"},
		{"\"cron\":\"@daily\",\"message\":\"m\",\"agent\":\"nobody\"",
			"/schedules/bad/agent"},
	};
	long before;

	schedules_start();
	before = schedules_versions();
	for (size_t i = 0; i < countof(cases); i++) {
		char body[LINE_SIZE];
		json_t *failed AUTO(json_decref) = NULL;
		const char *error;

		(void)snprintf(body, sizeof(body), "{" SHOP ",\"name\":\"bad\",%s}",
			cases[i].fields);
		failed = schedules_carry_out(&(struct order){schedules_admin.token,
						     SET "?wait=30", NULL, body},
			"failed");
		error = json_string_or(failed, "/error", "");
		cr_expect(strstr(error, "step schedule: "), "%s", error);
		cr_expect(strstr(error, cases[i].path), "%s", error);
		cr_expect_str_eq(
			json_string_or(failed, "/steps/schedule/state", ""), "failed");
	}
	patch("acme", "{\"policy\":{\"locked\":[\"/schedules\"]}}");
	json_decref(schedules_carry_out(
		&(struct order){schedules_admin.token, SET "?wait=30", NULL, NIGHTLY},
		"failed"));
	cr_expect_eq(schedules_versions(), before);
	schedules_expect_list("[]");
	stack_stop(&schedules_stack);
}

static char printed[16384];

#define TOCSIN(...)                                                            \
	stack_cli(&schedules_stack,                                            \
		(const char *const[]){"schedule", __VA_ARGS__, NULL}, printed, \
		sizeof(printed))
#define SAYS(words) cr_expect(strstr(printed, words), "no '%s' in: %s", words, printed)

Test(schedules, are_at_hand_on_the_command_line, .timeout = 150)
{
	json_t *listed AUTO(json_decref) = NULL;

	schedules_start();
	cr_expect_eq(TOCSIN("set", "acme", "shop", "morning", "--cron", "0 9 * * 1-5",
			     "--message", "Anything broken?", "--time-zone",
			     "Europe/Berlin", "--wait", "30"),
		0);
	SAYS("schedule acme/shop morning is set: version ");
	cr_expect_eq(TOCSIN("list", "acme", "shop"), 0);
	SAYS("0 9 * * 1-5");
	SAYS("Anything broken?");
	cr_expect_eq(TOCSIN("list", "acme", "shop", "--output", "json"), 0);
	listed = json_loads(printed, 0, NULL);
	cr_expect_str_eq(json_string_or(listed, "/items/0/name", ""), "morning");
	cr_expect_eq(TOCSIN("set", "acme", "shop", "bad", "--cron", "never",
			     "--message", "m", "--wait=30"),
		1);
	SAYS("/schedules/bad/cron");
	cr_expect_eq(TOCSIN("set", "acme", "shop", "bad"), 2);
	SAYS("--cron and --message");
	cr_expect_eq(TOCSIN("delete", "acme", "shop", "morning", "--wait=30"), 0);
	SAYS("schedule acme/shop morning deleted");
	cr_expect_eq(TOCSIN("delete", "acme", "shop", "morning", "--wait=30",
			     "--output=json"),
		0);
	SAYS("\"removed\": false");
	cr_expect_eq(TOCSIN("set", "--help"), 0);
	SAYS("--time-zone ZONE");
	stack_stop(&schedules_stack);
}
