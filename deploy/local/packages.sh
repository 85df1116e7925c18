# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Debian packages: those that are missing, and apt is only asked when one is.
# shellcheck disable=SC2034 # whoever sources this names what it needs

readonly packages_build=(
	gcc libc6-dev meson ninja-build pkg-config python3 protobuf-c-compiler
	libcmark-gfm-dev libcmark-gfm-extensions-dev libcriterion-dev
	libcurl4-openssl-dev libgnutls28-dev libjansson-dev libjemalloc-dev libmicrohttpd-dev
	libnats-dev libpq-dev libprotobuf-c-dev libssl-dev
)
readonly packages_run=(ca-certificates curl nats-server openssl postgresql util-linux)
readonly packages_check=(clang clang-format clang-tidy git)

package_is_there() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# packages_install LOG PACKAGE...
packages_install() {
	local log=$1 package missing=() as_root=()

	shift
	if ! command -v dpkg-query >/dev/null; then
		echo 'this is made for Debian 12 and newer; elsewhere see README.md, "By hand"' >&2
		return 1
	fi
	for package in "$@"; do
		package_is_there "$package" || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0

	if [ "$(id -u)" -ne 0 ]; then
		if ! command -v sudo >/dev/null; then
			echo "as root, install:  apt-get install ${missing[*]}" >&2
			return 1
		fi
		as_root=(sudo)
	fi
	printf '== Installing %s\n' "${missing[*]}"
	if ! {
		"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
			"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
				apt-get install -y -q --no-install-recommends "${missing[@]}"
	} >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		echo "apt-get failed; all it said is in $log" >&2
		return 1
	fi
}
