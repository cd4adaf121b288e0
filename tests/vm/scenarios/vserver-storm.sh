#!/bin/sh
# vserver-storm - a fork bomb and a kill storm in one guest while another one answers, and stopping them
# bed: um qemu debug
# timeout: 120
# shellcheck disable=SC1091,SC2016,SC2086,SC2046 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

# answers NAME: the guest does what it is asked five times, with its own processes all there
answers() {
	good=0
	for _ in 1 2 3 4 5; do
		[ "$(vserver "$1" exec sh -c 'echo $((6 * 7)) $(hostname)')" != "42 $1" ] || good=$((good + 1))
	done
	[ $good -eq 5 ] && [ "$(vserver "$1" exec sh -c 'ps | grep -c "[s]leep 100000"')" = 1 ]
}
tasks_of() {
	sed -n 's/^Tasks:[[:space:]]*//p' "/proc/virtual/$1/status" 2>/dev/null || echo 0
}

guest_make storm plain
guest_make quiet sysv
for g in storm quiet; do
	ok "$g: start" vserver -q $g start
done
storm=$(cat /run/vservers/storm)
host_pid=$$
sleep 100001 &
host_sleep=$!

# as many processes as 'ulimit' lets its root have, each of which starts two more for ever
cat >/var/lib/vservers/storm/bomb <<'EOT'
ulimit -p 120 2>/dev/null || ulimit -u 120
b() { while :; do b & b; done 2>/dev/null; }
b
EOT
# as a service would: in a session of its own, which is what the scheduler is fair to
# a shell that cannot fork ends, so it is lit again and again
while vserver storm running; do
	vserver storm exec busybox setsid sh /bomb
done >/dev/null 2>&1 &
ok "the fork bomb has gone off" wait_for sh -c "[ \$(sed -n 's/^Tasks:[[:space:]]*//p' /proc/virtual/$storm/status) -gt 90 ]"
ok "the other guest answers" answers quiet
ok "so does the host" wait_for sh -c "ls /proc && vserver-stat"
ok "the bomb is limited to what its guest may have ($(tasks_of "$storm") tasks)" test "$(tasks_of "$storm")" -le 140
ok "the guest of the bomb is stopped" vserver -q storm stop
exits "it is" 1 vserver storm running
ok "nothing of the bomb is left" wait_for test ! -e "/proc/virtual/$storm"
wait $!

# every signal to every number, from root of the guest
ok "start again" vserver -q storm start
cat >/var/lib/vservers/storm/storm <<'EOT'
trap "" 1 2 3 10 12 13 14 15
max=$1
shift
for s in 9 15 1 19 6 11; do
	kill -$s -1
	for p; do kill -$s $p; kill -$s -$p; done
	p=2
	while [ $p -le $max ]; do [ $p = $$ ] || kill -$s $p; p=$((p + 1)); done
done 2>/dev/null
EOT
for _ in 1 2 3; do
	vserver storm exec sh /storm 1200 $host_pid $host_sleep $(pidof init sh sleep 2>/dev/null) >/dev/null 2>&1 &
	ok "during a kill storm the other guest answers" answers quiet
	wait $!
done
ok "the host's process is there" kill -0 $host_sleep
like "and not stopped" "$(sed -n 's/^State:[[:space:]]*//p' /proc/$host_sleep/status)" '^S'
ok "the other guest has all of its processes" answers quiet
ok "the guest of the storm still has its init" vserver storm running
ok "and can be stopped" vserver -q storm stop
ok "quiet: stop" vserver -q quiet stop
kill $host_sleep
is "nothing is left" "$(guest_left)" ""
guest_remove storm quiet
done_testing
