#!/bin/sh
# vserver-loop - start, stop and restart 50 times, guests side by side: nothing is left over, memory neither
# bed: um qemu
# timeout: 300
# shellcheck disable=SC1091,SC2016,SC2086,SC2002,SC2046,SC2140 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

free_kib() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemAvailable/ { print $2 }' /proc/meminfo
}

guest_make l1 sysv
guest_make l2 plain
guest_make l3 command
mounts=$(sort /proc/mounts)
rounds() {
	bad=0
	for _ in $(seq "$1"); do
		for g in l1 l2 l3; do
			vserver -q $g start >/dev/null || bad=$((bad + 1))
		done
		for g in l1 l2 l3; do
			vserver -q $g restart >/dev/null &
		done
		wait
		for g in l1 l2 l3; do
			vserver $g running || bad=$((bad + 1))
			vserver -q $g stop >/dev/null &
		done
		wait
		for g in l1 l2 l3; do
			! vserver $g running || bad=$((bad + 1))
		done
	done
	echo $bad
}
is "3 rounds to warm up" "$(rounds 3)" 0
before=$(free_kib)
is "50 rounds" "$(rounds 50)" 0
# what is freed later (grace periods, workers) needs a moment; what is lost never comes back: 300 starts, 7 KiB each
after=$(free_kib)
for _ in $(seq 40); do
	[ $((before - after)) -ge 2048 ] || break
	sleep 0.5
	after=$(free_kib)
done
is "nothing is left" "$(guest_left)" ""
is "the host's mounts are as before" "$(sort /proc/mounts)" "$mounts"
note "available memory before $before KiB, after $after KiB"
ok "memory is free again" test $((before - after)) -lt 2048
guest_remove l1 l2 l3
done_testing
