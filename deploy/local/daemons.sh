# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The stand-in and the six daemons: which settings each gets, and that each is running
# with the program and the settings of now.
# shellcheck disable=SC2154

# In the order in which they start.
readonly daemons=(standin config-store audit-sink router provisioner agent-worker ingress)

address_of() {
	cat "$run_dir/$1.address"
}

daemon_program() {
	case $1 in
	standin) printf '%s/tests/standin/tocsin-standin' "$build_dir" ;;
	*) printf '%s/tocsin-%s' "$build_dir" "$1" ;;
	esac
}

# Where to listen: where it did the last time, if that is free.
daemon_listen() {
	local address=

	if [ -s "$run_dir/$1.last" ]; then
		address=$(<"$run_dir/$1.last")
	fi
	if [ -n "$address" ] && port_is_free "${address##*:}"; then
		printf '%s' "$address"
	else
		printf '127.0.0.1:0'
	fi
}

# Prints KEY=VALUE lines: what this daemon is given beyond where to listen.
daemon_settings() {
	[ "$1" != standin ] || return 0
	printf '%s\n' "TOCSIN_NATS_URL=$nats_url"
	other_settings
	case $1 in
	ingress)
		printf '%s\n' "TOCSIN_SLACK_SIGNING_SECRET=$TOCSIN_SLACK_SIGNING_SECRET" \
			"TOCSIN_GITHUB_WEBHOOK_SECRET=$TOCSIN_GITHUB_WEBHOOK_SECRET" \
			"TOCSIN_PAGERDUTY_WEBHOOK_SECRET=$TOCSIN_PAGERDUTY_WEBHOOK_SECRET" \
			"TOCSIN_INCIDENTIO_WEBHOOK_SECRET=$TOCSIN_INCIDENTIO_WEBHOOK_SECRET" \
			"TOCSIN_GENERIC_WEBHOOK_SECRET=$TOCSIN_GENERIC_WEBHOOK_SECRET" \
			"TOCSIN_SOURCES_FILE=$(sources_file)"
		source_secrets
		;;
	config-store)
		printf '%s\n' "TOCSIN_DATABASE_URL=$database_url" \
			"TOCSIN_ADMIN_TOKEN=$TOCSIN_ADMIN_TOKEN" \
			"TOCSIN_SECRETS_KEY=$TOCSIN_SECRETS_KEY"
		;;
	audit-sink)
		printf '%s\n' "TOCSIN_DATABASE_URL=$database_url"
		;;
	agent-worker)
		agent_worker_settings
		;;
	esac
}

sources_file() {
	printf '%s' "${TOCSIN_SOURCES_FILE:-$root/deploy/sources/sources.json}"
}

# The secrets of the other rows of the sources file, where the person has set them.
source_secrets() {
	local name

	for name in $(compgen -e TOCSIN_); do
		case $name in
		TOCSIN_GITHUB_WEBHOOK_SECRET* | TOCSIN_PAGERDUTY_WEBHOOK_SECRET* | \
			TOCSIN_INCIDENTIO_WEBHOOK_SECRET* | TOCSIN_GENERIC_WEBHOOK_SECRET*) ;;
		*_WEBHOOK_SECRET | *_WEBHOOK_SECRET_FILE) printf '%s=%s\n' "$name" "${!name}" ;;
		esac
	done
}

# What the person has set, and nothing here decides, goes to every daemon.
other_settings() {
	local name

	for name in $(compgen -e TOCSIN_); do
		case $name in
		*_URL | *_SECRET | *_TOKEN | *_KEY | *_FILE | *_LISTEN | TOCSIN_DEMO_* | \
			TOCSIN_MODEL_* | TOCSIN_EGRESS_ALLOW) ;;
		*) printf '%s=%s\n' "$name" "${!name}" ;;
		esac
	done
}

