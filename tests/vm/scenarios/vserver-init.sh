#!/bin/sh
# vserver-init - the init script: preparations of the host, marked guests in the order of their dependencies
# bed: um qemu
# timeout: 120
# shellcheck disable=SC1091,SC2016,SC2086 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

script=/etc/init.d/vservers
[ -x $script ] || skip_all "the init script is not installed"
was=$(cat /proc/sys/kernel/vshelper)
export VCTX_CONFDIR=/etc/vservers

for g in i1 i2 i3 i4; do
	guest_make $g sysv
	mkdir -p /etc/vservers/$g/apps/init /etc/vservers/$g/scripts
	for s in post-start pre-stop; do
		printf '#!/bin/sh\necho "$1 $2" >>/tmp/init.log\n' >/etc/vservers/$g/scripts/$s
		chmod 755 /etc/vservers/$g/scripts/$s
	done
done
echo default >/etc/vservers/i1/apps/init/mark
echo 'other default' >/etc/vservers/i2/apps/init/mark
echo default >/etc/vservers/i4/apps/init/mark
: >/etc/vservers/i4/disabled
# i1 needs i2, i2 needs i3, which has no mark of its own
echo i2 >/etc/vservers/i1/apps/init/depends
echo i3 >/etc/vservers/i2/apps/init/depends

# the host
mkdir -p /etc/vservers/.defaults/apps/vprocunhide
printf '# mine\n~/proc/crypto\n' >/etc/vservers/.defaults/apps/vprocunhide/files
echo /nix >/proc/sys/kernel/vshelper
ok "start" $script start
is "the helper is known to the kernel" "$(cat /proc/sys/kernel/vshelper)" "$(command -v vshelper)"
not "the list of hidden entries is applied" vserver i1 exec cat /proc/crypto
ok "what is not in it stays" vserver i1 exec cat /proc/version
printf '+/proc/crypto\n' >/etc/vservers/.defaults/apps/vprocunhide/files
vprocunhide -q
ok "and back" vserver i1 exec cat /proc/crypto
rm -r /etc/vservers/.defaults/apps

is "in the order of dependencies" "$(cat /tmp/init.log)" "post-start i3
post-start i2
post-start i1"
ok "status" $script status
not "a disabled one is not started" vserver i4 running
ok "start again" $script start
: >/tmp/init.log
ok "condrestart" $script condrestart
ok "stop" $script stop
is "stops those with the mark, the other way round" "$(grep pre-stop /tmp/init.log | tail -n 2)" "pre-stop i1
pre-stop i2"
ok "the one without a mark runs on" vserver i3 running
exits "status when stopped" 3 $script status
vserver i3 stop

# failures
printf '#!/bin/sh\nexit 1\n' >/etc/vservers/i3/scripts/pre-start
chmod 755 /etc/vservers/i3/scripts/pre-start
out=$($script start 2>&1)
is "nobody started: exit code" $? 1
like "who fails says so" "$out" "^vserver: i3: step 'pre-start': "
like "and who needs it" "$out" "^vservers: i1: not started, a guest it depends on has failed$"
rm /etc/vservers/i4/disabled
$script start >/dev/null 2>&1
is "some started: exit code" $? 2
ok "the one that needs nobody" vserver i4 running
echo i1 >/etc/vservers/i3/apps/init/depends
out=$($script start 2>&1)
like "a circle is told" "$out" "depend on each other in a circle: "
for bad in fly 'start a b' ''; do
	exits "wrong usage '$bad'" 2 $script $bad
done
$script stop >/dev/null 2>&1
guest_remove i1 i2 i3 i4
is "nothing is left" "$(guest_left)" ""
echo "$was" >/proc/sys/kernel/vshelper
rm -f /tmp/init.log
done_testing
