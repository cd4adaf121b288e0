#!/bin/sh
# vserver-spoof - a guest that says that it is the helper of another one does not stop it from working
# bed: um qemu
# timeout: 90
# shellcheck disable=SC1091,SC2016 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

was=$(cat /proc/sys/kernel/vshelper)
command -v vshelper >/proc/sys/kernel/vshelper
mkdir -p /etc/vservers/.defaults/apps/vshelper
ln -s /tmp/vshelper.log /etc/vservers/.defaults/apps/vshelper/logfile

ok "a guest" guest_make victim sysv
ok "another guest" guest_make liar sysv
# a shell whose arguments are those of the helper
printf 'sleep 100000 & wait\n' >/var/lib/vservers/liar/restart
ok "both start" sh -c 'vserver victim start && vserver liar start'
xid=$(cat /run/vservers/victim)
vserver liar exec sh -c "cd /; exec -a /vshelper/sh sh restart $xid" >/dev/null 2>&1 &
ok "it says that it is the helper for the other one" \
	wait_for sh -c "grep -q vshelper.sh.restart.$xid /proc/[0-9]*/cmdline"
ok "the other one ends" vkill --xid "$xid" -s KILL
ok "and its end is noticed" wait_for sh -c '! ls /run/vservers/victim /run/vshelper/'"$xid"
ok "the liar goes on" vserver liar running
vserver liar stop
wait

guest_remove victim liar
ok "nothing is left" wait_for sh -c '. "$VCTX_LIB/guest.sh"; test -z "$(guest_left)"'
is "indeed" "$(guest_left)" ""
note "$(cat /tmp/vshelper.log)"
echo "$was" >/proc/sys/kernel/vshelper
rm -rf /etc/vservers/.defaults/apps /tmp/vshelper.log
done_testing
