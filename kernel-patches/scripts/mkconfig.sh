#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# mkconfig.sh - make a kernel configuration from fragments, and check that it took them.
#
# usage: mkconfig.sh SOURCE BUILD ARCH FRAGMENT...
#
# Options no fragment names are off or at the default that cannot be chosen. A value that did not make
# it into the configuration is an error, except of options that this source does not have at all
# and that belong to the series (CONFIG_VSERVER*): the source may be unpatched.
set -eu

[ $# -ge 4 ] || { echo "usage: mkconfig.sh SOURCE BUILD ARCH FRAGMENT..." >&2; exit 2; }
src=$1 out=$2 arch=$3
shift 3

mkdir -p "$out"
out=$(cd "$out" && pwd)
all=$out/.fragments
# the last word about an option counts
sed -n 's/^\(CONFIG_[A-Z0-9_a-z]*=[^#]*[^ #]\) *\(#.*\)\{0,1\}$/\1/p' "$@" | tac | awk -F= '!seen[$1]++' >"$all"
make -s -C "$src" O="$out" ARCH="$arch" KCONFIG_ALLCONFIG="$all" allnoconfig >/dev/null

bad=0
for line in $(sed 's/ .*//' "$all"); do
	sym=${line%%=*}
	want=${line#*=}
	have=$(sed -n "s/^$sym=//p" "$out/.config")
	[ "${have:-n}" = "$want" ] && continue
	case $sym in
	CONFIG_VSERVER*)
		[ -d "$src/security/vserver" ] || continue ;;
	esac
	echo "mkconfig.sh: $sym is '${have:-n}', '$want' was asked for" >&2
	bad=1
done
exit $bad
