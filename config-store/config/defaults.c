// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/defaults.h"

#include <pthread.h>

json_t *defaults_routing_new(void)
{
	return json_pack("{s[],s[],s[],s[],s[],s[],s[]}", "slack_channel_ids",
		"github_repos", "pagerduty_service_ids", "incidentio_team_ids",
		"incidentio_alert_source_ids", "coralogix_team_names", "services");
}

static json_t *runbook(void)
{
	return json_pack("{ss,sb,si,s[],ss}", "kind", "runbook", "enabled", 1,
		"timeout_seconds", 60, "steps", "answer",
		"**{{task.text}}**\n\nThis reached team {{task.team}} of {{task.org}} "
		"from "
		"{{task.source}}, and no agent has been set up for the team yet. Set "
		"`entrance_agent` and `agents` in its configuration.");
}

json_t *defaults_new(void)
{
	return json_pack("{so,ss,s{so},s{},s{},s{s[],s{}},s{si,si,si,ss}}", "routing",
		defaults_routing_new(), "entrance_agent", "runbook", "agents",
		"runbook", runbook(), "tools", "integrations", "output_config",
		"default_destinations", "trigger_overrides", "runtime",
		"max_concurrent_runs", DEFAULT_CONCURRENT_RUNS, "timeout_seconds", 300,
		"max_turns", 20, "pool", "shared");
}

static char *printed; /* a constant from the first call on */

static void print(void)
{
	json_t *defaults AUTO(json_decref) = defaults_new();

	printed = json_print(defaults);
}

const char *defaults_text(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, print);
	return printed;
}
