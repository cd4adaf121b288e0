#!/bin/sh
# cgroup-limits - limits of a cgroup are in force, can be changed while the guest runs, and be saved
# bed: um qemu
# timeout: 300
# shellcheck disable=SC1091,SC2016,SC2086 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

top=/sys/fs/cgroup/vservers
cfg=/etc/vservers/ga
knob() {
	cat $top/ga/$1
}
stat_of() {
	sed -n "s/^$2 //p" $top/ga/$1
}
limit() {
	vserver ga limits --json | jq -c ".limits[] | select(.limit == \"$1\") | $2"
}
spin='i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'

guest_make ga plain --context 40010
guest_make gb plain --context 40011
mkdir -p $cfg/cgroup
echo 32M >$cfg/cgroup/memory.max
echo 0 >$cfg/cgroup/memory.swap.max
echo 30 >$cfg/cgroup/pids.max
echo '20%' >$cfg/cgroup/cpu.max
echo 1000 >$cfg/cgroup/cpu.max.burst
ok "start" vserver ga start
ok "start another" vserver gb start
is "sizes have suffixes" "$(knob memory.max)" 33554432
is "bandwidth has percents" "$(knob cpu.max)" "20000 100000"

# ---- memory
like "a program over the limit is killed" "$(vserver ga exec sh -c 'dd if=/dev/zero of=/dev/null bs=100M count=1; echo status $?' 2>&1)" '^status 137$'
like "that is counted" "$(stat_of memory.events oom_kill)" '^[1-9]'
ok "the guest lives on" vserver ga running
is "another has as much as it wants" "$(vserver gb exec sh -c 'dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null; echo status $?')" "status 0"
is "the host, too" "$(dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null; echo status $?)" "status 0"
ok "more is allowed while it runs" vmemctrl --xid ga --max 200M
is "at once" "$(vserver ga exec sh -c 'dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null; echo status $?')" "status 0"
is "it is in force, not configured" "$(limit memory.max '[.configured,.in_force]')" "[33554432,209715200]"
ok "less again" vmemctrl --xid ga --max 32M
like "is in force again" "$(vserver ga exec sh -c 'dd if=/dev/zero of=/dev/null bs=100M count=1; echo status $?' 2>&1)" '^status 137$'

# ---- what happens at the limit
is "one is killed: a shell sees it" "$(vmemctrl --xid ga --get --json | jq -r .oom_policy)" kill
ok "policy group" vmemctrl --xid ga --oom-policy group
is "is in force" "$(knob memory.oom.group) $(vmemctrl --xid ga --get --json | jq -r .oom_policy)" "1 group"
vserver ga exec sh -c 'dd if=/dev/zero of=/dev/null bs=100M count=1' >/dev/null 2>&1
ok "the whole guest is killed" wait_for sh -c '! vserver ga running'
ok "stop cleans up" vserver --silent ga stop
is "nothing is left of its group" "$(ls -d $top/*/ 2>/dev/null)" ""
ok "start" vserver ga start
ok "policy throttle" vmemctrl --xid ga --oom-policy throttle
is "is a limit that kills nobody" "$(knob memory.max) $(knob memory.high) $(vmemctrl --xid ga --get --json | jq -r .oom_policy)" "max 33554432 throttle"
ok "it is slowed down" sh -c 'timeout 3 vserver ga exec dd if=/dev/zero of=/dev/null bs=50M count=1 >/dev/null 2>&1; [ $? -ne 137 ]'
like "that is counted" "$(stat_of memory.events high)" '^[1-9]'
is "and nobody killed" "$(stat_of memory.events oom_kill)" 0
vkill -s KILL --xid ga 0 2>/dev/null; wait_for sh -c '! vserver ga running'; vserver --silent ga stop
ok "start" vserver ga start
(vmon --json --type frozen >events 2>/dev/null &)
exits "no policy but these" 2 vmemctrl --xid ga --oom-policy wait
ok "policy freeze" vmemctrl --xid ga --oom-policy freeze --save
is "is a limit that kills nobody" "$(knob memory.max) $(knob memory.high) $(vmemctrl --xid ga --get --json | jq -r .oom_policy)" "max 33554432 freeze"
is "is saved" "$(tail -n 1 $cfg/cflags) $(cat $cfg/cgroup/memory.max $cfg/cgroup/memory.high | tr '\n' ' ')" "oom_freeze max 33554432 "
(vserver ga exec sh -c 'dd if=/dev/zero of=/dev/null bs=50M count=1 2>/dev/null; echo status $? >/done' &)
ok "who wants more has the guest frozen" wait_for grep -q '^frozen 1' $top/ga/cgroup.events
like "the log tells" "$(dmesg | grep 'context 40010: frozen')" 'process [0-9]+ \(dd\) wants more memory, limit 32768 KiB$'
is "so does an event" "$(wait_for test -s events; jq -c '[.type,.name,.comm,.memory_max_bytes]' events)" '["frozen","ga","dd",33554432]'
is "nobody was killed" "$(stat_of memory.events oom_kill)" 0
ok "another goes on" vserver gb exec true
is "a lower limit, too, is one to try" "$(vmemctrl --xid ga --high 31M; wait_for grep -q '^frozen 1' $top/ga/cgroup.events; cat $cfg/vdir/done 2>&1)" \
	"cat: can't open '$cfg/vdir/done': No such file or directory"
