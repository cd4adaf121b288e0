#!/bin/sh
# cgroup-systemd - groups of guests on a host whose systemd has the top of the tree; a guest with limits started by a unit
# bed: um qemu
# image: debian
# timeout: 120
# shellcheck disable=SC1091,SC2016,SC2086 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

top=/sys/fs/cgroup/vservers
command -v busybox >/dev/null || skip_all "no busybox to make a guest of"
# what systemd has on by itself, and takes away when none of its units asks for it
before=$(cat /sys/fs/cgroup/cgroup.subtree_control)
note "systemd hands on: $before"
guest_make ga plain --context 40010
# the busybox of this host is not static
ldd "$(command -v busybox)" | sed -n 's/.*[[:space:]]\(\/[^ ]*\) (.*/\1/p' | while read -r lib; do
	mkdir -p "/var/lib/vservers/ga/${lib%/*}" && cp -L "$lib" "/var/lib/vservers/ga/$lib"
done
mkdir -p /etc/vservers/ga/cgroup
echo 64M >/etc/vservers/ga/cgroup/memory.max
echo 50 >/etc/vservers/ga/cgroup/pids.max
echo '50%' >/etc/vservers/ga/cgroup/cpu.max
grep -q cpuset /sys/fs/cgroup/cgroup.controllers && echo 0 >/etc/vservers/ga/cgroup/cpuset.cpus
echo 200 >/etc/vservers/ga/cgroup/io.weight
[ -e /sys/fs/cgroup/io.cost.qos ] || rm /etc/vservers/ga/cgroup/io.weight
touch /etc/vservers/ga/cgroup/mount
in_force() {
	cat $top/ga/memory.max $top/ga/pids.max $top/ga/cpu.max | tr '\n' ' '
	[ ! -e /etc/vservers/ga/cgroup/cpuset.cpus ] || cat $top/ga/cpuset.cpus.effective
	[ ! -e /etc/vservers/ga/cgroup/io.weight ] || cat $top/ga/io.weight
}

ok "the unit starts it" systemctl start vserver@ga
ok "it runs" vserver ga running
is "in a group of its own" "$(sort -u $top/ga/cgroup.procs | wc -l | sed 's/^0$/none/; s/^[0-9]*$/some/')" some
like "not in that of the unit" "$(cat "/proc/$(head -n 1 $top/ga/cgroup.procs)/cgroup")" '^0::/vservers/ga$'
was=$(in_force)
note "in force: $was"
like "with its limits" "$was" '^67108864 50 50000 100000 '
systemctl daemon-reload
systemctl restart systemd-journald
printf '[Service]\nType=oneshot\nExecStart=/bin/true\nMemoryMax=100M\nCPUWeight=50\nIOWeight=50\n' \
	>/run/systemd/system/other.service
systemctl daemon-reload
ok "a unit with limits comes and goes" systemctl start other
rm /run/systemd/system/other.service
systemctl daemon-reexec
is "systemd does not take them away" "$(in_force)" "$was"
ok "a limit is changed" vmemctrl --xid ga --max 80M
systemctl daemon-reload
is "and stays" "$(cat $top/ga/memory.max)" 83886080
ok "the unit is active" systemctl is-active vserver@ga
ok "the unit stops it" systemctl stop vserver@ga
not "it does not run" vserver ga running
is "its group is gone" "$(ls -d $top/ga 2>/dev/null)" ""
is "no unit failed" "$(systemctl --failed --no-legend --plain | tr '\n' ' ')" ""
guest_remove ga
is "nothing is left in the end" "$(guest_left)" ""
done_testing
