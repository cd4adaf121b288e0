#!/bin/bash
# net-tools-fail - a start with addresses that fails, at whatever step, or is killed, leaves the host as it was
# bed: um qemu
# timeout: 240
# shellcheck disable=SC1091,SC2016,SC2086,SC2116,SC1003 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"
guest_networks || skip_all "the kernel has no network contexts"

was=$(cat /proc/sys/kernel/vshelper)
command -v vshelper >/proc/sys/kernel/vshelper
ip link set lo up
ip link add d0 type dummy
ip link set d0 up
ip addr add 10.7.0.1/24 dev d0
hosts() { ip -o addr show | awk '$4 !~ /^fe80/ { print $2, $4 }' | sort; }
before=$(hosts)

guest_make nf sysv --context 4110 --interface d0:10.7.0.10/24 --interface d0:10.7.0.1/24 --interface d0:2001:db8::10/64
steps=$(vserver nf start --dry-run | awk '{ print $2 }')
like "network and addresses come before the root directory" "$(echo $steps)" 'process network addresses root '
for s in $steps; do
	out=$(VCTX_FAIL_STEP=$s vserver -q nf start 2>&1)
	is "$s fails: exit code" $? 1
	is "$s fails: one line" "$(printf '%s\n' "$out" | grep -v '^rc 3 of')" \
		"vserver: nf: step '$s': failure asked for by VCTX_FAIL_STEP"
	is "$s fails: the host's addresses" "$(hosts)" "$before"
	is "$s fails: nothing is left" "$(guest_left)" ""
done

# killed with all that is its own noted
printf '#!/bin/sh\n[ "$1" != 3 ] || sleep 100000\n' >/var/lib/vservers/nf/etc/init.d/rc
vserver nf start >/dev/null 2>&1 &
pid=$!
ok "a start that takes its time" wait_for sh -c "ps -o args | grep -q '^sleep 100000'"
kill -KILL $pid
wait $pid
is "its addresses are there when it was killed" "$(hosts | grep -c 10.7.0.10)" 1
ok "stop" vserver nf stop
is "takes them back" "$(hosts)" "$before"
is "nothing is left" "$(guest_left)" ""

# many at a time
for n in 1 2 3 4 5 6 7 8; do
	guest_make nf$n sysv --context 411$n --interface d0:10.7.0.2$n/24 --interface d0:2001:db8::2$n/64
done
for n in 1 2 3 4 5 6 7 8; do vserver nf$n start & done
wait
is "eight started at a time have their addresses" "$(hosts | grep -c -e 10.7.0.2 -e 2001:db8::2)" 16
for n in 1 2 3 4 5 6 7 8; do vserver nf$n stop & done
wait
is "and eight stopped at a time give them back" "$(hosts)" "$before"
guest_remove nf nf1 nf2 nf3 nf4 nf5 nf6 nf7 nf8
ip link del d0
is "nothing is left in the end" "$(guest_left)" ""
echo "$was" >/proc/sys/kernel/vshelper
done_testing
