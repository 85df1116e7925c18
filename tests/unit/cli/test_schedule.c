// SPDX-License-Identifier: Apache-2.0
// tocsin schedule against an ingress that answers what a test wants.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/call.h"
#include "common/http/http_server.h"

static char wait_said[16];
static const char *given;
static int status;

static void answer(void *context, struct http_request *request)
{
	const char *seconds = http_query(request, "wait");

	(void)context;
	(void)snprintf(wait_said, sizeof(wait_said), "%s", seconds ? seconds : "-");
	http_answer(request,
		&(struct http_answer){
			.status = status, .body = given, .len = strlen(given)});
}

/* What is printed, and the words of a failure, in `said`; true when it went well. */
static bool run(struct cli *cli, const char *command, char *said, size_t size)
{
	static const char path[] = "/api/v1/admin/schedules/team";
	static const struct http_route routes[] = {{"POST", path, answer},
		{"DELETE", path, answer}, {"GET", path, answer}, {NULL}};
	struct http_server *server AUTO(http_server_stop) = NULL;
	const struct command *one = schedule_commands;
	char url[128], *printed = NULL;
	struct fault fault = {0};
	size_t len;
	bool good;

	cr_assert(http_server_start(&server,
			  &(struct http_server_options){
				  .listen = "127.0.0.1:0", .routes = routes},
			  &fault),
		"%s", fault.text);
	(void)snprintf(url, sizeof(url), "http://%s", http_server_address(server));
	(void)setenv("TOCSIN_ADMIN_TOKEN", "0123456789abcdef", 1);
	(void)setenv("TOCSIN_INGRESS_URL", url, 1);
	while (strcmp(one->name, command) != 0)
		one++;
	cli->arguments[0] = "acme";
	cli->arguments[1] = "shop";
	cli->arguments[2] = "n";
	cli->count = one->most;
	cli->out = open_memstream(&printed, &len);
	good = one->run(cli);
	(void)fclose(cli->out);
	(void)snprintf(said, size, "%s%s", printed, text_string(&cli->error));
	free(printed);
	return good;
}

Test(schedule, says_what_became_of_the_order)
{
	static const struct {
		const char *command, *wait, *answer, *said;
		int status;
		bool good;
	} cases[] = {
		{"set", NULL,
			"{\"status\":\"succeeded\",\"steps\":{\"schedule\":{\"result\":"
			"{\"version\":7,\"changed\":true}}}}",
			"schedule acme/shop n is set: version 7 of its configuration\n",
			200, true},
		{"set", "5",
			"{\"status\":\"succeeded\",\"steps\":{\"schedule\":{\"result\":"
			"{\"version\":7,\"changed\":false}}}}",
			"schedule acme/shop n was so already: version 7 of its "
			"configuration\n",
			200, true},
		{"set", NULL,
			"{\"status\":\"failed\",\"error\":\"step schedule: "
			"/schedules/n/cron: \\u001b[2Jno\"}",
			"step schedule: /schedules/n/cron: ?[2Jno", 200, false},
		{"set", NULL, "{\"status\":\"running\",\"provisioning_run_id\":\"r1\"}",
			"not done after 20 s, and not given up: run r1 is running\n"
			"See: GET /api/v1/admin/provision/runs/r1",
			202, false},
		{"set", NULL,
			"{\"status\":\"succeeded\",\"steps\":{\"schedule\":{\"result\":"
			"{\"name\":\"n\",\"overtaken\":true}}}}",
			"schedule acme/shop n: a later order was carried out before "
			"this one, which did nothing\n",
			200, true},
		{"set", "0", "{\"status\":\"queued\",\"provisioning_run_id\":\"r1\"}",
			"schedule acme/shop n: run r1 is queued\n", 202, true},
		{"delete", NULL,
			"{\"status\":\"succeeded\",\"steps\":{\"schedule\":{\"result\":"
			"{\"removed\":true,\"inherited\":true}}}}",
			"schedule acme/shop n deleted; a node above has it, and it "
			"goes on\n",
			200, true},
		{"delete", NULL,
			"{\"status\":\"succeeded\",\"steps\":{\"schedule\":{\"result\":"
			"{\"removed\":false,\"inherited\":false}}}}",
			"schedule acme/shop n was not there to delete\n", 200, true},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct cli cli AUTO(cli_done) = {
			.values = {[OPTION_CRON] = "@daily",
				[OPTION_MESSAGE] = "m",
				[OPTION_WAIT] = cases[i].wait}};
		char said[512];

		given = cases[i].answer;
		status = cases[i].status;
		cr_expect_eq(run(&cli, cases[i].command, said, sizeof(said)),
			cases[i].good, "case %zu", i);
		cr_expect_str_eq(said, cases[i].said, "case %zu", i);
		cr_expect_str_eq(
			wait_said, cases[i].wait ? cases[i].wait : "20", "case %zu", i);
	}
}

Test(schedule, is_not_sent_when_it_is_not_understood)
{
	static const struct {
		const char *cron, *message, *wait, *said;
	} cases[] = {
		{NULL, "m", NULL, "--cron and --message are needed"},
		{"@daily", NULL, NULL, "--cron and --message are needed"},
		{"@daily", "m", "31", "--wait 31: must be seconds, 0 to 30"},
		{"@daily", "m", "x", "--wait x: must be seconds, 0 to 30"},
		{"@daily", "m", "", "--wait : must be seconds, 0 to 30"},
		{"@daily", "\xff", NULL, "what is sent must be UTF-8"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct cli cli AUTO(cli_done) = {
			.values = {[OPTION_CRON] = cases[i].cron,
				[OPTION_MESSAGE] = cases[i].message,
				[OPTION_WAIT] = cases[i].wait}};
		char said[512];

		(void)strcpy(wait_said, "unsent");
		cr_expect_not(run(&cli, "set", said, sizeof(said)), "case %zu", i);
		cr_expect_eq(cli.status, CLI_USAGE, "case %zu", i);
		cr_expect_str_eq(said, cases[i].said, "case %zu", i);
		cr_expect_str_eq(wait_said, "unsent", "case %zu", i);
	}
}

Test(schedule, names_the_ingress_when_nobody_answers)
{
	struct cli cli AUTO(cli_done) = {
		.values = {[OPTION_URL] = "http://127.0.0.1:1/"}, .at_ingress = true};
	json_t *got = NULL;

	(void)setenv("TOCSIN_ADMIN_TOKEN", "0123456789abcdef", 1);
	cr_expect_not(call(&cli, "GET", "/api/v1/admin/schedules/team", NULL, &got));
	cr_expect(strstr(text_string(&cli.error), "Is the ingress running there?"),
		"%s", text_string(&cli.error));
	cr_expect(strstr(text_string(&cli.error), "TOCSIN_INGRESS_URL"));
}
