#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# host-base.sh - make the base of the host image, host-base.sh OUTPUT.tar: Debian with systemd as process 1.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
NAME='host image'
# shellcheck source=templates/common.sh
. "$here/../../templates/common.sh"

packages=systemd,systemd-sysv,iproute2,procps,psmisc,util-linux,jq,kmod,e2fsprogs,xfsprogs,quota,attr,acl,keyutils
packages+=,bash-completion,busybox,less,zstd,xz-utils,bzip2,libcap2,libcap2-bin,libmnl0,libmount1,libseccomp2
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1704067200}
tmpl_sources bookworm |
	tmpl_mmdebstrap "$1" bookworm minbase "$packages" --customize-hook='
		set -e
		cd "$1"
		rm -rf var/lib/apt/lists/* var/cache/apt/* var/log/*.log var/log/apt usr/share/doc usr/share/zoneinfo/right
		for t in apt-daily apt-daily-upgrade dpkg-db-backup e2scrub_all fstrim xfs_scrub_all; do
			rm -f etc/systemd/system/timers.target.wants/$t.timer
		done
		rm -f etc/systemd/system/getty.target.wants/* etc/systemd/system/multi-user.target.wants/e2scrub_reap.service
	'
