#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# selftests.sh - compile the selftests of the series, static, as 64-bit and 32-bit programs: selftests.sh SOURCE FOLDER
set -eu
src=$1/tools/testing/selftests/vserver out=$2
top=$(cd "$(dirname "$0")/../.." && pwd)
[ -d "$src" ] || {
	echo "selftests.sh: no $src: run 'make kernel-source'" >&2
	exit 1
}
mkdir -p "$out"
for f in "$src"/*_test.c; do
	name=$(basename "$f" .c)
	for m in 64 32; do
		[ $m = 64 ] && to=$out/$name || to=$out/$name$m
		${CC:-gcc} -m$m -O2 -Wall -Werror -static -isystem "$top/lib/include/uapi" -o "$to" "$f"
	done
done
