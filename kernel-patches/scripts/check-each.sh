#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# check-each.sh - after each patch of the series: build with the option on and off, and boot. Speaks TAP.
#
# usage: check-each.sh [BUILD [FIRST]]      FIRST: number of the first patch to look at, default 1
#
# User-Mode Linux with a small configuration. On: the whole kernel, booted with the scenario 'boot' if BUILD has the
# image of it. Off: what the series has touched so far. About four minutes a patch on two processors; what has been
# built once comes out of ccache. `make check-series` looks at the series as a whole.
set -euo pipefail
. "$(dirname "$0")/common.sh"

build=${1:-$KP/../build}
first=${2:-1}
[ -d "$build/linux" ] || die "no kernel source in $build/linux: run 'make kernel-source'"
build=$(cd "$build" && pwd)
jobs=${JOBS:-$(nproc)}
src=$build/linux-each
export KBUILD_BUILD_USER=vctx KBUILD_BUILD_HOST=vctx KBUILD_BUILD_TIMESTAMP='2024-01-01' KBUILD_BUILD_VERSION=1
cc=gcc
if command -v ccache >/dev/null; then
	cc="ccache gcc"
	export CCACHE_BASEDIR=$src CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1
fi

tmp=$(mktemp -d "$build/each.XXXXXX")
trap 'rm -rf "$tmp" "$src"' EXIT
n=0 bad=0
problems() {
	grep -E 'error|warning|undefined|^not ok|BUG|panic' "$tmp/log" | head -n 20
}

# a source of its own that shares all files nobody writes to
rm -rf "$src"
mkdir "$src"
(cd "$build/linux" && find . -mindepth 1 -maxdepth 1 ! -name '.obj-*' ! -name .vctx-series -exec cp -al -t "$src" {} +)
cp -a "$build/linux/.vctx-series" "$src/"
"$KP/scripts/apply.sh" --reverse "$src"

sed '/^CONFIG_VSERVER/s/=y/=n/' "$KP/config/vserver.config" >"$tmp/off.config"
compile() { # OBJ TARGETS...
	local o=$1

	shift
	make -s -C "$src" O="$o" ARCH=um LOCALVERSION= CC="$cc" HOSTCC="$cc" -j"$jobs" "$@"
}

: >"$tmp/touched"
for p in $(series); do
	sed -n '/^--- \/dev\/null$/{n;s%^+++ b/%%p}' "$PATCHES/$p"
done >"$tmp/created"
i=0
for p in $(series); do
	i=$((i + 1))
	patch -p1 -E -f -s -F0 --no-backup-if-mismatch -d "$src" <"$PATCHES/$p" >"$tmp/log" 2>&1 ||
		die "$p does not apply"
	grep -q '^diff --git .*\.[chS]$\|Kconfig\|Makefile' "$PATCHES/$p" || continue
	sed -n 's%^--- a/\(.*\.c\)$%\1%p' "$PATCHES/$p" | grep -v ^tools/ >>"$tmp/touched" || :
	[ "$i" -ge "$first" ] || continue

	status=0
	{
		"$KP/scripts/mkconfig.sh" "$src" "$src/.obj-each" um "$KP"/config/{um,vserver,small}.config &&
			compile "$src/.obj-each" linux
	} >"$tmp/log" 2>&1 || status=1
	result $status "$p: builds with the option on" <(problems)
	if [ $status -eq 0 ] && [ -r "$build/vm/mini.img" ]; then
		B=$build "$KP/../tests/vm/run.sh" --no-make --kernel "$src/.obj-each/linux" boot >"$tmp/log" 2>&1 || status=1
		result $status "$p: boots with the option on" <(problems)
	fi

	status=0
	{
		"$KP/scripts/mkconfig.sh" "$src" "$src/.obj-each-off" um \
			"$KP/config/um.config" "$tmp/off.config" "$KP/config/small.config" &&
			compile "$src/.obj-each-off" prepare
	} >"$tmp/log" 2>&1 || status=1
	sort -u "$tmp/touched" | grep -vxFf "$tmp/created" | sed 's/\.c$/.o/' >"$tmp/want" || :
	# only what this architecture and configuration has
	mapfile -t want < <(while read -r o; do
		[ ! -e "$src/.obj-each/$o" ] || echo "$o"
	done <"$tmp/want")
	[ ${#want[@]} -eq 0 ] || compile "$src/.obj-each-off" "${want[@]}" >>"$tmp/log" 2>&1 || status=1
	result $status "$p: builds with the option off" <(problems)
done
echo "1..$n"
exit $bad