ok "more" vmemctrl --xid ga --high 200M
ok "lets it go on" wait_for test -s $cfg/vdir/done
is "to its end" "$(cat $cfg/vdir/done) $(grep frozen $top/ga/cgroup.events)" "status 0 frozen 0"
ok "stop" vserver --silent ga stop
ok "start" vserver ga start
is "has it again" "$(vmemctrl --xid ga --get --json | jq -c '[.oom_policy,.high_bytes]')" '["freeze",33554432]'
(vserver ga exec dd if=/dev/zero of=/dev/null bs=50M count=1 2>/dev/null &)
ok "frozen" wait_for grep -q '^frozen 1' $top/ga/cgroup.events
ok "who is frozen can be stopped" vserver --silent ga stop
is "nothing is left of its group" "$(ls -d $top/ga 2>/dev/null)" ""
ok "start" vserver ga start
for policy in throttle kill; do
	rm -f $cfg/vdir/done
	vmemctrl --xid ga --oom-policy freeze
	# a read that is interrupted would be enough
	(vserver ga exec sh -c 'dd if=/dev/zero of=/dev/null bs=50M count=1 iflag=fullblock 2>/dev/null; echo status $? >/done' &)
	ok "frozen" wait_for grep -q '^frozen 1' $top/ga/cgroup.events
	ok "policy $policy instead" vmemctrl --xid ga --oom-policy $policy
	ok "lets the guest go on" wait_for grep -q '^frozen 0' $top/ga/cgroup.events
	is "for good" "$(sleep 1; knob cgroup.freeze) $(vmemctrl --xid ga --get --json | jq -r .oom_policy)" "0 $policy"
	[ $policy = throttle ] && vkill -s KILL --xid ga 0 2>/dev/null && wait_for sh -c '! vserver ga running' &&
		vserver --silent ga stop && vserver --silent ga start
done
ok "where who wanted too much is killed" wait_for test -s $cfg/vdir/done
is "as always" "$(cat $cfg/vdir/done)" "status 137"
ok "and nobody else" vserver ga running
vmemctrl --xid ga --oom-policy freeze
(vserver ga exec dd if=/dev/zero of=/dev/null bs=50M count=1 iflag=fullblock 2>/dev/null &)
ok "frozen" wait_for grep -q '^frozen 1' $top/ga/cgroup.events
ok "another limit, of another kind" vmemctrl --xid ga --max 200M
ok "and another policy" vmemctrl --xid ga --oom-policy kill
ok "let it go on, too" wait_for grep -q '^frozen 0' $top/ga/cgroup.events
is "with what was said" "$(knob memory.max) $(knob memory.high)" "209715200 max"
ok "stop" vserver --silent ga stop
pkill vmon
ok "start" vserver ga start
ok "not any more" vmemctrl --xid ga --oom-policy kill --save
is "is saved" "$(grep -c oom_freeze $cfg/cflags) $(cat $cfg/cgroup/memory.max $cfg/cgroup/memory.high | tr '\n' ' ')" "0 33554432 max "
ok "back to kill" sh -c 'vmemctrl --xid ga --oom-policy throttle && vmemctrl --xid ga --oom-policy kill'
is "has the limit again" "$(knob memory.max) $(knob memory.high) $(knob memory.oom.group)" "33554432 max 0"
vserver ga exec sh -c 'dd if=/dev/zero of=/tmp/file bs=1M count=16 2>/dev/null; sync'
was=$(knob memory.current)
out=$(vmemctrl --xid ga --reclaim 4M 2>&1)
is "reclaim" $? 0
ok "takes something, or tells" test "$out" = "vmemctrl: warning: less than 4M could be taken" -o "$(knob memory.current)" -lt "$was"
is "badness" "$(vmemctrl --set --xid ga --badness -5; vmemctrl --get --xid ga)" -5

