#!/bin/sh
# vserver-reboot - reboot and halt inside reach the helper, which restarts or stops that guest only
# bed: um qemu
# timeout: 180
# shellcheck disable=SC1091,SC2016,SC2086,SC2002,SC2046,SC2140 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

was=$(cat /proc/sys/kernel/vshelper)
command -v vshelper >/proc/sys/kernel/vshelper
mkdir -p /etc/vservers/.defaults/apps/vshelper
ln -s /tmp/vshelper.log /etc/vservers/.defaults/apps/vshelper/logfile

uptime=$(cut -d. -f1 /proc/uptime)
guest_make other plain
ok "another guest" vserver other start

for style in plain sysv; do
	g=g$style
	guest_make $g $style
	ok "$style: start" vserver $g start
	vserver $g exec sh -c 'sleep 77777 >/dev/null 2>&1 &'
	vserver $g exec reboot -f >/dev/null 2>&1
	ok "$style: after a reboot inside the old processes are gone" wait_for sh -c '! ps -o args | grep -q "^[s]leep 77777"'
	ok "$style: and it runs again" wait_for vserver $g running
	like "$style: with its processes" "$(wait_for sh -c "vserver $g exec ps | grep 'sleep 100000'"; vserver $g exec ps)" 'sleep 100000'
	vserver $g exec halt -f >/dev/null 2>&1
	ok "$style: after a halt inside it is stopped" wait_for sh -c "! vserver $g running"
	ok "$style: and cleaned up" wait_for sh -c "! ls /run/vservers/$g /run/vservers.lock/$g"

	ok "$style: start once more" vserver $g start
	vserver $g exec sh -c 'kill -9 -1' >/dev/null 2>&1
	# shellcheck disable=SC2046 # numbers
	kill -9 $(ps -o pid,args | awk '/[s]leep 100000/ { print $1 }') 2>/dev/null
	vserver other running || vserver other start
	vserver $g stop
	ok "$style: poweroff is like halt" sh -c "vserver $g start; vserver $g exec poweroff -f >/dev/null 2>&1; sleep 0"
	ok "$style: stopped" wait_for sh -c "! vserver $g running"
	ok "$style: cleaned up" wait_for sh -c "! ls /run/vservers/$g /run/vservers.lock/$g"

	# a handler of one's own
	mkdir -p /etc/vservers/$g/apps/vshelper
	printf '#!/bin/sh\necho "$1 $2" >/tmp/handler.%s\n' $g >/etc/vservers/$g/apps/vshelper/restart
	chmod 755 /etc/vservers/$g/apps/vshelper/restart
	vserver $g start
	xid=$(cat /run/vservers/$g)
	vserver $g exec reboot -f >/dev/null 2>&1
	ok "$style: a handler of the guest's configuration is called" wait_for test -s /tmp/handler.$g
	is "$style: with context and event" "$(cat /tmp/handler.$g)" "$xid restart"
	vserver $g stop
	guest_remove $g
done
ok "the other guest still runs" vserver other running
ok "and so does the host" test "$(cut -d. -f1 /proc/uptime)" -ge "$uptime"
note "$(cat /tmp/vshelper.log)"
guest_remove other
ok "nothing is left" wait_for sh -c '. "$VCTX_LIB/guest.sh"; test -z "$(guest_left)"'
is "indeed" "$(guest_left)" ""
echo "$was" >/proc/sys/kernel/vshelper
rm -rf /etc/vservers/.defaults/apps /tmp/vshelper.log /tmp/handler.*
done_testing
