#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# deps.sh - install the Debian packages that building and testing need. 'deps.sh --list' prints their names.
set -euo pipefail

packages=(
	# kernel
	gcc libc6-dev make bc flex bison libelf-dev libssl-dev perl python3 patch xz-utils rsync cpio kmod ccache
	# library and tools
	pkg-config libcap-dev libmnl-dev libmount-dev libcmocka-dev
	# 32-bit test programs
	libc6-dev-i386 gcc-multilib
	# images and machines
	mmdebstrap busybox-static e2fsprogs xfsprogs qemu-system-x86 zstd tar attr acl keyutils iproute2
	procps util-linux jq python3-yaml python3-prometheus-client dash fakeroot debian-archive-keyring
	# checks
	shellcheck sparse cppcheck clang clang-format groff-base man-db
)
if [ "${1:-}" = --list ]; then
	printf '%s\n' "${packages[@]}"
	exit 0
fi

die() {
	echo "make deps: $*" >&2
	exit 1
}

[ -r /etc/debian_version ] && command -v dpkg-query >/dev/null ||
	die "this is not Debian: install by hand what 'tests/lib/deps.sh --list' names, then use the other targets"

missing=()
for p in "${packages[@]}"; do
	case $(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) in
	installed) ;;
	*) missing+=("$p") ;;
	esac
done
[ ${#missing[@]} -gt 0 ] || exit 0
command -v apt-get >/dev/null || die "there is no apt-get; these packages are missing: ${missing[*]}"
[ "$(id -u)" = 0 ] || die "packages are missing: run 'sudo make deps', or as root: apt-get install ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
	apt-get -q -y --no-install-recommends install "${missing[@]}" </dev/null >"$log" 2>&1
}
echo "  DEPS     ${#missing[@]} packages"
# package lists may be missing or old: then once more with new ones
install || { apt-get -q update </dev/null >"$log" 2>&1 && install; } || {
	tail -n 5 "$log" >&2
	die "apt-get cannot install: ${missing[*]}"
}
