# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A nats-server of our own with JetStream, on 127.0.0.1 only. It asks nobody for a password:
# this is for a machine of one's own.
# shellcheck disable=SC2154

nats_port_file() {
	printf '%s/nats-ports' "$run_dir"
}

# The server writes what it listens on to <program>_<pid>.ports.
nats_listens() {
	local file

	for file in "$(nats_port_file)"/*.ports; do
		[ -s "$file" ] || continue
		nats_url=$(sed -n 's/.*"nats":\["\([^"]*\)".*/\1/p' "$file")
		if [ -n "$nats_url" ]; then
			return 0
		fi
	done
	return 1
}

nats_start() {
	local port=-1

	if ! process_runs nats; then
		step "Starting nats-server"
		if [ -s "$run_dir/nats.port" ] && port_is_free "$(<"$run_dir/nats.port")"; then
			port=$(<"$run_dir/nats.port")
		fi
		rm -rf "$(nats_port_file)"
		mkdir -p "$(nats_port_file)"
		process_start nats nats-server -a 127.0.0.1 -p "$port" -js -sd "$local_dir/nats" \
			--ports_file_dir "$(nats_port_file)"
	fi
	process_wait nats "listening" nats_listens
	printf '%s\n' "${nats_url##*:}" >"$run_dir/nats.port"
}

nats_stop() {
	process_stop nats
}
