#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# host.sh - make the Debian host image: host.sh OUTPUT BASE.tar TREE TEMPLATE
#
# An ext4 file system of what host-base.sh made, with the tools of TREE, the test programs and the guest template.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$1 base=$2 tree=$3 template=$4
tmp=$(mktemp -d "$(dirname "$out")/host.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/prog"
for src in "$here"/prog/*.c; do
	"$here/cc.sh" "$src" "$tmp/prog/$(basename "$src" .c)"
done
export here tree template tmp
# ownership is kept in one fakeroot session when this is not root
fake=
[ "$(id -u)" = 0 ] || fake=fakeroot
$fake bash -euo pipefail -c '
	root=$tmp/root
	mkdir "$root"
	tar -C "$root" --exclude="./dev/*" -xf "$1"
	[ ! -d "$tree" ] || cp -a --no-preserve=ownership "$tree/." "$root/"
	install -D -t "$root/usr/lib/vctx-test" "$here/host/start" "$tmp"/prog/*
	install -D -m 644 -t "$root/etc/systemd/system" "$here/host/vctx-vm.service"
	mkdir -p "$root/etc/systemd/system/multi-user.target.wants" "$root/etc/systemd/system-generators" \
		"$root/etc/systemd/journald.conf.d" "$root/var/lib/vservers" "$root/var/lib/vctx/templates"
	ln -s ../vctx-vm.service "$root/etc/systemd/system/multi-user.target.wants/"
	# as an administrator would: the units of the tools are on, guests live on the disc for them
	units=$(cd "$root" && find usr/local/lib/systemd/system usr/lib/systemd/system -name "vserver-setup.service" 2>/dev/null | head -n 1)
	if [ -n "$units" ]; then
		mkdir -p "$root/etc/systemd/system/sysinit.target.wants"
		ln -s "/$units" "$root/etc/systemd/system/sysinit.target.wants/"
		ln -s "/${units%/*}/vservers.target" "$root/etc/systemd/system/multi-user.target.wants/"
	fi
	mkdir -p "$root/etc/vservers/.defaults"
	ln -sfn /var/lib/vservers "$root/etc/vservers/.defaults/vdirbase"
	# no consoles to log in at, nothing to wait for
	ln -s /dev/null "$root/etc/systemd/system-generators/systemd-getty-generator"
	for u in systemd-networkd systemd-networkd-wait-online systemd-network-generator systemd-udevd systemd-timesyncd \
		systemd-pstore systemd-random-seed systemd-logind systemd-update-utmp systemd-update-utmp-runlevel \
		systemd-modules-load systemd-remount-fs systemd-sysusers systemd-firstboot systemd-machine-id-commit \
		systemd-journal-flush systemd-hwdb-update systemd-boot-system-token systemd-user-sessions \
		console-getty getty-static quota quotarpc e2scrub_reap "modprobe@configfs" "modprobe@dm_mod" \
		"modprobe@fuse" "modprobe@loop" "modprobe@drm" "modprobe@efi_pstore"; do
		ln -sf /dev/null "$root/etc/systemd/system/$u.service"
	done
	rm -f "$root"/etc/systemd/system/*.wants/*networkd*
	ln -sf multi-user.target "$root/etc/systemd/system/default.target"
	printf "[Journal]\nStorage=volatile\nForwardToConsole=no\n" >"$root/etc/systemd/journald.conf.d/vm.conf"
	[ ! -e "$template" ] || cp "$template" "$root/var/lib/vctx/templates/"
	echo host >"$root/etc/hostname"
	printf "127.0.0.1 localhost host\n::1 localhost\n" >"$root/etc/hosts"
	: >"$root/etc/fstab"
	# a fixed one: this is no first boot
	echo 9c1d2a64f0a14f6b8f0c1e7b5a3d2e10 >"$root/etc/machine-id"
	echo "PS1=\"[vctx host] \\w \\\$ \"" >>"$root/root/.bashrc"
	echo ". /usr/share/bash-completion/bash_completion" >>"$root/root/.bashrc"
	size=$(($(du -sm "$root" | cut -f1) * 11 / 10 + 256))
	/sbin/ldconfig -r "$root"
	/sbin/mke2fs -qq -t ext4 -O ^has_journal,project,quota -E root_owner=0:0,lazy_itable_init=0 -L vctx-host \
		-d "$root" "$tmp/img" "${size}M" >/dev/null
' bash "$base"
mv "$tmp/img" "$out"
