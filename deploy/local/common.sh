# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Words to the person, the state directory, and processes: started so that a terminal's
# Ctrl-C does not reach them, known by pid and start time, stopped only if they are ours.
# shellcheck disable=SC2034,SC2154 # the parts share their variables

readonly local_dir=$root/.local
readonly run_dir=$local_dir/run
readonly log_dir=$local_dir/log
readonly ready_seconds=60

say() {
	printf '%s\n' "$*"
}

# One of the things that take time.
step() {
	printf '== %s\n' "$*"
}

die() {
	printf 'quickstart: %s\n' "$*" >&2
	exit 1
}

# A path as the person would type it.
shown() {
	if [ "$PWD" = "$root" ]; then
		printf '%s' "$1"
	else
		printf '%s/%s' "$root" "$1"
	fi
}

state_open() {
	umask 077
	mkdir -p "$local_dir" 2>/dev/null || true
	[ -w "$local_dir" ] ||
		die "cannot write to $local_dir, which belongs to $(stat -c %U "$local_dir" 2>/dev/null || stat -c %U "$root"): run as that user, or remove it"
	# PostgreSQL, which does not run as root, must be able to pass through.
	chmod 711 "$local_dir"
	mkdir -p "$run_dir" "$log_dir"
	exec 9>"$local_dir/lock"
	flock -w 120 9 || die "another ./quickstart has been at work here for two minutes"
}

# However it ends early, also by Ctrl-C, the person is told what is left.
finished=
on_exit() {
	trap - EXIT
	[ -n "$finished" ] || what_runs >&2
}

what_runs() {
	local file name names=()

	for file in "$run_dir"/*.pid; do
		[ -e "$file" ] || continue
		name=$(basename "$file" .pid)
		if process_runs "$name"; then
			names+=("$name")
		fi
	done
	if [ ${#names[@]} -eq 0 ]; then
		say "Nothing is left running."
	else
		say "Still running: ${names[*]}. Stop with ./quickstart --down, go on with ./quickstart."
	fi
}

# What makes a pid one process and no other: when it started, in which boot.
process_identity() {
	local stat

	{ stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
	stat=${stat##*) } # the name may hold spaces
	# A zombie is gone.
	[ "${stat%% *}" != Z ] || return 1
	# shellcheck disable=SC2086 # fields
	set -- $stat
	printf '%s %s' "${20}" "$(</proc/sys/kernel/random/boot_id)"
}

# process_runs NAME: sets process_pid; false when it is not there, or another's.
process_runs() {
	local pid started boot

	process_pid=
	[ -s "$run_dir/$1.pid" ] || return 1
	read -r pid started boot <"$run_dir/$1.pid" || return 1
	[ "$(process_identity "$pid")" = "$started $boot" ] || return 1
	process_pid=$pid
}

# process_start NAME COMMAND...: in a session of its own, with the settings in the array
# process_settings and no other TOCSIN_ ones, its pid written before it starts.
process_start() {
	local name=$1 variable child
	shift

	rm -f "$run_dir/$name.pid"
	(
		exec 9>&- </dev/null >>"$log_dir/$name.log" 2>&1
		trap - EXIT
		cd /
		for variable in $(compgen -e TOCSIN_); do
			unset "$variable"
		done
		for variable in "${process_settings[@]}"; do
			export "${variable?}"
		done
		# Not inside $(…), which is a process of its own.
		child=$BASHPID
		printf '%s %s\n' "$child" "$(process_identity "$child")" >"$run_dir/$name.pid"
		exec setsid "$@"
	) &
	child=$!
	disown
	process_settings=()
	until [ -s "$run_dir/$name.pid" ] || ! kill -0 "$child" 2>/dev/null; do
		sleep 0.01
	done
}
process_settings=()

# process_stop NAME [SIGNAL]
process_stop() {
	local name=$1 signal=${2:-TERM} tries

	if process_runs "$name"; then
		kill -s "$signal" "$process_pid"
		for ((tries = 0; tries < 300; tries++)); do
			process_runs "$name" || break
			sleep 0.05
		done
		if process_runs "$name"; then
			say "$name does not stop within 15 seconds; killing it"
			kill -s KILL "$process_pid"
		fi
		say "stopped $name"
	fi
	rm -f "$run_dir/$name.pid" "$run_dir/$name.settings"
}

# process_wait NAME WHAT COMMAND...: until the command succeeds, the process ends, or the time is up.
process_wait() {
	local name=$1 what=$2 tries
	shift 2

	for ((tries = 0; tries < ready_seconds * 20; tries++)); do
		if "$@"; then
			return 0
		fi
		process_runs "$name" || break
		sleep 0.05
	done
	{
		if process_runs "$name"; then
			say "$name runs, but is not $what after $ready_seconds seconds."
		else
			say "$name has ended instead of being $what."
		fi
		say "The end of $(shown ".local/log/$name.log"):"
		tail -n 20 "$log_dir/$name.log" | sed 's/^/    /'
	} >&2
	exit 1
}

# True when nobody listens on 127.0.0.1:$1.
port_is_free() {
	! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Asks URL; prints the body, fails on anything but a 2xx.
fetch() {
	curl --silent --show-error --fail --max-time 10 "$@"
}
