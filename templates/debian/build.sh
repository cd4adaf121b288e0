#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# build.sh - make the Debian guest template: build.sh OUTPUT [SOURCE...]
#
# In the environment: TMPL_PACKAGES more packages, with commas; TMPL_EXCLUDE patterns of files to leave out
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=templates/common.sh
. "$here/../common.sh"
# shellcheck source=templates/debian/template.conf
. "$here/template.conf"

[ $# -ge 1 ] || tmpl_die "usage: build.sh OUTPUT [SOURCE...]"
out=$1
shift
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1704067200}

# Runs with the guest's tree as $1. A guest has no hardware, no network of its own to bring up and no consoles.
customize='
set -e
cd "$1"
rm -f etc/hostname etc/resolv.conf etc/machine-id var/lib/dbus/machine-id
rm -rf var/lib/apt/lists/* var/cache/apt/* var/cache/debconf/*-old var/log/*.log var/log/apt
: >var/log/wtmp; : >etc/fstab
cat >etc/inittab <<EOF
# inittab of a guest: run levels, no terminals
id:2:initdefault:
si::sysinit:/etc/init.d/rcS
l0:0:wait:/etc/init.d/rc 0
l1:1:wait:/etc/init.d/rc 1
l2:2:wait:/etc/init.d/rc 2
l6:6:wait:/etc/init.d/rc 6
pf::powerwait:/sbin/halt
ca::ctrlaltdel:/sbin/init 0
EOF
for s in hwclock.sh checkroot.sh checkroot-bootclean.sh checkfs.sh mountkernfs.sh mountdevsubfs.sh mountall.sh \
	mountall-bootclean.sh mountnfs.sh mountnfs-bootclean.sh udev kmod brightness hostname.sh umountroot umountfs umountnfs.sh \
	bootlogs urandom procps mount-configfs; do
	[ ! -e "etc/init.d/$s" ] || chroot . update-rc.d -f "$s" remove >/dev/null
done
'
options=()
read -ra exclude <<<"${TMPL_EXCLUDE:-}"
for e in "${exclude[@]}"; do
	options+=("--dpkgopt=path-exclude=$e")
done
if [ $# -gt 0 ]; then printf '%s\n' "$@"; else tmpl_sources "$SUITE"; fi |
	tmpl_mmdebstrap "$out" "$SUITE" "$VARIANT" "$PACKAGES${TMPL_PACKAGES:+,$TMPL_PACKAGES}" \
		--customize-hook="$customize" "${options[@]}"
