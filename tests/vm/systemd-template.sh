#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# systemd-template.sh - make the guest template of systemd-guest, Debian as it comes: systemd-template.sh OUTPUT.tar.zst
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
NAME=debian-systemd
# shellcheck source=templates/common.sh
. "$here/../../templates/common.sh"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1704067200}
# shellcheck disable=SC2016 # $1 is for the hook
tmpl_sources bookworm | tmpl_mmdebstrap "$1" bookworm minbase systemd-sysv,procps \
	--customize-hook='rm -rf "$1"/etc/hostname "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin; : >"$1/etc/machine-id"'
