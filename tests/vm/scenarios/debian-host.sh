#!/bin/sh
# debian-host - the Debian host comes up under systemd, with the disc for guests and the template
# bed: um qemu
# image: debian
# timeout: 60
. "$VCTX_LIB/tap.sh"

is "process 1 is systemd" "$(cat /proc/1/comm)" systemd
is "no unit failed" "$(systemctl --failed --no-legend --plain | tr '\n' ' ')" ""
is "the guests' disc is xfs" "$(findmnt -n -o FSTYPE /var/lib/vservers)" xfs
ok "it can share blocks" sh -c 'cd /var/lib/vservers && head -c 100000 /dev/zero >a &&
	cp --reflink=always a b && rm a b'
is "/var/lib/vservers is a barrier for others" "$(stat -c %a /var/lib/vservers)" 0
ok "the guest template is there" test -s /var/lib/vctx/templates/debian.tar.zst
ok "cgroup v2 is mounted" test -f /sys/fs/cgroup/cgroup.controllers
done_testing
