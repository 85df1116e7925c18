# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A release build of what is run here, in .local/build.
# shellcheck disable=SC2154

readonly build_dir=$local_dir/build
readonly build_targets=(
	tocsin-ingress tocsin-router tocsin-config-store tocsin-agent-worker
	tocsin-provisioner tocsin-audit-sink cli/tocsin tests/standin/tocsin-standin
)

build_release() {
	local log=$log_dir/build.log

	if [ ! -f "$build_dir/build.ninja" ]; then
		step "Building (a minute or two; see $(shown .local/log/build.log))"
		rm -rf "$build_dir"
		meson setup "$build_dir" "$root" --buildtype=release -Db_lto=true \
			-Dtests=true >"$log" 2>&1 || build_failed
	fi
	ninja -C "$build_dir" "${build_targets[@]}" >"$log" 2>&1 9>&- || build_failed
}

build_failed() {
	tail -n 30 "$log_dir/build.log" >&2
	die "the build failed; all of it is in $(shown .local/log/build.log)"
}
