#!/bin/sh
# vserver-fail - a start that fails, at whatever step, leaves nothing and says in one line why
# bed: um qemu
# timeout: 240
# shellcheck disable=SC1091,SC2016,SC2086,SC2002,SC2046,SC2140 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

# everything a start can do
cfg=/etc/vservers/gf
guest_make gf sysv
mkdir -p $cfg/scripts $cfg/ulimits $cfg/sysctl/0 $cfg/apps/init $cfg/cgroup
for s in initialize prepre-start pre-start post-start; do
	printf '#!/bin/sh\necho "$1 $2 $(pwd)" >>/tmp/scripts.log\n' >$cfg/scripts/$s
	chmod 755 $cfg/scripts/$s
done
echo 512 >$cfg/ulimits/nofile
echo kernel.shmmni >$cfg/sysctl/0/setting
echo 1024 >$cfg/sysctl/0/value
echo /bin/true >$cfg/apps/init/cmd.start-sync
echo /bin/true >$cfg/apps/init/cmd.prepare
touch $cfg/apps/init/sync
echo 100 >$cfg/cgroup/pids.max
echo 64M >$cfg/cgroup/memory.max
touch $cfg/cgroup/mount

plan=$(vserver gf start --dry-run)
is "a dry run leaves nothing" "$(guest_left)" ""
steps=$(printf '%s\n' "$plan" | awk '{ print $2 }')
like "the plan has all kinds of steps" "$(echo $steps)" 'initialize prepre-start cgroup process (network )?root dev proc fstab delegate files prepare pre-start pivot limits context spaces names sysctl rights flags run-file state-file init sync post-start'

ok "with nothing failing it starts" vserver gf start
is "scripts ran in order, in their directories" "$(cut -d' ' -f1,3 /tmp/scripts.log | tr '\n' ';')" \
	"initialize $cfg;prepre-start $cfg;pre-start /var/lib/vservers/gf;post-start /var/lib/vservers/gf;"
is "the limit holds" "$(vserver gf exec sh -c 'ulimit -n')" 512
is "the sysctl is set inside" "$(vserver gf exec cat /proc/sys/kernel/shmmni)" 1024
not "and not on the host" test "$(cat /proc/sys/kernel/shmmni)" = 1024
is "the cgroup limits" "$(cat /sys/fs/cgroup/vservers/gf/pids.max /sys/fs/cgroup/vservers/gf/memory.max | tr '\n' ' ')" "100 67108864 "
ok "stop" vserver gf stop
is "nothing is left of it" "$(guest_left)" ""
# from here on with the option nsdelegate, which a host with systemd has from the beginning
before=$(cat /proc/mounts | sort)

for s in $steps; do
	out=$(VCTX_FAIL_STEP=$s vserver -q gf start 2>&1)
	status=$?
	is "$s fails: exit code" "$status" 1
	is "$s fails: one line" "$(printf '%s\n' "$out" | grep -v '^rc 3 of')" \
		"vserver: gf: step '$s': failure asked for by VCTX_FAIL_STEP"
	is "$s fails: nothing is left" "$(guest_left)" ""
	is "$s fails: the host's mounts are as before" "$(cat /proc/mounts | sort)" "$before"
done
ok "after all that it starts" vserver gf start
guest_remove gf
is "nothing is left in the end" "$(guest_left)" ""
rmdir /sys/fs/cgroup/vservers
rm -f /tmp/scripts.log
done_testing
