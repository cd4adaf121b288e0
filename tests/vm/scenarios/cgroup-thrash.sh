#!/bin/sh
# cgroup-thrash - a guest that wants more memory than it may have keeps neither another guest nor the host from working
# bed: um qemu
# timeout: 180
# shellcheck disable=SC1091,SC2016,SC2086 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

guest_make ga plain --context 40010
guest_make gb plain --context 40011
mkdir -p /etc/vservers/ga/cgroup
echo 24M >/etc/vservers/ga/cgroup/memory.max
echo 0 >/etc/vservers/ga/cgroup/memory.swap.max
echo '30%' >/etc/vservers/ga/cgroup/cpu.max
ok "start" vserver ga start
ok "start" vserver gb start

# rounds of some work that allocates, in 4 seconds of the clock
work='n=0; end=$(($(cut -d. -f1 /proc/uptime) + 4)); while [ $(cut -d. -f1 /proc/uptime) -lt $end ]; do
	dd if=/dev/zero of=/dev/null bs=1M count=4 2>/dev/null; n=$((n + 1)); done; echo $n'
vserver gb exec ln -s /bin/busybox /bin/cut
alone=$(vserver gb exec sh -c "$work")
note "alone: $alone rounds"

# anonymous memory until it is killed, again and again; files larger than the limit, again and again
vserver ga exec sh -c 'dd if=/dev/zero of=/big bs=1M count=64 2>/dev/null'
vserver ga exec sh -c 'while :; do dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; done' >/dev/null 2>&1 &
a=$!
vserver ga exec sh -c 'while :; do dd if=/big of=/dev/null bs=64k 2>/dev/null; done' >/dev/null 2>&1 &
b=$!
wait_for sh -c '[ "$(sed -n "s/^oom_kill //p" /sys/fs/cgroup/vservers/ga/memory.events)" -gt 2 ]'
events=$(sed -n 's/^max //p' /sys/fs/cgroup/vservers/ga/memory.events)
beside=$(vserver gb exec sh -c "$work")
note "beside it: $beside rounds"
ok "another guest does at least 40 % of what it does alone" test $((beside * 100)) -ge $((alone * 40))
start=$(date +%s)
for _ in 1 2 3 4 5 6 7 8 9 10; do vserver gb exec true && ls / >/dev/null; done
took=$(($(date +%s) - start))
note "ten commands took $took s"
ok "the host answers" test $took -le 20
ok "it went on meanwhile" test "$(sed -n 's/^max //p' /sys/fs/cgroup/vservers/ga/memory.events)" -gt $events
ok "it never had more" test "$(cat /sys/fs/cgroup/vservers/ga/memory.peak)" -le $((24 * 1024 * 1024))
is "nobody else was killed" "$(vserver gb running && echo runs)" runs
ok "it can be stopped" vserver ga stop
wait $a $b 2>/dev/null
guest_remove ga gb
is "nothing is left in the end" "$(guest_left)" ""
rmdir /sys/fs/cgroup/vservers
done_testing
