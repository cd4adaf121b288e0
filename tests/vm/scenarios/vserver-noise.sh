#!/bin/sh
# vserver-noise - a guest that prints for ever keeps no command of the host
# bed: um qemu
# timeout: 120
# shellcheck disable=SC1091,SC2016 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

# who listens on the host is slower than who prints in the guest
slowly() {
	while [ "$(dd bs=4096 count=1 2>/dev/null | wc -c)" -gt 0 ]; do
		sleep 0.02
	done
}

# within FILE COMMAND...: ends with the command, or with 99 after 20 s
within() {
	within_out=$1
	shift
	"$@" >"$within_out" 2>&1 &
	within_pid=$!
	within_count=0
	while kill -0 $within_pid 2>/dev/null; do
		within_count=$((within_count + 1))
		if [ $within_count -gt 200 ]; then
			kill -9 $within_pid
			wait $within_pid
			return 99
		fi
		sleep 0.1
	done
	wait $within_pid
}

ok "build" guest_make noisy sysv
cat >/var/lib/vservers/noisy/etc/init.d/rc <<'EOT'
#!/bin/sh
case $1 in
3)
	echo "it starts"
	for i in 1 2 3; do
		dd if=/dev/zero bs=65536 2>/dev/null &
	done
	sleep 1
	;;
6)
	echo "it stops"
	for i in 1 2 3; do
		dd if=/dev/zero bs=65536 2>/dev/null &
	done
	sleep 1
	kill -9 -1
	;;
esac
exit 0
EOT
mkfifo /tmp/noise.pipe
slowly </tmp/noise.pipe &
exits "start comes back" 0 within /tmp/noise.pipe vserver noisy start
ok "the guest runs" vserver noisy running
is "and can be entered" "$(vserver noisy exec hostname)" noisy
slowly </tmp/noise.pipe &
exits "stop comes back" 0 within /tmp/noise.pipe vserver noisy stop
exits "it is stopped" 1 vserver noisy running

# what fails says why, all of it
printf '#!/bin/sh\nseq 1 20000\necho the last line\nexit 3\n' >/var/lib/vservers/noisy/etc/init.d/rc
exits "a start command that fails" 1 within /tmp/noise.out vserver noisy start
ok "all that it said is shown" grep -q '^the last line' /tmp/noise.out
like "and how it ended" "$(tail -n 1 /tmp/noise.out)" 'ended with status 3'
rm -f /tmp/noise.out /tmp/noise.pipe
guest_remove noisy
is "nothing is left" "$(guest_left)" ""
done_testing
