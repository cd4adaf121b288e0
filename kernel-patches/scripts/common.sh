# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
# common.sh - what the scripts of the series share.

# VCTX_KERNEL: the folder with the patches, named after the Debian package linux-source-VCTX_KERNEL
VCTX_KERNEL=${VCTX_KERNEL:-6.12}
KP=$(cd "$(dirname "$0")/.." && pwd)
PATCHES=$KP/$VCTX_KERNEL

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# the names of the patches in order
series() {
	[ -f "$PATCHES/series" ] || return 0
	sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$PATCHES/series"
}

# space_mib DIR: free space there
space_mib() {
	df -Pm "$1" | awk 'NR == 2 { print $4 }'
}

# one_at_a_time BUILD: two builds would be in each other's source; waits, and holds until the script ends
one_at_a_time() {
	exec 8>"$1/.kernel.lock"
	flock -n 8 || {
		echo "${0##*/}: waiting for another build of a kernel in $1" >&2
		flock 8
	}
}

# result STATUS TEXT [FILE]: a test as TAP, with the beginning of FILE if it failed; counts in n, failure sets bad
# shellcheck disable=SC2034
result() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		bad=1
		echo "not ok $n - $2"
		[ -z "${3:-}" ] || head -n 30 "$3" | sed 's/^/# /'
	fi
}
