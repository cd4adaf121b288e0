#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# cc.sh - compile one static test program: cc.sh SOURCE OUTPUT
#
# A line "cflags: ..." in the first comment adds options, for example -m32, -pthread or -lcap.
set -eu
src=$1 out=$2
top=$(cd "$(dirname "$0")/../.." && pwd)
extra=$(sed -n '1,20s%^[/ *]*cflags:[[:space:]]*%%p' "$src" | head -n 1)
cflags='' libs=''
for x in $extra; do
	case $x in
	-l*) libs="$libs $x" ;;
	*) cflags="$cflags $x" ;;
	esac
done
# shellcheck disable=SC2086 # lists of words
exec ${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static -pthread \
	-I"$top/lib/include" -I"$top/lib/include/uapi" -I"$top/tests/lib" $cflags -o "$out" "$src" $libs
