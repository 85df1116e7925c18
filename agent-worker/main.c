// SPDX-License-Identifier: Apache-2.0
// tocsin-agent-worker: claims runs, lets agents work, posts their answers.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent-worker/api.h"
#include "agent-worker/slot.h"
#include "common/http/http_server.h"
#include "common/ids.h"
#include "common/nats/streams.h"
#include "common/nats/subjects.h"

enum { IN_FLIGHT = 1024, WAITING_MAX = 1024, SLOTS_MAX = 1024, NAME_SIZE = 128 };

static struct config {
	struct daemon_config daemon;
	struct streams_config streams;
	long slots, lease_ms, ack_wait_ms;
	char *pool, *org, *team;
	char *slack_url, *slack_token, *github_url, *github_token;
	char *model_url, *model_key, *model_name;
	char *egress_allow, *webhook_secret;
} config;

#define AT(member) offsetof(struct config, member)

static const struct setting settings[] = {
	DAEMON_SETTINGS(struct config, daemon, "127.0.0.1:8082"),
	STREAMS_SETTINGS(struct config, streams),
	{SETTING_NUMBER, "WORKER_SLOTS", "8", AT(slots), "Runs at work at once"},
	{SETTING_DURATION, "LEASE", "30s", AT(lease_ms),
		"How long a run stays a worker's that is no longer heard of"},
	{SETTING_DURATION, "ACK_WAIT", "30s", AT(ack_wait_ms),
		"How long a task stays a worker's that is no longer heard of"},
	{SETTING_TEXT, "WORKER_POOL", "shared", AT(pool),
		"shared: tasks of all teams without workers of their own; dedicated"},
	{SETTING_TEXT, "WORKER_ORG", "", AT(org), "Whose tasks, where dedicated"},
	{SETTING_TEXT, "WORKER_TEAM", "", AT(team), "Whose tasks, where dedicated"},
	{SETTING_URL, "SLACK_API_URL", "https://slack.com/api", AT(slack_url),
		"Base of Slack's Web API"},
	{SETTING_SECRET, "SLACK_BOT_TOKEN", "", AT(slack_token),
		"For teams without integrations.slack.bot_token"},
	{SETTING_URL, "GITHUB_API_URL", "https://api.github.com", AT(github_url),
		"Base of GitHub's API"},
	{SETTING_SECRET, "GITHUB_TOKEN", "", AT(github_token),
		"For teams without integrations.github.token"},
	{SETTING_URL, "MODEL_URL", "", AT(model_url),
		"Base of an OpenAI-compatible API, as https://host/v1; none: no model"},
	{SETTING_SECRET, "MODEL_API_KEY", "", AT(model_key), "For MODEL_URL"},
	{SETTING_TEXT, "MODEL_NAME", "", AT(model_name), "For agents that name none"},
	{SETTING_TEXT, "EGRESS_ALLOW", "", AT(egress_allow),
		"Private addresses that tools and webhooks may reach, with commas"},
	{SETTING_SECRET, "WEBHOOK_SIGNING_SECRET", "", AT(webhook_secret),
		"whsec_…, for teams without integrations.webhook.signing_secret"},
	{0},
};

/* What a worker takes, and under which name. "=" stands in no id, so names are unique.
 */
struct intake {
	char durable[NAME_SIZE * 2], filter[SUBJECT_SIZE];
};

static bool choose_intake(struct intake *out, struct fault *fault)
{
	if (strcmp(config.pool, "shared") == 0) {
		(void)snprintf(out->durable, sizeof(out->durable), "agent-worker");
		(void)snprintf(out->filter, sizeof(out->filter), SUBJECT_TASK, "shared",
			"*", "*");
		return true;
	}
	if (strcmp(config.pool, "dedicated") != 0)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_WORKER_POOL=%.40s: must be shared or dedicated",
			config.pool);
	if (!id_is_name(config.org) || !id_is_name(config.team))
		return fault_set(fault, FAULT_FATAL,
			"a dedicated worker needs TOCSIN_WORKER_ORG and "
			"TOCSIN_WORKER_TEAM, not '%.63s' and '%.63s'",
			config.org, config.team);
	(void)snprintf(out->durable, sizeof(out->durable), "agent-worker=%s=%s",
		config.org, config.team);
	(void)snprintf(out->filter, sizeof(out->filter), SUBJECT_TASK, "dedicated",
		config.org, config.team);
	return true;
}

