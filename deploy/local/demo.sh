# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The main job on real input: one GitHub delivery and one Slack mention, signed as their
# senders sign, and for each every hop and what was posted.
# shellcheck disable=SC2034,SC2154

readonly story_seconds=30

# The lower-case hex HMAC-SHA256 of standard input under $1.
hmac_hex() {
	openssl dgst -sha256 -hmac "$1" -r | cut -d ' ' -f 1
}

# What the config store has said must have come to the router before an event does.
routes_are_known() {
	[ "$(fetch "http://$(address_of router)/metrics" 2>/dev/null |
		awk '$1 == "tocsin_router_routes" { print int($2) }')" -ge 2 ] 2>/dev/null || return 1
	[ "$(PGPASSWORD=$postgres_password psql -X -q -A -t -h 127.0.0.1 -p "$postgres_port" -U tocsin \
		-d tocsin -c 'SELECT count(*) FROM config.route_outbox' 2>/dev/null)" = 0 ]
}

# send PATH BODY HEADER...: a delivery; sets event_id.
send() {
	local path=$1 body=$2 header status seconds
	local arguments=(--silent --show-error --max-time 10 -o "$run_dir/answer"
		-w '%{http_code} %{time_total}\n' -H 'Content-Type: application/json')
	shift 2

	for header in "$@"; do
		arguments+=(-H "$header")
	done
	read -r status seconds < <(curl "${arguments[@]}" --data-binary "$body" "$TOCSIN_INGRESS_URL$path") ||
		die "the ingress does not answer at $TOCSIN_INGRESS_URL"
	say "POST $path answered $status in $(awk "BEGIN { printf \"%.1f\", $seconds * 1000 }") ms: $(<"$run_dir/answer")"
	[ "$status" = 200 ] || die "that should have been 200"
	event_id=$(sed -n 's/.*"event_id" *: *"\([^"]*\)".*/\1/p' "$run_dir/answer")
	[ -n "$event_id" ] || die "the ingress named no event id"
}

# A user's comment on an issue, as GitHub sends it.
demo_github() {
	local repository=${demo_github_issue%#*} number=${demo_github_issue#*#} body

	# An issue of its own for each demo, unless a real one is named.
	[ -n "${TOCSIN_DEMO_GITHUB_ISSUE:-}" ] || number=$((1 + $(date +%s) % 100000))
	body=$(
		cat <<END
{"action":"created","issue":{"number":$number,"title":"Checkout is slow since the last deployment","html_url":"https://github.com/$repository/issues/$number","user":{"login":"ada","type":"User"}},"comment":{"id":$RANDOM,"html_url":"https://github.com/$repository/issues/$number#issuecomment-1","body":"Is it us? Please have a first look.","user":{"login":"ada","type":"User"}},"repository":{"id":1296269,"full_name":"$repository","owner":{"login":"${repository%%/*}"}},"sender":{"login":"ada","type":"User"}}
END
	)
	send /webhooks/github "$body" "X-GitHub-Event: issue_comment" \
		"X-GitHub-Delivery: $(</proc/sys/kernel/random/uuid)" \
		"X-Hub-Signature-256: sha256=$(printf '%s' "$body" | hmac_hex "$TOCSIN_GITHUB_WEBHOOK_SECRET")"
	story
	posted github "$repository" "$number"
}

# A mention of the bot in a channel, as Slack sends it.
demo_slack() {
	local now ts body

	now=$(date +%s)
	ts=$now.$(printf '%06d' $((RANDOM * 30)))
	body=$(
		cat <<END
{"type":"event_callback","team_id":"T0DEMO","api_app_id":"A0DEMO","event_id":"Ev$(random_hex 5)","event_time":$now,"event":{"type":"app_mention","user":"U0ADA","channel":"$demo_slack_channel","ts":"$ts","event_ts":"$ts","text":"<@U0TOCSIN> is anything wrong with search?"},"authorizations":[{"team_id":"T0DEMO","user_id":"U0TOCSIN","is_bot":true}]}
END
	)
	send /webhooks/slack/events "$body" "X-Slack-Request-Timestamp: $now" \
		"X-Slack-Signature: v0=$(printf 'v0:%s:%s' "$now" "$body" | hmac_hex "$TOCSIN_SLACK_SIGNING_SECRET")"
	story
	posted slack "$demo_slack_channel" "$ts"
}

story() {
	say ""
	"$build_dir/cli/tocsin" events show "$event_id" --wait "$story_seconds" ||
		die "event $event_id has not come to its end; see the logs in $(shown .local/log/)"
	say ""
}

# posted WHERE PLACE WHICH: what the stand-in was sent there.
posted() {
	case $1 in
	slack) [ -z "${TOCSIN_SLACK_BOT_TOKEN:-}" ] || { say "The answer went to Slack itself."; return; } ;;
	github) [ -z "${TOCSIN_GITHUB_TOKEN:-}" ] || { say "The answer went to GitHub itself."; return; } ;;
	esac
	fetch "http://$(address_of standin)/_standin/state" |
		python3 "$root/deploy/local/posted.py" "$@" ||
		die "nothing was posted to the stand-in for $1"
}

demo_run() {
	process_wait router "told the teams' routes" routes_are_known
	# What the command line needs; it is asked as a person would ask it.
	# shellcheck source=/dev/null
	. "$local_dir/env"

	say ""
	step "GitHub: a comment on an issue of ${demo_github_issue%#*}, which belongs to team checkout"
	demo_github
	say ""
	step "Slack: a mention in channel $demo_slack_channel, which belongs to team search"
	demo_slack
	what_next
}

what_next() {
	cat <<END

== All of it is running. To try next:

. $(shown .local/env)
tocsin events list                  # what came in, and who it was for
tocsin runs list                    # what the agents did
tocsin config effective demo search # what team search is made of
tail -f $(shown '.local/log/*.log')

A Slack mention of your own, signed (paste it as it is):

now=\$(date +%s)
body='{"type":"event_callback","team_id":"T0DEMO","event_id":"Ev'\$now\$RANDOM'","event":{"type":"app_mention","user":"U0YOU","channel":"$demo_slack_channel","ts":"'\$now'.000100","text":"<@U0TOCSIN> are you there?"}}'
curl -i "\$TOCSIN_INGRESS_URL/webhooks/slack/events" -H 'Content-Type: application/json' \\
  -H "X-Slack-Request-Timestamp: \$now" \\
  -H "X-Slack-Signature: v0=\$(printf 'v0:%s:%s' "\$now" "\$body" | openssl dgst -sha256 -hmac "\$TOCSIN_SLACK_SIGNING_SECRET" -r | cut -d' ' -f1)" \\
  --data-binary "\$body"

Stop it with ./quickstart --down.
END
}
