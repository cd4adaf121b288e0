#!/bin/sh
# vserver-setup - what a guest finds inside: mounts, /dev, capabilities; scripts, rescue, interruption, warnings
# bed: um qemu
# timeout: 120
# shellcheck disable=SC1091,SC2016,SC2086,SC2002,SC2046,SC2140 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

guest_make gs sysv
cfg=/etc/vservers/gs root=/var/lib/vservers/gs
was=$(cat /proc/sys/kernel/vshelper)
command -v vshelper >/proc/sys/kernel/vshelper

# mounts
mkdir -p /tmp/shared $root/data $root/ro $root/opt
echo hello >/tmp/shared/file
echo opt >/tmp/optfile
touch $root/opt/file
ln -s /data $root/link
cat >$cfg/fstab <<EOT
none	/tmp	tmpfs	size=1m,mode=1777
/tmp/shared	/link	none	bind
/tmp/shared	/ro	none	bind,ro,nosuid
/tmp/optfile	/opt/file	none	bind
/nowhere	/data	none	bind,nofail
/nowhere	/data	none	bind,noauto
EOT
ok "start with an fstab" vserver gs start
is "bind mount, through a link of the guest" "$(vserver gs exec cat /data/file)" hello
is "bind mount of a file" "$(vserver gs exec cat /opt/file)" opt
not "read-only bind mount" vserver gs exec touch /ro/x
ok "the other one is not" vserver gs exec touch /data/x
like "size of the tmpfs" "$(vserver gs exec grep ' /tmp ' /proc/mounts)" 'size=1024k'
is "every mount is nodev, but /dev" "$(vserver gs exec grep -v nodev /proc/mounts | cut -d' ' -f2 | tr '\n' ' ')" "/dev /dev/pts "
is "no mount of the host is seen" "$(vserver gs exec grep -c -e sysfs -e cgroup -e securityfs /proc/mounts)" 0
is "/dev" "$(vserver gs exec ls /dev | tr '\n' ' ')" \
	"console fd full null ptmx pts random shm stderr stdin stdout tty urandom zero "
ok "/dev/null works" vserver gs exec sh -c 'echo x >/dev/null'
ok "the root directory is the root" vserver gs exec sh -c 'cd / && cd .. && ls etc/passwd'
is "capabilities are bounded on the host's side" "$(sed -n 's/^BCaps:[[:space:]]*//p' "/proc/virtual/$(cat /run/vservers/gs)/status")" 00000000b44c04fb
vserver gs stop
rm $cfg/fstab

# the guest's own /dev
touch $cfg/keepdev
mknod $root/dev/mine c 1 3
ok "start with the guest's own /dev" vserver gs start
ok "its nodes work" vserver gs exec sh -c 'echo x >/dev/mine'
vserver gs stop
rm $cfg/keepdev $root/dev/mine

# scripts around a stop
mkdir -p $cfg/scripts/pre-start.d
for s in pre-stop post-stop postpost-stop pre-start.d/20 pre-start.d/10; do
	printf '#!/bin/sh\necho "%s $1 $2 $(pwd) $(test -d proc/self && echo mounted)" >>/tmp/log\n' $s >$cfg/scripts/$s
	chmod 755 $cfg/scripts/$s
done
mkdir -p /etc/vservers/.defaults/scripts
for s in pre-stop initialize; do
	printf '#!/bin/sh\necho "default %s" >>/tmp/log\n' $s >/etc/vservers/.defaults/scripts/$s
	chmod 755 /etc/vservers/.defaults/scripts/$s
done
vserver gs start && vserver gs stop
is "scripts, their order, arguments and directories; own ones hide the default" "$(sed 's/ *$//' /tmp/log)" "default initialize
pre-start.d/10 pre-start gs $root mounted
pre-start.d/20 pre-start gs $root mounted
pre-stop pre-stop gs $root mounted
post-stop post-stop gs $root
postpost-stop postpost-stop gs $root"
rm -r $cfg/scripts /etc/vservers/.defaults/scripts

