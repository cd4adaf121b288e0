#!/bin/bash
# vserver-three - three Debian guests side by side: start, restart and stop 50 times, nothing is left over
# bed: um qemu
# image: debian
# timeout: 600
# shellcheck disable=SC1091,SC2016 # text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"
template=/var/lib/vctx/templates/debian.tar.zst
guests=(three-a three-b three-c)

free_kib() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemAvailable/ { print $2 }' /proc/meminfo
}

ok "build" vserver three-a build -m template --hostname three-a --initstyle plain -- -t "$template"
ok "clone" vserver three-b build -m clone --hostname three-b --initstyle plain -- -s three-a
ok "clone again" vserver three-c build -m clone --hostname three-c --initstyle sysv -- -s three-a

# each VERB: of all guests, at the same time; the number of failures
each() {
	local g p pids=() bad=0

	for g in "${guests[@]}"; do
		vserver -q "$g" "$1" >/dev/null 2>&1 </dev/null &
		pids+=($!)
	done
	for p in "${pids[@]}"; do
		wait "$p" || bad=$((bad + 1))
	done
	[ $bad -eq 0 ] || echo "$1: $bad"
}
# start of a guest with an init of its own does not wait for its services
cron_runs() {
	local i

	for ((i = 0; i < 300; i++)); do
		case $(vserver "$1" exec ps ax) in
		*cron*) return 0 ;;
		esac
		sleep 0.1
	done
	return 1
}
rounds() {
	local n g

	for ((n = 1; n <= $1; n++)); do
		each start
		each running
		if ((n % 10 == 1)); then
			for g in "${guests[@]}"; do
				[ "$(vserver "$g" exec hostname)" = "$g" ] || echo "$g: wrong name"
				cron_runs "$g" || echo "$g: no cron"
			done
			each restart
			each running
		fi
		each stop
		for g in "${guests[@]}"; do
			! vserver "$g" running || echo "$g: still runs"
		done
	done
}
is "2 rounds to warm up" "$(rounds 2)" ""
mounts=$(sort /proc/mounts)
before=$(free_kib)
is "50 rounds" "$(rounds 50)" ""
is "nothing is left" "$(guest_left)" ""
is "the host's mounts are as before" "$(sort /proc/mounts)" "$mounts"
after=$(free_kib)
for _ in $(seq 40); do
	[ $((before - after)) -ge 6144 ] || break
	sleep 0.5
	after=$(free_kib)
done
note "available memory before $before KiB, after $after KiB"
ok "memory is free again" test $((before - after)) -lt 6144
for g in "${guests[@]}"; do
	vserver --silent "$g" delete
done
done_testing
