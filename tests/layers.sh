#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The layer rule: proto <- common <- daemon; no daemon includes another, common includes no
# daemon, proto includes only common/auto.h. Prints what breaks it.
set -eu
cd "$(dirname "$0")/.."
daemons='ingress router config-store agent-worker provisioner audit-sink cli'
status=0

forbid() { # folder, pattern of what it must not include
	found=$(grep -rnE --include='*.[ch]' "^#include \"($2)" "$1" || true)
	if [ -n "$found" ]; then
		printf '%s\n' "$found"
		status=1
	fi
}

for daemon in $daemons; do
	others=$(printf '%s\n' $daemons tests | grep -vx "$daemon" | paste -sd '|')
	forbid "$daemon" "($others)/"
done
forbid common "($(printf '%s' "$daemons tests" | tr ' ' '|'))/"
forbid proto "($(printf '%s' "$daemons tests" | tr ' ' '|'))/|common/[^a]|common/a[^u]"
exit $status
