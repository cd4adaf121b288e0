#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# apply.sh - bring the series onto an unpacked kernel source.
#
# usage: apply.sh [--reverse] SOURCE
# Remembers in SOURCE/.vctx-series what it applied: called again it does nothing, with a changed series it takes
# the old patches off from the first that differs and puts the new ones on. The first patch that does
# not apply is named with the file, the source is left with the patches before it.
set -eu
. "$(dirname "$0")/common.sh"

reverse=
if [ "${1:-}" = --reverse ]; then
	reverse=1
	shift
fi
[ $# -eq 1 ] && [ -f "$1/Makefile" ] || die "usage: apply.sh [--reverse] SOURCE"
src=$(cd "$1" && pwd)
done=$src/.vctx-series
mkdir -p "$done"
touch "$done/list"

# the patches that are on already and still the same
keep=0
if [ -z "$reverse" ]; then
	n=0
	for p in $(cat "$done/list"); do
		n=$((n + 1))
		[ "$(series | sed -n "${n}p")" = "$p" ] && cmp -s "$PATCHES/$p" "$done/$p" || break
		keep=$n
	done
fi

n=$(wc -l <"$done/list")
while [ "$n" -gt "$keep" ]; do
	p=$(sed -n "${n}p" "$done/list")
	patch -R -p1 -E -s -f -d "$src" --no-backup-if-mismatch <"$done/$p" >"$done/log" 2>&1 ||
		die "cannot take $p off $src again: remove that folder and repeat"
	n=$((n - 1))
	head -n "$n" "$done/list" >"$done/list.new"
	mv "$done/list.new" "$done/list"
	rm -f "$done/$p"
done
[ -z "$reverse" ] || exit 0

n=0
for p in $(series); do
	n=$((n + 1))
	[ "$n" -gt "$keep" ] || continue
	[ -f "$PATCHES/$p" ] || die "$p is in the series, but not in $PATCHES"
	if ! patch -N -p1 -E -f --dry-run -d "$src" <"$PATCHES/$p" >"$done/log" 2>&1; then
		file=$(awk '/^(checking|patching) file / { f = $3 }
			/can.t find file/ { missing = 1 }
			missing && /^\|\+\+\+ / { sub(/^[^\/]*\//, ""); print $1; exit }
			/FAILED|Reversed|already exists|malformed/ && f { print f; exit }' "$done/log")
		version=$(sed -n 's/^SUBLEVEL = //p' "$src/Makefile")
		die "$p does not apply to ${file:-the source} of Linux $VCTX_KERNEL.$version: refresh the patch (kernel-patches/README) or install another version of linux-source-$VCTX_KERNEL"
	fi
	patch -N -p1 -E -s -f -d "$src" --no-backup-if-mismatch <"$PATCHES/$p" >"$done/log" 2>&1 ||
		die "$p: $(head -n 1 "$done/log")"
	cp "$PATCHES/$p" "$done/$p"
	echo "$p" >>"$done/list"
done
total=$(wc -l <"$done/list")
[ "$total" -eq "$keep" ] || echo "  PATCH    $((total - keep)) applied, $total in all"