# ---- tasks
like "more processes than allowed" "$(vserver ga exec sh -c 'for i in $(seq 40); do sleep 2 & done; wait' 2>&1)" "(can't|[Cc]annot) fork"
like "is counted" "$(limit pids.max .hits)" '^[1-9]'
ok "the peak is told" test "$(limit pids.max .peak)" -ge 29
ok "one more is allowed at once" vserver ga limits --set pids.max=200
is "at once" "$(vserver ga exec sh -c 'for i in $(seq 40); do sleep 0.1 & done; wait; echo all' 2>&1)" all

# ---- processors
before=$(stat_of cpu.stat nr_throttled)
vserver ga exec sh -c "$spin"
ok "who takes more than its bandwidth waits" test "$(stat_of cpu.stat nr_throttled)" -gt "$before"
ok "no bound any more" vsched --xid ga --max max
is "at once" "$(knob cpu.max)" "max 100000"
before=$(stat_of cpu.stat nr_throttled)
vserver ga exec sh -c "$spin"
is "it does not wait" "$(stat_of cpu.stat nr_throttled)" "$before"
ok "weight" vsched --xid ga --weight 300
is "at once" "$(knob cpu.weight)" 300
ok "idle" vsched --xid ga --idle 1
is "at once" "$(knob cpu.idle)" 1
ok "a weight ends that" vsched --xid ga --weight 50
is "at once" "$(knob cpu.idle) $(knob cpu.weight)" "0 50"
n=$(nproc)
ok "a bucket: 30 tokens in 100 ticks" vsched --xid ga --fill-rate 30 --interval 100 --tokens-max 50
is "is 30 % of each processor, and what fits" "$(knob cpu.max) $(knob cpu.max.burst)" "$((30000 * n)) 100000 $((20000 * n))"
ok "with the larger burst before a smaller quota" vsched --xid ga --fill-rate 10 --interval 100 --tokens-max 10
is "is right" "$(knob cpu.max) $(knob cpu.max.burst)" "$((10000 * n)) 100000 0"
exits "a bucket that cannot be said" 1 vsched --xid ga --fill-rate 10 --interval 1000 --tokens-max 500
is "changes nothing" "$(knob cpu.max)" "$((10000 * n)) 100000"
ok "a burst" vsched --xid ga --max 50% --burst 20000
is "quota below the burst" "$(vsched --xid ga --max 10% 2>&1)" \
	"vsched: a burst cannot be more than the quota of 'cpu.max': cannot write '10000 100000' to cgroup file 'cpu.max': Invalid argument"
like "show" "$(vsched --xid ga --show)" '^cpu_max  *50000 100000$'
is "show as JSON" "$(vsched --xid ga --json | jq -c '[.cpu_max,.cpu_max_burst_us,.cpu_weight]')" '["50000 100000",20000,50]'
if grep -q cpuset /sys/fs/cgroup/cgroup.controllers; then
	ok "processors" vsched --xid ga --cpus 0
	is "are in force" "$(knob cpuset.cpus.effective)" 0
	is "inside" "$(vserver ga exec cat /proc/self/status | sed -n 's/^Cpus_allowed_list:[[:space:]]*//p')" 0
else
	is "processors: told when the kernel cannot" "$(vsched --xid ga --cpus 0 2>&1)" "vsched: this kernel has no cgroup controller 'cpuset'"
fi

