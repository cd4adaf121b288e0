#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# check.sh - check the series and say what was found as TAP.
#
# usage: check.sh [BUILD]      BUILD/linux is the source with the series, default build
#
# Each patch: applies without fuzz, passes checkpatch --strict. The series: objects of existing files are the
# same as without it when CONFIG_VSERVER is off; its own files are clean with W=1, sparse and kernel-doc.
# One folder more of hard links is made, BUILD/linux-off, with the source as it is without the series.
set -euo pipefail
. "$(dirname "$0")/common.sh"

build=${1:-$KP/../build}
[ -d "$build/linux" ] || die "no kernel source in $build/linux: run 'make kernel-source'"
build=$(cd "$build" && pwd)
src=$build/linux
jobs=${JOBS:-$(nproc)}
export KBUILD_BUILD_USER=vctx KBUILD_BUILD_HOST=vctx KBUILD_BUILD_TIMESTAMP='2024-01-01' KBUILD_BUILD_VERSION=1

mapfile -t patches < <(series)
if [ ${#patches[@]} -eq 0 ]; then
	echo "1..0 # SKIP the series is empty"
	exit 77
fi

tmp=$(mktemp -d "$build/check.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
n=0 bad=0

# the source without the series, sharing all files that are the same
off=$build/linux-off
key=$(cat "$src/.vctx-source" "$src/.vctx-series/list" | sha256sum)
if [ "$(cat "$off/.vctx-off" 2>/dev/null)" != "$key" ]; then
	keep=
	if [ -d "$off/.obj-off" ]; then
		keep=$build/.obj-off.keep
		rm -rf "$keep"
		mv "$off/.obj-off" "$keep"
	fi
	rm -rf "$off"
	mkdir "$off"
	(cd "$src" && find . -mindepth 1 -maxdepth 1 ! -name '.obj-*' -exec cp -al -t "$off" {} +)
	# not shared: what apply.sh writes to
	rm -rf "$off/.vctx-series"
	cp -a "$src/.vctx-series" "$off/"
	"$KP/scripts/apply.sh" --reverse "$off"
	[ -z "$keep" ] || mv "$keep" "$off/.obj-off"
	echo "$key" >"$off/.vctx-off"
fi

# what the series touches
sed -n 's%^diff --git a/\([^ ]*\) .*%\1%p' "${patches[@]/#/$PATCHES/}" | sort -u >"$tmp/files"
: >"$tmp/existing"
while read -r f; do
	[ ! -f "$off/$f" ] || echo "$f" >>"$tmp/existing"
done <"$tmp/files"

# each patch
mkdir "$tmp/tree"
while read -r f; do
	mkdir -p "$tmp/tree/$(dirname "$f")"
	cp "$off/$f" "$tmp/tree/$f"
done <"$tmp/existing"
for p in "${patches[@]}"; do
	status=0
	patch -p1 -E -f -s -F0 --no-backup-if-mismatch -d "$tmp/tree" <"$PATCHES/$p" >"$tmp/log" 2>&1 || status=1
	result $status "$p: applies without fuzz" "$tmp/log"
	status=0
	# MAINTAINERS is complete at the end of the series, not with each file; a patch may say why another type does
	# not apply to it: "checkpatch: TYPE: reason" in its message
	ignore=$(sed -n '/^---$/q; s/^checkpatch: \([A-Z_,]*\): .*/\1/p' "$PATCHES/$p" | paste -sd,)
	(cd "$src" && perl scripts/checkpatch.pl --strict --terse --no-summary --show-types \
		--ignore "FILE_PATH_CHANGES${ignore:+,$ignore}" "$PATCHES/$p" | sed "s|^$PATCHES/||"; exit "${PIPESTATUS[0]}") >"$tmp/log" 2>&1 || status=1
	result $status "$p: checkpatch --strict is content" "$tmp/log"
	status=0
	grep -q '^From 0000000000000000000000000000000000000000 ' "$PATCHES/$p" && grep -q '^Subject: \[PATCH' "$PATCHES/$p" || status=1
	result $status "$p: is from git format-patch --zero-commit"
done
status=0
(cd "$PATCHES" && ls -- *.patch) | sort >"$tmp/have"
printf '%s\n' "${patches[@]}" | sort | diff - "$tmp/have" >"$tmp/log" || status=1
result $status "the series names every patch in the folder" "$tmp/log"

# objects with the option off
grep '\.c$' "$tmp/existing" | sort >"$tmp/objects"
# of a changed header, some of the files that include it directly
while read -r h; do
	case $h in
	include/linux/*.h) pat="<linux/${h#include/linux/}>" ;;
	include/net/*.h) pat="<net/${h#include/net/}>" ;;
	*.h) pat="\"$(basename "$h")\"" ;;
	*) continue ;;
	esac
	(cd "$off" && { grep -rlF --include='*.c' "#include $pat" "$(dirname "${h#include/}")" kernel fs net/ipv4 net/core \
		ipc security mm 2>/dev/null || :; } | sort -u | head -n 12)
done <"$tmp/existing" >>"$tmp/objects"
sort -u "$tmp/objects" | sed 's/\.c$/.o/' >"$tmp/want"

configure() { # SOURCE OBJ: x86_64 with everything the series touches but CONFIG_VSERVER
	sed 's/^CONFIG_VSERVER=y/CONFIG_VSERVER=n/' "$KP/config/vserver.config" >"$tmp/off.config"
	"$KP/scripts/mkconfig.sh" "$1" "$2" x86_64 "$KP/config/x86_64.config" "$tmp/off.config"
}
compile() { # SOURCE OBJ TARGETS...
	local s=$1 o=$2

	shift 2
	make -s -k -C "$s" O="$o" ARCH=x86_64 LOCALVERSION= CC="$cc" HOSTCC="$cc" -j"$jobs" "$@"
}
cc=gcc
if command -v ccache >/dev/null; then
	cc="ccache gcc"
	export CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1
fi
status=0
{
	configure "$off" "$off/.obj-off" && configure "$src" "$src/.obj-off" &&
		CCACHE_BASEDIR=$off compile "$off" "$off/.obj-off" prepare &&
		CCACHE_BASEDIR=$src compile "$src" "$src/.obj-off" prepare
} >"$tmp/log" 2>&1 || status=1
result $status "configures with CONFIG_VSERVER=n" "$tmp/log"
if [ $status -eq 0 ]; then
	# files that this configuration does not build are not compared
	: >"$tmp/build"
	mapfile -t want <"$tmp/want"
	CCACHE_BASEDIR=$off compile "$off" "$off/.obj-off" "${want[@]}" >"$tmp/base.log" 2>&1 || :
	while read -r o; do
		if [ -f "$off/.obj-off/$o" ]; then echo "$o" >>"$tmp/build"; fi
	done <"$tmp/want"
	mapfile -t built <"$tmp/build"
	(cd "$src/.obj-off" && rm -f "${built[@]}")
	status=0
	CCACHE_BASEDIR=$src compile "$src" "$src/.obj-off" "${built[@]}" >"$tmp/log" 2>&1 || status=1
	result $status "touched files build with CONFIG_VSERVER=n" "$tmp/log"
	while read -r o; do
		for s in "$off" "$src"; do
			objdump -d -r --no-show-raw-insn "$s/.obj-off/$o" 2>/dev/null | sed '1,/^Disassembly/d' >"$tmp/${s##*/}.s" || :
		done
		# the stubs of system calls that are not there are functions of their own: one is new
		if [ "$o" = kernel/sys_ni.o ]; then
			for s in "$off" "$src"; do
				nm "$s/.obj-off/$o" | awk '$3 !~ /_vserver$/ { print $2, $3 }' | sort >"$tmp/${s##*/}.s"
			done
		fi
		status=0
		diff "$tmp/linux-off.s" "$tmp/linux.s" >"$tmp/log" && [ -s "$tmp/linux.s" ] || status=1
		# an object without code has nothing to compare
		[ -s "$tmp/linux-off.s" ] || [ -s "$tmp/linux.s" ] || continue
		result $status "$o: same code without the option as without the series" "$tmp/log"
	done <"$tmp/build"
	sed 's/^/  /' <(comm -23 <(sort "$tmp/want") <(sort "$tmp/build")) >"$tmp/not"
	[ ! -s "$tmp/not" ] || { echo "# not built in this configuration:"; sed 's/^/# /' "$tmp/not"; }
fi

# the new files
if [ -d "$src/security/vserver" ]; then
	status=0
	{
		"$KP/scripts/mkconfig.sh" "$src" "$src/.obj-on" x86_64 "$KP"/config/{x86_64,vserver,kunit}.config &&
			CCACHE_BASEDIR=$src compile "$src" "$src/.obj-on" prepare
	} >"$tmp/log" 2>&1 || status=1
	result $status "configures with CONFIG_VSERVER=y" "$tmp/log"
	rm -rf "$src/.obj-on/security/vserver"
	status=0
	compile "$src" "$src/.obj-on" W=1 C=1 security/vserver/ >"$tmp/log" 2>&1 || status=1
	result $status "security/vserver builds" "$tmp/log"
	status=0
	if grep -E 'security/vserver|linux/vserver' "$tmp/log" >"$tmp/warn"; then status=1; fi
	result $status "security/vserver has no warning from W=1 and sparse" "$tmp/warn"
	status=0
	mapfile -t docs < <(cd "$src" && ls security/vserver/*.[ch] include/linux/vserver.h include/uapi/linux/vserver.h 2>/dev/null)
	(cd "$src" && perl scripts/kernel-doc -none -Wall "${docs[@]}") >"$tmp/log" 2>&1 || status=1
	if grep -E 'warning|error' "$tmp/log" >"$tmp/warn"; then status=1; fi
	result $status "kernel-doc has no complaint" "$tmp/log"
fi
echo "1..$n"
exit $bad
