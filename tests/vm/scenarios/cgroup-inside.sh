#!/bin/sh
# cgroup-inside - root of a guest divides its group as it likes, and cannot change what limits it or leave it
# bed: um qemu
# timeout: 180
# shellcheck disable=SC1091,SC2016,SC2086 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

top=/sys/fs/cgroup/vservers
guest_make ga plain --context 40010
guest_make gb plain --context 40011
mkdir -p /etc/vservers/ga/cgroup
echo 64M >/etc/vservers/ga/cgroup/memory.max
echo 100 >/etc/vservers/ga/cgroup/pids.max
echo '50%' >/etc/vservers/ga/cgroup/cpu.max
touch /etc/vservers/ga/cgroup/mount
cp -r /etc/vservers/ga/cgroup /etc/vservers/gb/
ok "start" vserver ga start
ok "start" vserver gb start
inside() {
	vserver ga exec sh -c "cd /sys/fs/cgroup && $1" 2>&1
}
all() {
	for f in $top/ga/*; do
		case $f in
		*.max | *.high | *.min | *.low | *.weight | *.idle | *.burst | *.group | *.nice | *.depth | *.descendants) echo "${f##*/} $(cat $f)" ;;
		esac
	done
}

# ---- limits belong to the host; memory.oom.group is the one file beside cgroup.* that the kernel hands on
before=$(all)
for f in memory.max=max memory.high=max memory.low=1G memory.min=1G pids.max=max cpu.max=max cpu.weight=10000 \
	cpu.max.burst=1000 cpu.idle=0 cgroup.max.descendants=max cgroup.max.depth=max memory.swap.max=max cgroup.freeze=1 cgroup.kill=1 \
	memory.reclaim=1M cgroup.type=threaded; do
	[ -e $top/ga/${f%%=*} ] || continue
	not "it cannot write ${f%%=*}" vserver ga exec sh -c "echo ${f#*=} >/sys/fs/cgroup/${f%%=*}"
done
is "all is as it was" "$(all)" "$before"

# ---- no way out
for p in $(cat $top/gb/cgroup.procs); do
	not "it cannot take a process of another" vserver ga exec sh -c "echo $p >/sys/fs/cgroup/cgroup.procs"
	like "who stays where he is" "$(cat /proc/$p/cgroup)" /gb$
done
is "it sees no other groups" "$(vserver ga exec cat /proc/self/cgroup)" 0::/
not "it cannot mount the whole" vserver ga exec sh -c 'mkdir /tmp/c && mount -t cgroup2 none /tmp/c'
not "it cannot change the options" vserver ga exec mount -o remount,favordynmods /sys/fs/cgroup
not "it cannot leave its namespace for the host's" vserver ga exec sh -c 'command -v nsenter && nsenter -C -t 1 true'

# ---- what is its own
if [ -n "$(inside 'mkdir inner')" ]; then
	skip "root inside makes groups" "this kernel lets no member write to cgroups"
else
	pass "root inside makes groups"
	inside 'chmod 666 memory.max; chmod 777 .; chmod 666 inner/cgroup.procs; chmod 777 inner' >/dev/null
	is "mode of what the host has made stays, of its own groups changes" \
		"$(stat -c %a $top/ga/memory.max $top/ga $top/ga/inner/cgroup.procs $top/ga/inner | tr '\n' ' ')" "644 755 666 777 "
	is "the top of the mount is its own group" "$(inside 'cat pids.max ../cgroup/pids.max; ls -d ../vservers')" "100
100
ls: ../vservers: No such file or directory"
	rmdir $top/ga/inner
	out=$(inside '
		set -e
		mkdir init jobs
		for i in 1 2 3 4 5; do for p in $(cat cgroup.procs); do echo $p >init/cgroup.procs 2>/dev/null || :; done; done
		echo "+pids +memory +cpu" >cgroup.subtree_control
		echo 5 >jobs/pids.max
		echo 8M >jobs/memory.max
		echo done')
	is "it divides its group" "$out" "done"
	is "with limits of its own" "$(cat $top/ga/jobs/pids.max $top/ga/jobs/memory.max | tr '\n' ' ')" "5 8388608 "
	is "exec finds a place" "$(vserver ga exec sh -c 'cat /proc/self/cgroup')" 0::/init
	like "its limit holds" "$(inside 'echo $$ >jobs/cgroup.procs; for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait')" "(can't|[Cc]annot) fork"
	not "a group of its own that is larger than its own limit is of no use" vserver ga exec sh -c \
		'cd /sys/fs/cgroup; echo max >jobs/memory.max; echo max >jobs/pids.max; echo $$ >jobs/cgroup.procs; dd if=/dev/zero of=/dev/null bs=200M count=1'
	not "it cannot make groups without end" vserver ga exec sh -c 'cd /sys/fs/cgroup; i=0; while mkdir jobs/$i; do i=$((i+1)); done 2>/dev/null; [ $i -ge 2000 ]'
	ok "stop removes them all" vserver ga stop
	is "they are gone" "$(ls -d $top/ga 2>/dev/null)" ""
fi
guest_remove ga gb
is "nothing is left in the end" "$(guest_left)" ""
rmdir /sys/fs/cgroup/vservers
done_testing
