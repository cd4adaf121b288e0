# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# guest.sh - small guests of busybox, and a look at what a guest left behind. Source it after tap.sh.
#
#   guest_make NAME [STYLE [BUILD-OPTION...]]   a guest of busybox below /var/lib/vservers; STYLE as in
#                         apps/init/style. sysv: 'rc 3' starts a sleep, 'rc 6' ends all. plain: an init that
#                         ends on SIGINT. command: sleep
#   guest_remove NAME...  stop and delete
#   guest_networks        has the kernel network contexts?
#   guest_left            what guests leave behind: contexts, processes, mounts, files; nothing when all is clean
#   wait_for COMMAND...   until it succeeds, at most 10 s

guest_make() {
	guest_name=$1 guest_style=${2:-sysv}
	[ $# -lt 2 ] || shift
	shift
	# shellcheck disable=SC2016 # for the shell of the command
	vserver --silent "$guest_name" build -m skeleton --initstyle "$guest_style" "$@" -- sh -ec '
		mkdir -p bin sbin usr/bin usr/sbin etc/init.d root var/run var/lock
		cp "$(readlink -f /bin/busybox)" bin/busybox
		for a in sh sleep ps cat ls id hostname kill killall5 true false echo env mount umount touch stat tty chmod \
			grep head dd mkdir rm mv ln test uname sync pidof reboot halt poweroff readlink seq wc chroot; do
			ln -s /bin/busybox bin/$a
		done
		printf "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:u:/tmp:/bin/sh\n" >etc/passwd
		printf "root:x:0:\ntty:x:5:\nuser:x:1000:\nextra:x:2000:user\n" >etc/group
		cat >etc/init.d/rc <<-"EOT"
			#!/bin/sh
			case $1 in
			3) echo "rc 3 of $(hostname)"; sleep 100000 & ;;
			6) kill -9 -1 ;;
			esac
			exit 0
		EOT
		chmod 755 etc/init.d/rc
		cat >sbin/init <<-"EOT"
			#!/bin/sh
			trap "exit 0" INT
			sleep 100000 &
			while :; do wait; done
		EOT
		chmod 755 sbin/init
	' || return 1
	if [ "$guest_style" = command ]; then
		mkdir -p "/etc/vservers/$guest_name/apps/init"
		printf '/bin/sleep\n100000\n' >"/etc/vservers/$guest_name/apps/init/cmd.start"
	fi
}

guest_remove() {
	for guest_name; do
		vserver --silent "$guest_name" delete
	done
}

guest_networks() {
	vserver-info - FEATURE vnet
}

guest_left() {
	for left in /proc/virtual/[0-9]*; do
		[ ! -e "$left" ] || echo "context ${left##*/} ($(tr '\n' ' ' <"$left/status" 2>/dev/null))"
	done
	for left in /proc/virtnet/[0-9]*; do
		[ ! -e "$left" ] || echo "network context ${left##*/} ($(tr '\n' ' ' <"$left/status" 2>/dev/null))"
	done
	for left in /run/vservers.net/guest/* /run/vservers.net/address/* /run/vservers.net/device/*; do
		[ ! -e "$left" ] || echo "file $left"
	done
	for left in /run/vservers/* /run/vservers.rev/* /run/vshelper/* /run/vservers.lock/*; do
		if [ -e "$left" ] || [ -L "$left" ]; then
			echo "file $left"
		fi
	done
	grep vservers /proc/mounts | grep -v ' /var/lib/vservers ' | sed 's/^/mount /'
	# shellcheck disable=SC2009 # by the whole command line
	ps -o pid,args 2>/dev/null | grep -E 'sleep 100000|vserver( |-drain)' | grep -v grep | sed 's/^/process /'
	[ ! -d /sys/fs/cgroup/vservers ] || find /sys/fs/cgroup/vservers -mindepth 1 -type d | sed 's/^/cgroup /'
}

wait_for() {
	wait_count=0
	until "$@" >/dev/null 2>&1; do
		wait_count=$((wait_count + 1))
		[ $wait_count -lt 100 ] || return 1
		sleep 0.1
	done
}
