#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# refresh.sh - write the series from a git tree, the way back of apply.sh.
#
# usage: refresh.sh TREE [BASE]      BASE: the commit without the series, default the first of the tree
# Every commit after BASE becomes a patch. The output depends on the commits alone, so that refreshing
# an unchanged tree changes nothing here.
set -eu
. "$(dirname "$0")/common.sh"

[ $# -ge 1 ] || die "usage: refresh.sh TREE [BASE]"
tree=$1
git -C "$tree" rev-parse -q --verify HEAD >/dev/null || die "'$tree' is not a git tree"
base=${2:-$(git -C "$tree" rev-list --max-parents=0 HEAD | tail -n 1)}
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
git -C "$tree" format-patch -q --zero-commit --no-signature --no-renames --no-stat --diff-algorithm=histogram -N \
	--subject-prefix=PATCH -o "$new" "$base"
mkdir -p "$PATCHES"
list=$(cd "$new" && ls)
[ -n "$list" ] || die "no commit after $base in '$tree'"
echo "$list" >"$new/series"
rm -f "$PATCHES"/[0-9]*.patch
mv "$new"/*.patch "$new/series" "$PATCHES/"
wc -l <"$PATCHES/series" | sed 's/$/ patches/'
"$KP/scripts/footprint.sh" | tail -n 1
