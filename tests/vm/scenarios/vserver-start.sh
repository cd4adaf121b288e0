#!/bin/sh
# vserver-start - start, exec, stop and restart a guest of each init style; nothing is left over
# bed: um qemu
# timeout: 120
# shellcheck disable=SC1091,SC2016,SC2086,SC2002,SC2046,SC2140 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

for style in sysv plain command; do
	ok "$style: build" guest_make "g$style" "$style"
	exits "$style: status when stopped" 3 vserver "g$style" status
	exits "$style: exec when stopped" 125 vserver "g$style" exec true
	ok "$style: start" vserver "g$style" start
	ok "$style: running" vserver "g$style" running
	like "$style: status" "$(vserver "g$style" status)" "^Vserver 'g$style' is running at context '[0-9]+'"
	is "$style: node name" "$(vserver "g$style" exec hostname)" "g$style"
	like "$style: its process" "$(vserver "g$style" exec ps)" 'sleep 100000'
	not "$style: no process of the host" sh -c "vserver g$style exec ps | grep -w ksoftirqd"
	ok "$style: a second start is no error" vserver "g$style" start
	ok "$style: restart" vserver "g$style" restart
	ok "$style: running again" vserver "g$style" running
	ok "$style: stop" vserver "g$style" stop
	exits "$style: stopped" 1 vserver "g$style" running
	ok "$style: a second stop is no error" vserver "g$style" stop
	is "$style: nothing is left" "$(guest_left)" ""
	ok "$style: delete" vserver "g$style" delete --yes
	not "$style: its root directory is gone" test -e "/var/lib/vservers/g$style"
	not "$style: its configuration is gone" test -e "/etc/vservers/g$style"
done
done_testing
