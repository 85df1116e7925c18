// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/config_data.h"

#include <stdio.h>

const char data_org_config[] =
	"{\"entrance_agent\":\"triage\",\"agents\":{\"triage\":{\"kind\":\"model\","
	"\"enabled\":true,\"timeout_seconds\":300,\"max_turns\":20,\"prompt\":"
	"{\"system\":\"You are on call. Find out what is wrong, say how sure you are, "
	"and name the next step. Change nothing.\"},\"model\":{\"name\":\"gpt-4o\","
	"\"temperature\":0.2,\"max_tokens\":4000},\"tools\":{\"service_status\":true,"
	"\"deployments\":true}}},\"tools\":{\"service_status\":{\"type\":\"http\","
	"\"enabled\":true,\"description\":\"What a service says of itself\",\"method\":"
	"\"GET\",\"url\":\"https://status.example.com/{service}\",\"parameters\":"
	"{\"type\":\"object\",\"properties\":{\"service\":{\"type\":\"string\"}},"
	"\"required\":[\"service\"]},\"timeout_seconds\":10,\"idempotent\":true},"
	"\"deployments\":{\"type\":\"http\",\"enabled\":true,\"description\":\"The "
	"last "
	"deployments\",\"method\":\"GET\",\"url\":\"https://deploy.example.com/last\","
	"\"parameters\":{\"type\":\"object\",\"properties\":{},\"required\":[]},"
	"\"timeout_seconds\":10,\"idempotent\":true}},\"output_config\":"
	"{\"default_destinations\":[{\"type\":\"log\"}]}}";

const char data_division_config[] =
	"{\"runtime\":{\"max_concurrent_runs\":10,\"timeout_seconds\":600},"
	"\"labels\":{\"cost_center\":\"cc-4711\",\"region\":\"eu\"}}";

const char data_group_config[] =
	"{\"agents\":{\"triage\":{\"timeout_seconds\":240,\"model\":"
	"{\"temperature\":0.1}}},\"output_config\":{\"trigger_overrides\":"
	"{\"github\":\"comment_on_pr\",\"slack\":\"reply_in_thread\"}}}";

void data_team(struct data_team *out, long number)
{
	long place = number % DATA_TEAMS;
	long group = place / (DATA_TEAMS / DATA_GROUPS);

	(void)snprintf(out->org, sizeof(out->org), "org-%06ld", number / DATA_TEAMS);
	(void)snprintf(out->division, sizeof(out->division), "division-%ld",
		group / (DATA_GROUPS / DATA_DIVISIONS));
	(void)snprintf(out->group, sizeof(out->group), "group-%ld", group);
	(void)snprintf(out->team, sizeof(out->team), "team-%ld", place);
}

void data_token(char out[DATA_TOKEN_SIZE], long number)
{
	(void)snprintf(out, DATA_TOKEN_SIZE, "%0*lx.secret_of_the_bench-%0*ld",
		DATA_TOKEN_ID_LEN, number, DATA_SECRET_LEN - 20, number);
}

void data_claims(struct data_claim out[DATA_CLAIMS], long number)
{
	static const struct {
		const char *type, *before, *after;
	} forms[DATA_CLAIMS] = {{"slack_channel_id", "C0", "A"},
		{"slack_channel_id", "C0", "B"},
		{"github_repo", "example/repository-", ""},
		{"pagerduty_service_id", "P", ""}, {"service", "service-", ""}};

	for (int i = 0; i < DATA_CLAIMS; i++) {
		out[i].type = forms[i].type;
		(void)snprintf(out[i].value, sizeof(out[i].value), "%s%07ld%s",
			forms[i].before, number, forms[i].after);
	}
}

void data_team_config(char out[DATA_CONFIG_SIZE], long number)
{
	struct data_claim claims[DATA_CLAIMS];

	data_claims(claims, number);
	(void)snprintf(out, DATA_CONFIG_SIZE,
		"{\"routing\":{\"slack_channel_ids\":[\"%s\",\"%s\"],\"github_repos\":"
		"[\"%s\"],\"pagerduty_service_ids\":[\"%s\"],\"services\":[\"%s\"]},"
		"\"agents\":{\"triage\":{\"prompt\":{\"system\":\"You are on call for "
		"%s. Find out what is wrong, say how sure you are, and name the next "
		"step.\"}}},\"output_config\":{\"default_destinations\":[{\"type\":"
		"\"slack\",\"channel_id\":\"%s\"}]}}",
		claims[0].value, claims[1].value, claims[2].value, claims[3].value,
		claims[4].value, claims[4].value, claims[0].value);
}
