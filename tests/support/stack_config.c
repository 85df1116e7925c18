// SPDX-License-Identifier: Apache-2.0
// The two organisations of a stack, set up over the config store's HTTP as a person
// would.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/support/stack.h"

enum { ROUTED_MS = 15000 };

/* The agent of a test that names none. @ is the stand-in's address. */
static const char runbook[] =
	"{\"entrance_agent\":\"triage\",\"agents\":{\"triage\":{\"kind\":\"runbook\","
	"\"enabled\":true,\"timeout_seconds\":60,\"steps\":[{\"id\":\"look\",\"tool\":"
	"\"look\",\"arguments\":{\"key\":\"{{task.run_id}}\"}}],\"answer\":\"**{{task."
	"text}}**\\n\\nlook says "
	"{{steps.look.status}}\"}},\"tools\":{\"look\":{\"type\":"
	"\"http\",\"enabled\":true,\"description\":\"Looks\",\"method\":\"GET\","
	"\"url\":"
	"\"http://@/tools/look?key={key}\",\"parameters\":{\"type\":\"object\","
	"\"properties\":{\"key\":{\"type\":\"string\"}},\"required\":[\"key\"]},"
	"\"timeout_seconds\":10}}}";

/* `text` with each @ replaced. */
static char *fill(const char *text, const char *address)
{
	struct text out = {0};
	char *filled;

	for (const char *p = text; *p; p++)
		if (*p == '@')
			text_add(&out, address);
		else
			text_add_char(&out, *p);
	filled = text_take(&out);
	cr_assert(filled);
	return filled;
}

static void must(const struct stack *stack, const char *line, const char *body)
{
	json_t *answer AUTO(json_decref) = NULL;
	int status = stack_call(stack, ADMIN_TOKEN, line, body, &answer);
	char *printed AUTO(free) = answer ? json_dumps(answer, 0) : NULL;

	cr_assert(status == 200 || status == 201, "%s %s: %d %s", line, body, status,
		printed ? printed : "");
}

void stack_configure(
	struct stack *stack, const char *org, const char *team, const char *config)
{
	char *filled AUTO(free) = fill(config, stack->standin_address);
	struct text body AUTO(text_done) = {0};
	char line[256];

	(void)snprintf(line, sizeof(line), "PUT /api/v1/admin/orgs/%s/nodes/%s/config",
		org, team);
	text_printf(&body, "{\"patch\":%s}", filled);
	must(stack, line, text_string(&body));
}

struct place {
	const char *org, *team, *channels, *repository, *channel;
};

static void make(struct stack *stack, const struct place *place)
{
	const char *config = stack->options->config;
	char line[256], body[1024];

	(void)snprintf(body, sizeof(body), "{\"org_id\":\"%s\",\"name\":\"%s\"}",
		place->org, place->org);
	must(stack, "POST /api/v1/admin/orgs", body);
	(void)snprintf(line, sizeof(line), "POST /api/v1/admin/orgs/%s/teams/%s",
		place->org, place->team);
	must(stack, line, "{}");
	(void)snprintf(body, sizeof(body),
		"{\"routing\":{\"slack_channel_ids\":[%s],\"github_repos\":[\"%s\"]},"
		"\"runtime\":{\"max_concurrent_runs\":20},\"output_config\":{"
		"\"default_destinations\":[{\"type\":\"slack\",\"channel_id\":\"%s\"}]}"
		"}",
		place->channels, place->repository, place->channel);
	stack_configure(stack, place->org, place->team, config ? config : runbook);
	stack_configure(stack, place->org, place->team, body);
}

/* An event that reaches a team shows that the router knows it; nothing is asked. */
static bool is_routed(struct stack *stack, const struct place *place)
{
	static int probes;
	char id[64], event_id[64], *body;

	(void)snprintf(id, sizeof(id), "probe-%d", probes++);
	body = body_of_issue(place->repository, "labeled", 1);
	if (stack_send_github(stack, "issues", id, body, event_id) != 200)
		return false;
	(void)WAIT_UNTIL(number_of(stack->database,
				 "SELECT count(*) FROM audit.record WHERE event_id = "
				 "'%s' AND action IN ('event.ignored', "
				 "'event.unrouted')",
				 event_id) > 0,
		2000);
	return number_of(stack->database,
		       "SELECT count(*) FROM audit.record WHERE event_id = '%s' AND "
		       "org = '%s' AND team = '%s'",
		       event_id, place->org, place->team) > 0;
}

void stack_organisations(struct stack *stack)
{
	static const struct place places[] = {
		{"acme", "shop", "\"C0SHOP1\",\"C0SHOP2\",\"C0SHOP3\",\"C0SHOP4\"",
			"acme/shop", "C0SHOP1"},
		{"rival", "lab", "\"C0LAB1\"", "rival/lab", "C0LAB1"},
	};

	for (size_t i = 0; i < countof(places); i++)
		make(stack, &places[i]);
	for (size_t i = 0; i < countof(places); i++)
		cr_assert(WAIT_UNTIL(is_routed(stack, &places[i]), ROUTED_MS),
			"%s/%s is not routed", places[i].org, places[i].team);
}
