# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The demo organisation: org "demo", unit "platform", teams "checkout" and "search", made
# over the config store's HTTP. What is there already stays as it is.
# shellcheck disable=SC2034,SC2154

readonly demo_org=demo
readonly demo_slack_channel=${TOCSIN_DEMO_SLACK_CHANNEL:-C0SEARCH001}
readonly demo_github_issue=${TOCSIN_DEMO_GITHUB_ISSUE:-demo/checkout#7}

# admin METHOD PATH [BODY]: prints the status; the answer is left in admin_answer.
admin() {
	local status
	local arguments=(--silent --show-error --max-time 20 -X "$1" -o "$run_dir/answer"
		-w '%{http_code}' -H @- -H 'Content-Type: application/json')

	[ $# -lt 3 ] || arguments+=(--data-binary "$3")
	# The token goes through standard input: arguments can be seen by every user.
	status=$(curl "${arguments[@]}" "$TOCSIN_CONFIG_URL/api/v1/admin/$2" \
		<<<"Authorization: Bearer $TOCSIN_ADMIN_TOKEN") ||
		die "the config store does not answer at $TOCSIN_CONFIG_URL"
	admin_answer=$(<"$run_dir/answer")
	admin_status=$status
}

# admin_make METHOD PATH BODY: 409 means that it is there.
admin_make() {
	admin "$@"
	case $admin_status in
	200 | 201 | 409) ;;
	*) die "$1 /api/v1/admin/$2 was answered $admin_status: $admin_answer" ;;
	esac
}

# One team's configuration. Its agent looks at the very system it runs in.
team_config() {
	local routing=$1 entrance=first-look overrides=$2

	[ -z "${TOCSIN_MODEL_URL:-}" ] || entrance=helper
	cat <<END
{
  "routing": $routing,
  "entrance_agent": "$entrance",
  "agents": {
    "first-look": {
      "kind": "runbook", "enabled": true, "timeout_seconds": 60,
      "steps": [
        {"id": "ingress", "tool": "ingress_ready", "arguments": {}},
        {"id": "store", "tool": "config_store_ready", "arguments": {}},
        {"id": "metrics", "tool": "ingress_metrics", "arguments": {}}
      ],
      "answer": "**First look** for *{{task.actor}}*.\n\n{{task.text}}\n\n- ingress ready: {{steps.ingress.status}} ({{steps.ingress.result}})\n- config store ready: {{steps.store.status}} ({{steps.store.result}})\n- ingress metrics: {{steps.metrics.status}}, beginning with\n\n\`\`\`\n{{steps.metrics.result}}\n\`\`\`"
    },
    "helper": {
      "kind": "model", "enabled": true, "timeout_seconds": 120, "max_turns": 8,
      "prompt": {"system": "You are the first responder of team {{task.team}}. Find out with your tools whether Tocsin, the system you run in, is healthy, then answer what was asked, briefly, in Markdown."},
      "model": {"name": "${TOCSIN_MODEL_NAME:-gpt-4o}"},
      "tools": {"ingress_ready": true, "config_store_ready": true, "ingress_metrics": true}
    }
  },
  "tools": {
    "ingress_ready": {
      "type": "http", "enabled": true, "description": "Whether the ingress can take webhooks",
      "method": "GET", "url": "$TOCSIN_INGRESS_URL/ready", "timeout_seconds": 10, "idempotent": true,
      "parameters": {"type": "object", "properties": {}, "required": []},
      "result": {"max_bytes": 500}
    },
    "config_store_ready": {
      "type": "http", "enabled": true, "description": "Whether the config store can do its job",
      "method": "GET", "url": "$TOCSIN_CONFIG_URL/ready", "timeout_seconds": 10, "idempotent": true,
      "parameters": {"type": "object", "properties": {}, "required": []},
      "result": {"max_bytes": 500}
    },
    "ingress_metrics": {
      "type": "http", "enabled": true, "description": "The ingress's metrics as Prometheus text",
      "method": "GET", "url": "$TOCSIN_INGRESS_URL/metrics", "timeout_seconds": 10, "idempotent": true,
      "parameters": {"type": "object", "properties": {}, "required": []},
      "result": {"max_bytes": 250}
    }
  },
  "output_config": {
    "default_destinations": [{"type": "log"}],
    "trigger_overrides": $overrides
  }
}
END
}

# team_set TEAM CONFIG: sets the team's own config when what is wanted has changed since
# it was last set from here; what people change themselves stays until then.
team_set() {
	local team=$1 config=$2 mark=$local_dir/demo.$1

	if [ "$(sha256sum <<<"$config")" = "$(cat "$mark" 2>/dev/null)" ]; then
		return
	fi
	admin PUT "orgs/$demo_org/nodes/$team/config" "{\"patch\": $config}"
	[ "$admin_status" = 200 ] || [ "$admin_status" = 201 ] ||
		die "the configuration of team $team was answered $admin_status: $admin_answer"
	sha256sum <<<"$config" >"$mark"
	setup_changed=1
}

# A token for the real thing and no place to try it: the answer goes to the log.
demo_overrides() {
	local slack=reply_in_thread github=comment_on_pr

	if [ -n "${TOCSIN_SLACK_BOT_TOKEN:-}" ] && [ -z "${TOCSIN_DEMO_SLACK_CHANNEL:-}" ]; then
		slack=use_default
	fi
	if [ -n "${TOCSIN_GITHUB_TOKEN:-}" ] && [ -z "${TOCSIN_DEMO_GITHUB_ISSUE:-}" ]; then
		github=use_default
	fi
	printf '{"slack": "%s", "github": "%s"}' "$slack" "$github"
}

setup_demo() {
	local overrides

	setup_changed=0
	overrides=$(demo_overrides)
	if [ ! -f "$local_dir/demo.org" ]; then
		step "Making the organisation demo: unit platform, teams checkout and search"
		admin_make POST orgs "{\"org_id\": \"$demo_org\", \"name\": \"Demo\"}"
		admin_make POST "orgs/$demo_org/nodes" \
			"{\"node_id\": \"platform\", \"parent_id\": \"$demo_org\", \"node_type\": \"unit\", \"name\": \"Platform\"}"
		admin_make POST "orgs/$demo_org/teams/checkout" '{"name": "Checkout", "parent_id": "platform"}'
		admin_make POST "orgs/$demo_org/teams/search" '{"name": "Search", "parent_id": "platform"}'
		: >"$local_dir/demo.org"
	fi
	team_set checkout "$(team_config \
		"{\"github_repos\": [\"${demo_github_issue%#*}\"], \"slack_channel_ids\": [\"C0CHECKOUT1\"]}" "$overrides")"
	team_set search "$(team_config \
		"{\"github_repos\": [\"demo/search\"], \"slack_channel_ids\": [\"$demo_slack_channel\"]}" "$overrides")"
}