# ---- discs
disc=$(sed -n 's/.* \(ubd[a-z]\|vd[a-z]\)$/\1/p' /proc/partitions | head -n 1)
number=$(cat /sys/block/$disc/dev)
[ -b /dev/$disc ] || mknod /dev/$disc b ${number%:*} ${number#*:}
ok "bandwidth of a disc" vserver ga limits --set "io.max=/dev/$disc rbps=1M wiops=500" --save
is "is in force" "$(knob io.max)" "$number rbps=1048576 wbps=max riops=max wiops=500"
ok "of where a directory lies" vserver ga limits --set 'io.max=/etc wbps=2M'
is "is added" "$(knob io.max)" "$number rbps=1048576 wbps=2097152 riops=max wiops=500"
is "the name is saved" "$(cat $cfg/cgroup/io.max)" "/dev/$disc rbps=1M wiops=500"
is "it is in the table" "$(limit io.max '[.configured,.in_force]')" \
	"[\"$number rbps=1048576 wiops=500\",\"$number rbps=1048576 wbps=2097152 riops=max wiops=500\"]"
# real bandwidth: 4 MiB past the cache
vserver ga exec sh -c 'dd if=/dev/zero of=/disc bs=1M count=4 2>/dev/null; sync'
clock() {
	sed 's/\.\([0-9]\)[0-9]* .*/\1/' /proc/uptime
}
start=$(clock)
vserver ga exec dd if=/disc of=/dev/null bs=64k iflag=direct 2>/dev/null
took=$(($(clock) - start))
note "4 MiB took $took tenths of a second"
ok "more cannot be read" test $took -ge 25
like "it is counted" "$(limit io.max .current)" '^[1-9][0-9]{6}'
exits "a limit it does not have" 2 vserver ga limits --set "io.max=/dev/$disc bps=1"
exits "no disc" 2 vserver ga limits --set 'io.max=/proc rbps=1M'
exits "no device" 2 vserver ga limits --set 'io.max=/dev/none rbps=1M'

# ---- the configuration
ok "save" vmemctrl --xid ga --max 48M --save
ok "save" vsched --xid ga --weight 70 --save
ok "save" vserver ga limits --set pids.max=60 --save
is "is written" "$(cat $cfg/cgroup/memory.max $cfg/cgroup/cpu.weight $cfg/cgroup/pids.max | tr '\n' ' ')" "48M 70 60 "
ok "restart" vserver ga restart
is "is in force after a restart" "$(knob memory.max) $(knob cpu.weight) $(knob pids.max)" "50331648 70 60"
is "with the disc" "$(knob io.max)" "$number rbps=1048576 wbps=max riops=max wiops=500"
ok "stop" vserver ga stop
exits "without running only with --save" 1 vmemctrl --xid ga --max 64M
ok "it is" vmemctrl --xid ga --max 64M --save
is "written" "$(cat $cfg/cgroup/memory.max)" 64M
is "and shown" "$(limit memory.max '[.configured,.in_force,.current]')" '[67108864,null,null]'
exits "what runs is asked for" 3 vsched --xid ga --show
mkdir -p /etc/vservers/.defaults/cgroup
echo 500 >/etc/vservers/.defaults/cgroup/pids.max
ok "the first setting saved for a guest with those of all" vmemctrl --xid gb --high 1G --save
is "takes these along" "$(cat /etc/vservers/gb/cgroup/pids.max /etc/vservers/gb/cgroup/memory.high | tr '\n' ' ')" "500 1G "
rm -r /etc/vservers/.defaults/cgroup

# ---- a guest that had no group gets one when it gets a limit
is "its processes are in its group" "$(sort -n $top/gb/cgroup.procs | tr '\n' ' ')" \
	"$(for p in /proc/[0-9]*; do if grep -qs '^XID:[[:space:]]*40011$' $p/vinfo; then echo ${p#/proc/}; fi; done | sort -n | tr '\n' ' ')"
is "what is started in it, too; it is no root of its own before the next start" "$(vserver gb exec cat /proc/self/cgroup)" 0::/vservers/gb
ok "stop" vserver gb stop
is "the group is removed" "$(ls -d $top/*/ 2>/dev/null)" ""

# ---- the tree of old
rm -r /etc/vservers/gb/cgroup
mkdir -p /etc/vservers/gb/sched
echo 20 >/etc/vservers/gb/sched/fill-rate
echo 100 >/etc/vservers/gb/sched/interval
echo 40 >/etc/vservers/gb/sched/tokens-max
echo 30 >/etc/vservers/gb/sched/tokens
echo 5 >/etc/vservers/gb/sched/priority-bias
ok "a guest with sched/ starts" vserver gb start
is "with bandwidth" "$(cat $top/gb/cpu.max $top/gb/cpu.max.burst $top/gb/cpu.weight.nice | tr '\n' ' ')" "$((20000 * n)) 100000 $((20000 * n)) 5 "
ok "stop" vserver gb stop
mkdir /etc/vservers/gb/sched/0
echo 5000 >/etc/vservers/gb/sched/tokens-max
out=$(vserver gb start 2>&1)
is "what cannot be said does not keep it from starting" $? 0
like "but is told" "$out" "warning: sched: tokens-max 5000 cannot be said at this rate, at most 400: bursts are that short"
like "one by one" "$out" "warning: sched: settings for single processors cannot be said"
ok "stop" vserver gb stop

# ---- a chain of programs, as scripts of old have it
is "in a chain" "$(vcontext --create --silent --xid 40050 -- vsched --xid self --dir /etc/vservers/gb/sched --force -- \
	vmemctrl --set --badness 3 -- sh -c 'cat /proc/self/cgroup; vmemctrl --get' 2>/dev/null | tr '\n' ' ')" "0::/vservers/gb 3 "
is "nothing to set, nothing done" "$(vsched --xid self --force -- echo "done")" "done"
is "a missing directory" "$(vsched --xid self --dir /none --missingok -- echo "done")" "done"
ok "the group goes with the guest" vserver --silent gb stop
exits "is a mistake else" 125 vsched --xid self --dir /none -- echo "done"

guest_remove ga gb
is "nothing is left in the end" "$(guest_left)" ""
rmdir /sys/fs/cgroup/vservers
done_testing
