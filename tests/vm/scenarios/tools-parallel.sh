#!/bin/bash
# tools-parallel - many tools at the same time: numbers are given once, nothing hangs, nothing is left
# bed: um qemu
# timeout: 60
. "$VCTX_LIB/tap.sh"

zcat /proc/config.gz | grep -q '^CONFIG_VSERVER=y' || skip_all "the kernel has no virtual servers"

# free numbers
for i in $(seq 1 20); do
	vcontext --create -- sleep 1000 >"new.$i" 2>&1 &
done
for _ in $(seq 1 100); do
	[ "$(cat new.* | grep -c .)" -lt 20 ] || break
	sleep 0.1
done
is "20 at once without a word of failure" "$(grep -hv '^New security context is ' new.*)" ""
is "20 at once get 20 different numbers" "$(cat new.* | sed -n 's/^New security context is //p' | sort -u | wc -l)" 20
is "all are listed" "$(vserver-stat --json | jq '[.contexts[] | select(.xid >= 49152)] | length')" 20
for n in $(cat new.* | sed -n 's/^New security context is //p'); do vkill --xid "$n"; done
wait
is "none is left" "$(vserver-stat | sed 1d | wc -l)" 1

# one number
xid=4500
for i in $(seq 1 12); do
	(vcontext --silent --silentexist --create --xid $xid -- vcontext --migrate-self --endsetup -- sleep 2; echo $? >"rc.$i") 2>"err.$i" &
done
wait
is "one of 12 gets the number" "$(cat rc.* | grep -cx 0)" 1
is "the others are told that it is taken" "$(cat rc.* | grep -cxE '254|125')" 11
not "the number is free again" vserver-info $xid RUNNING

# wait, kill, enter and list at the same time
for round in 1 2 3; do
	vcontext --silent --create --xid $xid --disconnect -- sh -c 'while :; do sleep 0.05; done'
	for i in 1 2 3 4; do vwait --timeout 20 $xid & waiters="${waiters:-} $!"; done
	for i in 1 2 3 4 5 6; do
		chcontext --ctx $xid -- sleep 0.2 2>/dev/null &
		vserver-stat >/dev/null &
		vps ax >/dev/null &
	done
	sleep 0.3
	vkill -s KILL --xid $xid
	bad=0
	for w in $waiters; do wait "$w" || bad=1; done
	waiters=
	is "round $round: all who waited saw the end" $bad 0
	wait
	while vserver-info $xid RUNNING >/dev/null; do vkill -s KILL --xid $xid; done
done
is "nothing is left" "$(vserver-stat | sed 1d | wc -l)" 1
done_testing
