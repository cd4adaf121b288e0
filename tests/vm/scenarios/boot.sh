#!/bin/sh
# boot - the small image comes up with everything scenarios count on
# bed: um qemu
# timeout: 20
. "$VCTX_LIB/tap.sh"

is "runs as root" "$(id -u)" 0
like "this is Linux 6.12" "$(uname -r)" '^6\.12\.'
for fs in proc sysfs devtmpfs devpts tmpfs cgroup2; do
	ok "$fs is mounted" grep -q " $fs " /proc/mounts
done
ok "root file system is ext4, so pivot_root works" grep -q ' / ext4 ' /proc/mounts
ok "the loopback answers" ping -c 1 -W 2 127.0.0.1
ok "a pseudo terminal can be had" sh -c 'exec 3<>/dev/ptmx'
ok "the kernel tells its configuration" test -r /proc/config.gz
done_testing
