#!/bin/sh
# cgroup-life - a guest that asks for limits has a cgroup from before its first process until its end, others have none
# bed: um qemu
# timeout: 240
# shellcheck disable=SC1091,SC2016,SC2086 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

top=/sys/fs/cgroup
groups() {
	[ ! -d $top/vservers ] || (cd $top/vservers && find . -mindepth 1 -type d | sort | tr '\n' ' ')
}
members() {
	for p in /proc/[0-9]*; do
		if grep -qs "^XID:[[:space:]]*$1\$" $p/vinfo; then echo ${p#/proc/}; fi
	done | sort -n | tr '\n' ' '
}
# all processes at the top of the guest's group to one below it; they may fork meanwhile
move_to() {
	while [ -n "$(cat $top/vservers/ga/cgroup.procs)" ]; do
		for p in $(cat $top/vservers/ga/cgroup.procs); do echo $p >$top/vservers/ga/$1/cgroup.procs; done 2>/dev/null
	done
}

# of another scenario, with controllers on
[ ! -d $top/vservers ] || rmdir $top/vservers
guest_make ga plain --context 40010
guest_make gb plain --context 40011
mkdir -p /etc/vservers/ga/cgroup
echo 100 >/etc/vservers/ga/cgroup/pids.max

# ---- the trap: who asks for nothing gets nothing
ok "a guest without limits starts" vserver gb start
is "it has no cgroup" "$(groups)" ""
is "it is where it was started from" "$(vserver gb exec cat /proc/self/cgroup)" "$(cat /proc/self/cgroup)"

# ---- one with limits
ok "a guest with limits starts" vserver ga start
is "it has one cgroup" "$(groups)" "./ga "
is "with the limit" "$(cat $top/vservers/ga/pids.max)" 100
not "and no controller that nobody asked for" test -e $top/vservers/ga/memory.max
is "its own group is the top of what it sees" "$(vserver ga exec cat /proc/self/cgroup)" 0::/
is "also for its init" "$(vserver ga exec cat /proc/1/cgroup)" 0::/
wait_for sh -c "[ \$(wc -l <$top/vservers/ga/cgroup.procs) -gt 1 ]"
is "all its processes are in there" "$(sort -n $top/vservers/ga/cgroup.procs | tr '\n' ' ')" \
	"$(members 40010)"
is "nothing is mounted that was not asked for" "$(vserver ga exec grep -c cgroup /proc/mounts)" 0
ok "stop" vserver ga stop
is "the cgroup is gone" "$(groups)" ""

# ---- groups below it, as an init makes them, with processes that outlive it
ok "start" vserver ga start
mkdir -p $top/vservers/ga/a/b/c $top/vservers/ga/'-rf * ;' $top/vservers/ga/x.slice/y
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do mkdir $top/vservers/ga/a/$i; done
vserver ga exec sleep 100000 &
wait_for sh -c "[ \$(wc -l <$top/vservers/ga/cgroup.procs) -gt 2 ]"
move_to a/b/c
is "exec goes where the others are, or to the top" "$(vserver ga exec cat /proc/self/cgroup)" 0::/
ok "stop ends it" vserver ga stop
wait
is "all groups are gone" "$(groups)" ""

# a host's process that somebody left in there does not keep it either
ok "start" vserver ga start
sleep 100001 &
left=$!
echo $left >$top/vservers/ga/cgroup.procs
ok "stop with a foreign process" vserver ga stop
is "the group is gone" "$(groups)" ""
not "and the process was killed" kill -0 $left

# but one that did not run has nothing in there
guest_make gn plain --context 40019
mkdir -p /etc/vservers/gn/cgroup
echo ga >/etc/vservers/gn/cgroup/name
ok "start" vserver ga start
is "stop of one that names the group of another" "$(vserver --silent gn stop 2>&1)" \
	"vserver: gn: warning: the cgroup 'vservers/ga' is in use by others: it stays"
ok "does not end that one" vserver ga running
ok "stop" vserver ga stop
guest_remove gn

# one whose processes are frozen ends, too
ok "start" vserver ga start
echo 1 >$top/vservers/ga/cgroup.freeze
printf '9\n' >/etc/vservers/ga/apps/init/killseq
ok "stop of a frozen one" vserver ga stop
is "the group is gone" "$(groups)" ""
rm /etc/vservers/ga/apps/init/killseq

# nor does one that freezes what is run in it to stop it
guest_make gs sysv --context 40012
mkdir -p /etc/vservers/gs/cgroup /etc/vservers/gs/apps/vshelper
echo 100 >/etc/vservers/gs/cgroup/pids.max
echo 2 >/etc/vservers/gs/apps/vshelper/sync-timeout
printf '15 1 9\n' >/etc/vservers/gs/apps/init/killseq
ok "start" vserver -q gs start
echo 1 >$top/vservers/gs/cgroup.freeze
ok "stop of a frozen one that is asked to stop by a command" timeout 40 vserver --silent gs stop
is "the group is gone" "$(groups)" ""
guest_remove gs

# ---- divided by the guest: no process may be at the top
ok "start" vserver ga start
mkdir $top/vservers/ga/inner
move_to inner
ok "it hands on a controller" sh -c "echo +pids >$top/vservers/ga/cgroup.subtree_control"
is "exec goes to the group of its init" "$(vserver ga exec cat /proc/self/cgroup)" 0::/inner
ok "stop" vserver ga stop
is "all groups are gone" "$(groups)" ""

# ---- a mount inside
touch /etc/vservers/ga/cgroup/mount
ok "start with a mount" vserver ga start
like "it is mounted" "$(vserver ga exec cat /proc/mounts)" '^[a-z0-9]+ /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec'
like "the host keeps members in" "$(cat /proc/mounts)" ' /sys/fs/cgroup cgroup2 [^ ]*nsdelegate'
is "a guest cannot make groups without end" "$(cat $top/vservers/ga/cgroup.max.descendants $top/vservers/ga/cgroup.max.depth | tr '\n' ' ')" "1000 32 "
ok "stop" vserver ga stop
rm /etc/vservers/ga/cgroup/mount

# ---- what is in the way
mkdir -p $top/vservers/ga
sleep 100002 &
left=$!
echo $left >$top/vservers/ga/cgroup.procs
is "a group that others use" "$(vserver -q ga start 2>&1)" "vserver: ga: step 'cgroup': cgroup 'vservers/ga' is in use by others"
ok "they live on" kill -0 $left
echo $left >$top/cgroup.procs
ok "an empty one is none" vserver ga start
ok "stop" vserver ga stop
mkdir $top/busy
echo $left >$top/busy/cgroup.procs
echo busy >/etc/vservers/ga/cgroup/base
is "a base with processes of its own" "$(vserver -q ga start 2>&1)" \
	"vserver: ga: step 'cgroup': cannot use a cgroup below 'busy', which has processes of its own; name another one in 'cgroup/base'"
echo max >/etc/vservers/ga/cgroup/memory.max
like "and a controller that does not go with that" "$(vserver -q ga start 2>&1)" \
	"vserver: ga: step 'cgroup': cannot hand on controller 'memory' below cgroup 'busy': it (has processes of its own; name another one in 'cgroup/base'|is threaded)"
rm /etc/vservers/ga/cgroup/memory.max
is "nothing is left of it" "$(find $top/busy -mindepth 1 -type d)" ""
kill $left
wait 2>/dev/null
rmdir $top/busy
rm /etc/vservers/ga/cgroup/base
echo 5 >/etc/vservers/ga/cgroup/nonsense.max
is "a controller that does not exist" "$(vserver -q ga start 2>&1)" \
	"vserver: ga: step 'cgroup': this kernel has no cgroup controller 'nonsense'"
rm /etc/vservers/ga/cgroup/nonsense.max
echo 1 >/etc/vservers/ga/cgroup/pids.nonsense
is "a file that does not exist" "$(vserver -q ga start 2>&1)" \
	"vserver: ga: step 'cgroup': cannot write '1' to cgroup file 'pids.nonsense': this kernel does not have it"
is "nothing is left of it" "$(groups)" ""
rm /etc/vservers/ga/cgroup/pids.nonsense
for bad in ../x /x a//b x/ . ./x x/.; do
	echo $bad >/etc/vservers/ga/cgroup/name
	is "the name $bad" "$(vserver -q ga start 2>&1)" "vserver: ga: bad value in 'cgroup/name': '$bad' is no name of a group"
done
echo some/where >/etc/vservers/ga/cgroup/name
ok "a name of more parts" vserver ga start
is "is made" "$(groups)" "./some ./some/where "
ok "restart" vserver ga restart
ok "stop" vserver ga stop
rmdir $top/vservers/some
rm /etc/vservers/ga/cgroup/name

# ---- defaults
mkdir -p /etc/vservers/.defaults/cgroup
echo 77 >/etc/vservers/.defaults/cgroup/pids.max
ok "stop the other" vserver gb stop
ok "start it with the defaults for all" vserver gb start
is "it has these" "$(cat $top/vservers/gb/pids.max)" 77
ok "stop" vserver gb stop
touch /etc/vservers/gb/nocgroup
ok "start it without" vserver gb start
is "it has none" "$(groups)" ""
rm -r /etc/vservers/.defaults/cgroup

guest_remove ga gb
is "nothing is left in the end" "$(guest_left)" ""
rmdir $top/vservers
done_testing