# Real services where there are tokens for them, the stand-in where there are none.
agent_worker_settings() {
	local standin

	standin=http://$(address_of standin)
	[ -z "${TOCSIN_WEBHOOK_SIGNING_SECRET:-}" ] ||
		printf '%s\n' "TOCSIN_WEBHOOK_SIGNING_SECRET=$TOCSIN_WEBHOOK_SIGNING_SECRET"
	printf '%s\n' "TOCSIN_EGRESS_ALLOW=${TOCSIN_EGRESS_ALLOW:-127.0.0.1}"
	if [ -n "${TOCSIN_SLACK_BOT_TOKEN:-}" ]; then
		printf '%s\n' "TOCSIN_SLACK_BOT_TOKEN=$TOCSIN_SLACK_BOT_TOKEN"
		[ -z "${TOCSIN_SLACK_API_URL:-}" ] ||
			printf '%s\n' "TOCSIN_SLACK_API_URL=$TOCSIN_SLACK_API_URL"
	else
		printf '%s\n' "TOCSIN_SLACK_API_URL=$standin/slack/api" "TOCSIN_SLACK_BOT_TOKEN=xoxb-standin"
	fi
	if [ -n "${TOCSIN_GITHUB_TOKEN:-}" ]; then
		printf '%s\n' "TOCSIN_GITHUB_TOKEN=$TOCSIN_GITHUB_TOKEN"
		[ -z "${TOCSIN_GITHUB_API_URL:-}" ] ||
			printf '%s\n' "TOCSIN_GITHUB_API_URL=$TOCSIN_GITHUB_API_URL"
	else
		printf '%s\n' "TOCSIN_GITHUB_API_URL=$standin/github" "TOCSIN_GITHUB_TOKEN=ghs_standin"
	fi
	if [ -n "${TOCSIN_MODEL_URL:-}" ]; then
		printf '%s\n' "TOCSIN_MODEL_URL=$TOCSIN_MODEL_URL" \
			"TOCSIN_MODEL_API_KEY=${TOCSIN_MODEL_API_KEY:-}"
		[ -z "${TOCSIN_MODEL_NAME:-}" ] ||
			printf '%s\n' "TOCSIN_MODEL_NAME=$TOCSIN_MODEL_NAME"
	fi
}

# What, when it changes, calls for a new process. No secret can be read from it.
daemon_fingerprint() {
	{
		stat -c '%Y %s' "$(daemon_program "$1")"
		daemon_settings "$1"
	} | sha256sum
}

daemon_is_ready() {
	[ -s "$run_dir/$1.address" ] || return 1
	if [ "$1" = standin ]; then
		fetch -o /dev/null "http://$(address_of "$1")/_standin/state" 2>/dev/null
	else
		fetch -o /dev/null "http://$(address_of "$1")/ready" 2>/dev/null
	fi
}

daemon_start() {
	local name=$1 listen

	if process_runs "$name"; then
		if [ "$(daemon_fingerprint "$name")" = "$(cat "$run_dir/$name.settings" 2>/dev/null)" ]; then
			return
		fi
		process_stop "$name" >/dev/null
	fi
	rm -f "$run_dir/$name.address"
	listen=$(daemon_listen "$name")
	mapfile -t process_settings < <(daemon_settings "$name")
	if [ "$name" = standin ]; then
		process_start standin "$(daemon_program standin)" --listen "$listen" \
			--listen-file "$run_dir/standin.address" --print
	else
		process_settings+=("TOCSIN_LISTEN=$listen"
			"TOCSIN_LISTEN_FILE=$run_dir/$name.address")
		process_start "$name" "$(daemon_program "$name")"
	fi
	daemon_fingerprint "$name" >"$run_dir/$name.settings"
	daemons_started+=("$name")
}

daemons_start() {
	local name

	daemons_started=()
	for name in "${daemons[@]}"; do
		daemon_start "$name"
		# The next ones are told where the stand-in and the config store are.
		process_wait "$name" ready daemon_is_ready "$name"
		cp "$run_dir/$name.address" "$run_dir/$name.last"
	done
	if [ ${#daemons_started[@]} -gt 0 ]; then
		step "Started ${daemons_started[*]}"
	fi
}

daemons_stop() {
	local i

	for ((i = ${#daemons[@]} - 1; i >= 0; i--)); do
		process_stop "${daemons[i]}"
	done
}
