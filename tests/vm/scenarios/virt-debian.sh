#!/bin/bash
# virt-debian - what the programs of Debian say inside a guest: free, top, uptime, w, vmstat, ps, nproc; they agree with its limits
# bed: um qemu
# image: debian
# timeout: 200
# disk: 1200M
# shellcheck disable=SC1091,SC2016,SC2086 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"
template=/var/lib/vctx/templates/debian.tar.zst
MIB=1048576

in_guest() { vserver v1 exec "$@"; }
# a number of a row: memory Mem 2
memory() { in_guest free -b | awk -v row="$1:" -v n="$2" '$1 == row { print $n }'; }
meminfo() { in_guest cat /proc/meminfo | awk -v row="$1:" '$1 == row { print $2 * 1024 }'; }
near() { [ $(($1 - $2)) -le $3 ] && [ $(($2 - $1)) -le $3 ]; }

ok "build" vserver v1 build -m template --hostname v1 -- -t "$template"
is "a new guest sees its share" "$(sort /etc/vservers/v1/cflags | tr '\n' ' ')" "virt_cpu virt_load virt_mem "
mkdir -p /etc/vservers/v1/cgroup
echo 160M >/etc/vservers/v1/cgroup/memory.max
ok "start" vserver v1 start
is "the programs are there" "$(in_guest sh -c 'for p in free top uptime w vmstat nproc; do command -v $p; done' | wc -l)" 6
# libproc2 wants an empty line behind each processor, which User-Mode Linux does not have
procps=1
mkdir /tmp/proc && mount -t proc proc /tmp/proc && [ -z "$(tail -n 1 /tmp/proc/cpuinfo)" ] || procps=
umount /tmp/proc

# a guest that takes all ptys leaves those of the others
take='my @f; while (@f < 400) { open(my $f, "+<", "/dev/ptmx") or last; push @f, $f } print scalar @f, " $!\n"; sleep 3'
in_guest perl -e "\$|=1; $take" >ptys &
wait_for test -s ptys
is "ptys: one guest has its number" "$(cat ptys)" "256 No space left on device"
ok "the host has more" sh -c ': <>/dev/ptmx'
wait

is "free: the total is the limit" "$(memory Mem 2)" $((160 * MIB))
is "meminfo: the same" "$(meminfo MemTotal)" $((160 * MIB))
# of one moment
read -r total used free available <<<"$(in_guest free -b | awk '$1 == "Mem:" { print $2, $3, $4, $7 }')"
ok "free: used, free and available are within ($used, $free, $available)" \
	[ "$used" -gt 0 -a "$free" -gt 0 -a $((used + free)) -le "$total" -a "$available" -le "$total" -a $((available + 16 * MIB)) -ge "$free" ]
# what a program takes is seen by all of them
in_guest sh -c 'head -c 50M /dev/zero | tail -c 50M | sleep 15' >/dev/null 2>&1 &
is_taken() { [ $((free - $(memory Mem 4))) -gt $((40 * MIB)) ]; }
ok "free: 50 MiB more are used" wait_for is_taken
if [ "$procps" ]; then
	ok "top: says the same as free" near \
		"$(in_guest top -b -n 1 | awk '/^MiB Mem/ { printf "%d", $4 * 1048576 }')" $((160 * MIB)) $MIB
else
	skip "top: says the same as free" "top does not work on this machine"
fi
wait
ok "the limit is changed while it runs" vmemctrl --xid v1 --max 224M
is "free: at once" "$(memory Mem 2)" $((224 * MIB))
ok "the host is not affected" [ "$(free -b | awk '/^Mem:/ { print $2 }')" -gt $((500 * MIB)) ]

# time
up=$(in_guest cut -d. -f1 /proc/uptime) host_up=$(cut -d. -f1 /proc/uptime)
ok "uptime is that of the guest ($up s, the host $host_up s)" [ "$up" -lt "$host_up" -a "$up" -lt 150 ]
like "uptime(1) runs, with the load of the guest" "$(in_guest uptime)" 'load average: [0-9.]+, [0-9.]+, [0-9.]+'
like "w(1) too" "$(in_guest w -h; in_guest w | head -n 1)" 'load average'
# a process that begins now began now, for who reads stat, uptime and the clock
if [ "$procps" ]; then
	started=$(in_guest sh -c 'sleep 0; date -d "$(ps -o lstart= -p $$)" +%s; date +%s' | tr '\n' ' ')
	started=${started% }
	ok "ps: start times agree with the clock ($started)" near ${started% *} ${started#* } 2
else
	skip "ps: start times agree with the clock" "ps does not know the time of boot on this machine"
fi
is "ps: nobody began before the guest" "$(in_guest ps -e -o etimes= | awk -v up="$up" '$1 > up + 30' | wc -l)" 0

# processors
is "nproc: that of the affinity" "$(in_guest nproc)" "$(nproc)"
is "/proc/stat has as many" "$(in_guest grep -c '^cpu[0-9]' /proc/stat)" "$(nproc)"
is "/proc/cpuinfo has as many" "$(in_guest grep -c '^processor' /proc/cpuinfo)" "$(nproc)"
host_ctxt=$(awk '/^ctxt/ { print $2 }' /proc/stat) guest_ctxt=$(in_guest awk '/^ctxt/ { print $2 }' /proc/stat)
ok "/proc/stat: switches are its own ($guest_ctxt, the host $host_ctxt)" [ "$guest_ctxt" -lt "$host_ctxt" ]
a=$(in_guest awk '/^cpu / { print $2 + $4 }' /proc/stat)
in_guest sh -c 'i=0; while [ $i -lt 150000 ]; do i=$((i + 1)); done'
b=$(in_guest awk '/^cpu / { print $2 + $4 }' /proc/stat)
ok "/proc/stat: its own work is in it ($a, $b ticks)" [ "$b" -gt "$a" ]
(i=0; while [ $i -lt 150000 ]; do i=$((i + 1)); done)
c=$(in_guest awk '/^cpu / { print $2 + $4 }' /proc/stat)
ok "/proc/stat: that of the host is not ($b, $c ticks)" [ $((c - b)) -le $(((b - a) / 2 + 5)) ]
if [ "$procps" ]; then
	out=$(in_guest vmstat -w 1 2)
	is "vmstat: two rows" "$(printf '%s\n' "$out" | grep -c '^ *[0-9]')" 2
	ok "vmstat: free memory is that of the guest" near "$(printf '%s\n' "$out" | awk 'END { print $4 * 1024 }')" "$(memory Mem 4)" $((30 * MIB))
	like "top: runs" "$(in_guest top -b -n 1 | head -n 5)" '^%Cpu'
	like "top: tasks are its own" "$(in_guest top -b -n 1 | head -n 5)" "^Tasks: +$(in_guest ps -e --no-headers | wc -l | awk '{ print "(" $1 - 2 "|" $1 - 1 "|" $1 "|" $1 + 1 ")" }') total"
else
	skip "vmstat and top: processors, tasks, memory" "they do not work on this machine"
fi

# nothing of the host
not "no log of the host" sh -c 'vserver v1 exec dmesg 2>/dev/null | grep -q .'
is "no areas of swap of the host" "$(in_guest sed 1d /proc/swaps | grep -vc hdv0)" 0
ok "stop" vserver v1 stop
is "nothing is left of its group" "$(ls -d /sys/fs/cgroup/vservers/v1 2>/dev/null)" ""
ok "delete" vserver --silent v1 delete
done_testing
