# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Secrets: what the environment gives wins, else what was made here before, else new ones.
# And .local/env, with which a person reaches what runs.
# shellcheck disable=SC2034,SC2154

readonly secrets_file=$local_dir/secrets

random_hex() {
	openssl rand -hex "$1"
}

# secret_load NAME COMMAND...: sets and exports the variable NAME.
secret_load() {
	local name=$1 value
	shift

	value=${!name:-}
	if [ -z "$value" ] && [ -f "$secrets_file" ]; then
		value=$(sed -n "s/^$name=//p" "$secrets_file")
	fi
	[ -n "$value" ] || value=$("$@")
	case $value in
	*$'\n'*) die "$name has a line break in it: give one secret" ;;
	esac
	printf -v "$name" '%s' "$value"
	secrets+=("$name")
}

standard_webhooks_secret() {
	printf 'whsec_%s' "$(openssl rand -base64 32)"
}

# What is given as a file, as the daemons take it too.
secrets_read_files() {
	local name file

	for name in TOCSIN_{ADMIN,SLACK_BOT,GITHUB}_TOKEN TOCSIN_SLACK_SIGNING_SECRET \
		TOCSIN_{GITHUB,PAGERDUTY,INCIDENTIO,GENERIC}_WEBHOOK_SECRET TOCSIN_MODEL_API_KEY; do
		file=${name}_FILE
		[ -n "${!file:-}" ] || continue
		[ -z "${!name:-}" ] || die "$name and $file are both set; set one"
		[ -r "${!file}" ] || die "$file=${!file} cannot be read"
		printf -v "$name" '%s' "$(<"${!file}")"
	done
}

secrets_load() {
	local name

	secrets_read_files
	secrets=()
	secret_load TOCSIN_ADMIN_TOKEN random_hex 32
	secret_load TOCSIN_SLACK_SIGNING_SECRET random_hex 16
	secret_load TOCSIN_GITHUB_WEBHOOK_SECRET random_hex 32
	secret_load TOCSIN_PAGERDUTY_WEBHOOK_SECRET random_hex 32
	secret_load TOCSIN_INCIDENTIO_WEBHOOK_SECRET standard_webhooks_secret
	secret_load TOCSIN_GENERIC_WEBHOOK_SECRET standard_webhooks_secret
	secret_load TOCSIN_SECRETS_KEY openssl rand -base64 32
	secret_load postgres_password random_hex 24
	for name in "${secrets[@]}"; do
		printf '%s=%s\n' "$name" "${!name}"
	done >"$secrets_file.new"
	mv "$secrets_file.new" "$secrets_file"
}

secrets_write_env() {
	local name bin=$build_dir/cli

	TOCSIN_INGRESS_URL=http://$(address_of ingress)
	TOCSIN_CONFIG_URL=http://$(address_of config-store)
	TOCSIN_AGENT_URL=http://$(address_of agent-worker)
	TOCSIN_ROUTER_URL=http://$(address_of router)
	TOCSIN_PROVISIONER_URL=http://$(address_of provisioner)
	TOCSIN_AUDIT_SINK_URL=http://$(address_of audit-sink)
	TOCSIN_SOURCES_FILE=$(sources_file)
	TOCSIN_NATS_URL=$nats_url
	TOCSIN_DATABASE_URL=$database_url
	{
		say "# Written by ./quickstart. For a shell:  . .local/env"
		for name in TOCSIN_{INGRESS,CONFIG,AGENT,ROUTER,PROVISIONER,AUDIT_SINK,NATS,DATABASE}_URL \
			TOCSIN_ADMIN_TOKEN \
			TOCSIN_SLACK_SIGNING_SECRET TOCSIN_GITHUB_WEBHOOK_SECRET \
			TOCSIN_PAGERDUTY_WEBHOOK_SECRET TOCSIN_INCIDENTIO_WEBHOOK_SECRET \
			TOCSIN_GENERIC_WEBHOOK_SECRET TOCSIN_SOURCES_FILE; do
			printf 'export %s=%q\n' "$name" "${!name}"
		done
		# shellcheck disable=SC2016 # for the shell that reads it
		printf 'case ":$PATH:" in *:%q:*) ;; *) export PATH=%q:"$PATH" ;; esac\n' "$bin" "$bin"
	} >"$local_dir/env.new"
	mv "$local_dir/env.new" "$local_dir/env"
}