static bool check_numbers(struct fault *fault)
{
	if (config.slots < 1 || config.slots > SLOTS_MAX)
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_WORKER_SLOTS=%ld: must be 1 to %d", config.slots,
			SLOTS_MAX);
	return config.lease_ms >= 1000 ||
		fault_set(fault, FAULT_FATAL,
			"TOCSIN_LEASE is %ld ms: must be 1s or more", config.lease_ms);
}

/* Before anything is waited for: a bad value stops the start. */
static bool check_egress(struct fault *fault)
{
	struct http_client *client AUTO(http_client_close) = NULL;
	struct fault why = {0};

	return http_client_open(&client, config.egress_allow, &why) ||
		fault_set(fault, FAULT_FATAL, "TOCSIN_EGRESS_ALLOW=%.80s: %.150s",
			config.egress_allow, why.text);
}

static void name_worker(char *out)
{
	char host[64] = "", random[9];
	unsigned char bytes[4];

	(void)gethostname(host, sizeof(host) - 1);
	id_random(bytes, sizeof(bytes));
	id_hex(random, bytes, sizeof(bytes));
	(void)snprintf(out, NAME_SIZE, "%s-%d-%s", host, (int)getpid(), random);
}

static bool is_ready(void *context, struct fault *fault)
{
	const struct process *process = context;

	return bus_is_connected(process->bus) ||
		fault_set(fault, FAULT_RETRY, "no connection to NATS");
}

static bool serve(
	struct process *process, const struct intake *intake, struct fault *fault)
{
	struct slots *slots AUTO(slots_close) = NULL;
	struct http_server *server AUTO(http_server_stop) = NULL;
	struct worker worker = {.stream = STREAM_TASKS,
		.durable = intake->durable,
		.filter = intake->filter,
		/* Postponed tasks count as waiting: one team at its limit must not
		 * fill the window for all. */
		.batch = WAITING_MAX,
		.threads = (int)config.slots,
		.ack_wait_ms = config.ack_wait_ms,
		/* Attempts are counted by the claim; until there is one, tasks wait. */
		.max_deliveries = 0,
		.handle = slot_handle};

	if (!slots_open(&slots, process, (int)config.slots, config.egress_allow, fault))
		return false;
	worker.context = slots;
	return http_server_start(&server,
		       &(struct http_server_options){.listen = config.daemon.listen,
			       .listen_file = config.daemon.listen_file,
			       .routes = api_routes,
			       .context = process,
			       .blocking_threads = 2,
			       .ready = is_ready},
		       fault) &&
		worker_run(&worker, process->bus, process->publisher, fault);
}

static bool run(struct fault *fault)
{
	static const char *const streams[] = {
		STREAM_TASKS, STREAM_STEPS, STREAM_AUDIT, STREAM_DEAD, NULL};
	struct bus *bus AUTO(bus_close) = NULL;
	struct publisher *publisher AUTO(publisher_close) = NULL;
	struct leases *leases AUTO(leases_close) = NULL;
	struct intake intake;
	char name[NAME_SIZE];
	struct process process = {.worker = name,
		.pool = config.pool,
		.model = {config.model_url, config.model_key, config.model_name},
		.endpoints = {config.slack_url, config.slack_token, config.github_url,
			config.github_token, config.webhook_secret}};

	name_worker(name);
	if (!choose_intake(&intake, fault) || !check_numbers(fault) ||
		!check_egress(fault) ||
		!bus_open(&bus, &config.daemon, "tocsin-agent-worker", fault) ||
		!streams_ensure(bus, &config.streams, streams, fault) ||
		!publisher_open(&publisher, bus, IN_FLIGHT, fault) ||
		!leases_open(&leases, bus, config.lease_ms, fault))
		return false;
	process.bus = bus;
	process.publisher = publisher;
	process.leases = leases;
	return serve(&process, &intake, fault);
}

int main(int argc, char **argv)
{
	static const struct daemon daemon = {
		.name = "agent-worker",
		.summary = "claims runs, lets agents work, posts their answers",
		.settings = settings,
		.config = &config,
		.log_level = (const char *const *)&config.daemon.log_level,
		.run = run,
	};

	return daemon_main(&daemon, argc, argv);
}