# rescue
ok "rescue" vserver gs start --rescue
is "its init is the sleep" "$(vserver gs exec cat /proc/1/comm)" sleep
not "rc was not executed" sh -c "vserver gs exec ps | grep 'sleep 100000'"
ok "stop" vserver gs stop
ok "rescue with an own command as process 1" vserver gs start --rescue-init /bin/sleep 4321
is "its arguments" "$(vserver gs exec cat /proc/1/cmdline | tr '\0' ' ')" "/bin/sleep 4321 "
ok "stop, although it does not listen" vserver gs stop

# interrupted
printf '#!/bin/sh\n[ "$1" != 3 ] || sleep 100000\n' >$root/etc/init.d/rc
vserver gs start &
pid=$!
ok "a start that takes its time" wait_for sh -c "ps -o args | grep -q '^sleep 100000'"
kill -INT $pid
kill -TERM $pid
wait $pid
is "an interrupted start has failed" $? 1
ok "and left nothing" wait_for sh -c '. "$VCTX_LIB/guest.sh"; test -z "$(guest_left)"'
is "indeed" "$(guest_left)" ""
vserver gs start >/dev/null 2>&1 &
pid=$!
wait_for sh -c "ps -o args | grep -q '^sleep 100000'"
kill -9 $pid
wait $pid
ok "after a killed vserver the guest can be stopped" vserver gs stop
is "and nothing is left" "$(guest_left)" ""
printf '#!/bin/sh\n[ "$1" != 3 ] || sleep 100000 &\n[ "$1" != 6 ] || kill -9 -1\n' >$root/etc/init.d/rc

# nobody listens
vserver -v gs start 2>&1 | head -n 1 >/dev/null
ok "a start goes on when nobody reads what it says" vserver gs running
vserver -v gs stop 2>&1 | head -n 1 >/dev/null
is "so does a stop" "$(guest_left)" ""

# one at a time
vserver gs start &
vserver gs start &
vserver gs start &
wait
ok "three at a time start it once" vserver gs running
is "one context" "$(find /proc/virtual -mindepth 1 -maxdepth 1 -name '[0-9]*' | wc -l)" 1
vserver gs stop & vserver gs stop & wait
is "two stops at a time" "$(guest_left)" ""

# warnings
mkdir -p $cfg/interfaces/0 $cfg/rlimits
echo 192.0.2.1 >$cfg/interfaces/0/ip
echo eth0 >$cfg/interfaces/0/dev
guest_networks || lines=2
[ "${lines:-}" ] || touch $cfg/noncontext
echo 5 >$cfg/rlimits/nonsense
out=$(vserver gs start 2>&1 >/dev/null)
like "addresses are said not to be applied" "$out" "^vserver: gs: warning: 1 address is configured, but .*: not applied$"
if [ "${lines:-}" ]; then
	like "because the kernel cannot" "$out" "but this kernel has no network contexts: not applied$"
	is "such a kernel starts it in the host's network" "$(vserver gs status --json | jq -c '[.network_context, .addresses]')" '[null,null]'
fi
like "so are limits that there are not" "$out" "^vserver: gs: warning: .*ignored: rlimits/nonsense$"
is "two lines" "$(printf '%s\n' "$out" | wc -l)" 2
vserver gs stop
rm -rf $cfg/noncontext $cfg/interfaces $cfg/rlimits

# names that differ little
guest_make g-s sysv
ok "names that differ in a dash" sh -c 'vserver gs start && vserver g-s start && vserver gs running && vserver g-s running'
is "by number" "$(vserver "$(cat /run/vservers/g-s)" exec hostname)" g-s
is "by path" "$(cd /etc/vservers && vserver ./g-s exec hostname)" g-s
guest_make list sysv
ok "a guest whose name is list" vserver list start
like "is listed" "$(vserver list)" '^list +running'
guest_remove gs g-s list
is "nothing is left" "$(guest_left)" ""
echo "$was" >/proc/sys/kernel/vshelper
rm -rf /tmp/shared /tmp/optfile /tmp/log
done_testing
