# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A PostgreSQL of our own: on 127.0.0.1 only, with a password, no socket. It refuses to run
# as root, so root runs it as user postgres, in a directory which that user can reach.
# shellcheck disable=SC2034,SC2154

readonly postgres_place=$local_dir/postgres.dir
readonly postgres_user=postgres
postgres_as=()

postgres_programs() {
	local found

	# Debian keeps them out of PATH, by version.
	found=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)
	[ -x "$found" ] || found=$(command -v postgres) || die "there is no PostgreSQL server"
	dirname "$found"
}

# Sets postgres_dir and postgres_as, making the directory when there is none yet.
postgres_locate() {
	if [ "$(id -u)" -eq 0 ]; then
		id "$postgres_user" >/dev/null 2>&1 ||
			die "PostgreSQL does not run as root and there is no user $postgres_user"
		postgres_as=(setpriv "--reuid=$postgres_user" "--regid=$postgres_user" --clear-groups)
	fi
	if [ -s "$postgres_place" ]; then
		postgres_dir=$(<"$postgres_place")
		return
	fi
	postgres_dir=$local_dir/postgres
	if [ "$(id -u)" -eq 0 ]; then
		"${postgres_as[@]}" test -x "$local_dir" ||
			postgres_dir=$(mktemp -d /var/lib/tocsin-XXXXXXXX)
		mkdir -p "$postgres_dir"
		chown "$postgres_user:" "$postgres_dir"
	fi
	printf '%s\n' "$postgres_dir" >"$postgres_place"
}

postgres_answers() {
	PGPASSWORD=$postgres_password PGCONNECT_TIMEOUT=2 psql -X -q -h 127.0.0.1 -p "$postgres_port" \
		-U tocsin -d postgres -c 'SELECT 1' >/dev/null 2>&1
}

postgres_make() {
	local password_file

	[ ! -s "$postgres_dir/PG_VERSION" ] || return 0
	step "Making a PostgreSQL database in $postgres_dir"
	password_file=$(mktemp)
	printf '%s\n' "$postgres_password" >"$password_file"
	if [ ${#postgres_as[@]} -gt 0 ]; then
		chown "$postgres_user" "$password_file"
	fi
	(cd / && "${postgres_as[@]}" "$(postgres_programs)/initdb" -D "$postgres_dir" -U tocsin \
		--auth=scram-sha-256 --pwfile="$password_file" --encoding=UTF8 --locale=C.UTF-8 \
		>"$log_dir/initdb.log" 2>&1) || {
		rm -f "$password_file"
		tail -n 20 "$log_dir/initdb.log" >&2
		die "initdb failed"
	}
	rm -f "$password_file"
}

postgres_free_port() {
	local port

	if [ -s "$run_dir/postgres.port" ] && port_is_free "$(<"$run_dir/postgres.port")"; then
		cat "$run_dir/postgres.port"
		return
	fi
	while port=$((20000 + RANDOM % 12000)) && ! port_is_free "$port"; do :; done
	printf '%s\n' "$port"
}

postgres_start() {
	postgres_locate
	if process_runs postgres; then
		postgres_port=$(<"$run_dir/postgres.port")
	else
		postgres_make
		step "Starting PostgreSQL"
		postgres_port=$(postgres_free_port)
		printf '%s\n' "$postgres_port" >"$run_dir/postgres.port"
		process_start postgres "${postgres_as[@]}" "$(postgres_programs)/postgres" \
			-D "$postgres_dir" -p "$postgres_port" -c listen_addresses=127.0.0.1 \
			-c unix_socket_directories= -c log_min_messages=warning
	fi
	process_wait postgres "answering on port $postgres_port" postgres_answers
	postgres_database
	database_url=postgresql://tocsin:$postgres_password@127.0.0.1:$postgres_port/tocsin
}

postgres_database() {
	local psql=(psql -X -q -A -t -h 127.0.0.1 -p "$postgres_port" -U tocsin -d postgres)

	[ "$(PGPASSWORD=$postgres_password "${psql[@]}" -c \
		"SELECT 1 FROM pg_database WHERE datname = 'tocsin'")" = 1 ] ||
		PGPASSWORD=$postgres_password "${psql[@]}" -c 'CREATE DATABASE tocsin'
}

# INT is PostgreSQL's own word for: end sessions, write, stop.
postgres_stop() {
	process_stop postgres INT
}

postgres_remove() {
	[ -s "$postgres_place" ] || return 0
	postgres_dir=$(<"$postgres_place")
	case $postgres_dir in
	"$local_dir"/postgres | /var/lib/tocsin-????????) rm -rf "$postgres_dir" ;;
	*) die "$postgres_place names $postgres_dir, which is not ours to remove" ;;
	esac
}
