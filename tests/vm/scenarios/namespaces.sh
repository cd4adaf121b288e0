#!/bin/sh
# namespaces - mainline's namespaces work as ever on the host, with or without the series
# bed: um qemu
# timeout: 30
. "$VCTX_LIB/tap.sh"

hostname outside
is "uts: a new name inside" "$(unshare -u sh -c 'hostname inside; hostname')" inside
is "uts: the old name outside" "$(hostname)" outside
is "pid: first process is 1" "$(unshare -p -f sh -c 'echo $$')" 1
is "pid: own /proc shows only the own processes" \
	"$(unshare -p -f -m sh -c 'mount -t proc proc /proc && set -- /proc/[0-9]* && echo $#')" 1
is "user: root inside for a user outside" \
	"$(setpriv --reuid 1000 --regid 1000 --clear-groups unshare -U -r id -u)" 0
ok "mount: a tmpfs inside" unshare -m sh -c 'mount -t tmpfs none /mnt && touch /mnt/inside'
not "mount: is not seen outside" test -e /mnt/inside
is "net: only a loopback inside" "$(unshare -n sh -c 'ls /sys/class/net | wc -l; ip -o link | wc -l' | tail -n 1)" 1
is "ipc: no segments of others" "$(unshare -i ipcs -m | grep -c 0x)" 0
mkdir -p /sys/fs/cgroup/ns-test
ok "cgroup: own root inside" sh -c 'echo $$ >/sys/fs/cgroup/ns-test/cgroup.procs &&
	unshare -C sh -c "grep -q :/\$ /proc/self/cgroup"'
echo $$ >/sys/fs/cgroup/cgroup.procs
rmdir /sys/fs/cgroup/ns-test
done_testing
