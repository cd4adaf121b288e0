#!/bin/bash
# limits-tools - the tools for limits, statistics and their events, on the kernel
# bed: um qemu
# timeout: 180
# shellcheck disable=SC1091,SC2016,SC2086,SC2154 # text for other shells; out of tap.sh
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

zcat /proc/config.gz | grep -q '^CONFIG_VSERVER=y' || skip_all "the kernel has no virtual servers"

xid=4300
# a context that stays, with a shell in it that does what it is told
vcontext --silent --create --xid $xid -- vuname --set --xid self -t context=/etc/vservers/lim -- \
	vattribute --flag persistent -- vcontext --migrate-self --endsetup -- true
inside() { chcontext --silent --ctx $xid -- "$@"; }
limit() { vlimit --xid $xid --json | jq -c ".limits[] | select(.name == \"$1\") | .$2"; }
[ "$(vlimit --xid $xid --json 2>/dev/null | jq '.limits | length')" -gt 0 ] 2>/dev/null || {
	vattribute --xid $xid --flag '!persistent'
	skip_all "the kernel has no limits"
}

# ---- vlimit: what can be set, and that it counts

note "$(vlimit --xid $xid --use)"
for name in nproc nofile openfd locks nsock msgqueue shmem semary nsems sigpending inotify watches keys pipepages mounts; do
	ok "$name can be set" vlimit --xid $xid -S --$name 70000 --$name 80000
	is "$name is what was set" "$(limit $name soft) $(limit $name hard)" "70000 80000"
	ok "$name: no limit" vlimit --xid $xid -SH --$name inf
	is "$name: there is none" "$(limit $name soft) $(limit $name hard)" "null null"
done
for name in rss anon memlock as cpu fsize data stack core dentry; do
	exits "$name cannot be set" 1 vlimit --xid $xid --$name 5
done
like "the known form" "$(vlimit --xid $xid -ad)" '^nproc +N/A +(N/A|inf) +inf$'
is "no id that the published program has no name for" "$(vlimit --xid $xid -an | awk '$1 == 11 || ($1 > 12 && $1 < 16)')" ""
ok "a soft limit alone" vlimit --xid $xid -S --nproc 50
is "leaves the hard one" "$(limit nproc hard)" null
vlimit --xid $xid -SH --nproc inf

# more processes than that are refused, and counted
vlimit --xid $xid --nproc 3 --reset-hits
inside sh -c 'sleep 5 & sleep 5 & sleep 5 & sleep 5 & wait' >out 2>&1
like "more processes are refused" "$(cat out)" '[Ff]ork|Resource temporarily unavailable'
ok "the refusal is counted" [ "$(limit nproc hits)" -gt 0 ]
is "the peak is what was allowed" "$(limit nproc peak)" 3
vlimit --xid $xid --nproc inf --reset-hits --reset-minmax
is "counted from 0 on" "$(limit nproc hits)" 0
ok "nobody is left" wait_for sh -c "[ \"\$(vlimit --xid $xid --json | jq '.limits[] | select(.name == \"nproc\") | .used')\" = 0 ]"
vlimit --xid $xid --reset-minmax
is "the peak is that of now" "$(limit nproc peak)" 0

# from inside, while it is being set up: by the call
vcontext --silent --create --xid $((xid + 1)) -- vlimit --nproc 77 -S --nofile 1k -- vattribute --flag persistent -- \
	vcontext --migrate-self --endsetup -- true
is "a context that is set up limits itself" \
	"$(vlimit --xid $((xid + 1)) --json | jq -c '[.limits[] | select(.name == "nproc" or .name == "nofile") | [.soft, .hard]]')" \
	'[[77,77],[1000,null]]'
exits "but not afterwards" 125 chcontext --silent --ctx $((xid + 1)) -- vlimit --nproc 99 -- true
vattribute --xid $((xid + 1)) --flag '!persistent'

# ---- the view from inside

vlimit --xid $xid --nproc 20 --nofile 300
out=$(inside vserver-stat --self --json)
note "$(inside cat /proc/self/vlimits)"
is "from inside: its limits" "$(jq -c '[.limits[] | select(.name == "nproc" or .name == "nofile") | .hard]' <<<"$out")" '[20,300]'
is "all limits that the host sees" "$(jq '.limits | length' <<<"$out")" "$(vlimit --xid $xid --json | jq '.limits | length')"
like "without rights, too" "$(chcontext --silent --ctx $xid --secure -- setpriv --reuid 1000 --regid 1000 --clear-groups vserver-stat --self)" \
	'^nproc +[0-9]+ +[0-9]+ '
exits "on the host there is nothing of this kind" 1 vserver-stat --self
exits "a guest does not change its limits" 1 chcontext --silent --ctx $xid --secure -- vlimit --xid $xid --nproc 99
exits "nor sees those of others" 1 chcontext --silent --ctx $xid --secure -- vserver-stat

# ---- statistics

rm -f did
(inside sh -c 'i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done; dd if=/dev/zero of=/dev/null bs=64k count=100 2>/dev/null
	: >did; sleep 3' &)
wait_for test -e did
sleep 0.2
stat=$(vserver-stat --json | jq -c ".contexts[] | select(.xid == $xid)")
note "$stat"
ok "time on processors" jq -e '.user_time_ns + .system_time_ns > 1000000' <<<"$stat"
ok "forks" jq -e '.forks > 3' <<<"$stat"
ok "bytes of calls" jq -e '.chars_read_bytes > 6000000 and .chars_written_bytes > 6000000' <<<"$stat"
ok "page faults and switches" jq -e '.minor_faults > 50 and .voluntary_switches > 0' <<<"$stat"
ok "memory by kind" jq -e '.anonymous_memory_bytes > 0 and .file_memory_bytes > 0 and
	.resident_memory_bytes == .anonymous_memory_bytes + .file_memory_bytes + .shared_memory_bytes' <<<"$stat"
is "processes" "$(jq '.processes == .threads and .processes > 0' <<<"$stat")" true
like "the known columns" "$(vserver-stat)" "^$xid +[0-9]+ .* lim\$"
before=$(jq .user_time_ns <<<"$stat")
inside true
sleep 3
ok "what has ended is not forgotten" [ "$(vserver-stat --json | jq ".contexts[] | select(.xid == $xid) | .user_time_ns")" -ge "$before" ]
vserver-stat --openmetrics >om
ok "metrics have their end" grep -q '^# EOF$' om
ok "with limits" grep -q "^vserver_limit_hard{xid=\"$xid\",name=\"lim\",resource=\"nproc\"} 20\$" om
like "vtop" "$(vtop -b -n 2 -d 0.5)" "^ *$xid lim "
like "vtop: processes" "$(inside sleep 3 & sleep 0.5; vtop -b -n 1 -c $xid)" ' [RS] sleep '
wait

# ---- events

vlimit --xid $xid -SH --nproc inf --reset-hits
vmon --json --xid $xid --since-list --timeout 8 >events &
monitor=$!
sleep 1
vlimit --xid $xid -S --nproc 2 --nproc 4
inside sh -c 'exec 2>/dev/null; for i in 1 2 3 4 5 6; do sleep 1 & done; wait' >/dev/null 2>&1
sleep 1
vlimit --xid $xid -SH --nproc inf
vattribute --xid $xid --flag '!persistent'
wait $monitor
note "$(cat events)"
is "it was there" "$(jq -r 'select(.type == "present") | .name' events)" lim
like "a limit was hit: which, and by whom" "$(jq -c 'select(.type == "limit") | [.limit, .hard, .comm]' events)" '^\["nproc",4,"(sh|dash)"\]$'
like "the soft limit was passed" "$(jq -c 'select(.type == "soft-limit") | [.limit, .soft]' events)" '^\["nproc",2\]$'
is "it ended" "$(jq -r 'select(.type == "ended") | .xid' events)" $xid
is "nothing was lost" "$(jq -c 'select(.type == "lost")' events)" ""

# ---- a guest

guest_make gl sysv
mkdir -p /etc/vservers/gl/rlimits
echo 60 >/etc/vservers/gl/rlimits/nproc
echo 2k >/etc/vservers/gl/rlimits/nofile.hard
echo 100 >/etc/vservers/gl/rlimits/mounts
echo 1000 >/etc/vservers/gl/rlimits/as
out=$(vserver gl start 2>&1 >/dev/null)
is "a guest starts" $? 0
is "with one line for what the kernel does not limit" "$(printf '%s\n' "$out" | grep -c rlimits)" 1
like "that names it" "$out" "'rlimits/as' has no effect"
is "its limits" "$(vlimit --xid gl --json | jq -c '[.limits[] | select(.hard) | [.name, .soft, .hard]] | sort')" \
	'[["mounts",100,100],["nofile",2000,2000],["nproc",60,60]]'
ok "changed while it runs, and saved" vlimit --xid gl --save --nproc 90 -SH --mounts inf
is "in force" "$(vlimit --xid gl --json | jq -c '[.limits[] | select(.hard) | [.name, .hard]] | sort')" '[["nofile",2000],["nproc",90]]'
ok "restart" vserver gl restart
is "the same afterwards" "$(vlimit --xid gl --json 2>/dev/null | jq -c '[.limits[] | select(.hard) | [.name, .soft, .hard]] | sort')" \
	'[["nofile",2000,2000],["nproc",60,90]]'
exits "a step that fails takes all with it" 1 env VCTX_FAIL_STEP=rlimits sh -c 'vserver gl stop && vserver gl start'
is "nothing is left" "$(guest_left)" ""
vserver gl start >/dev/null 2>&1
like "capacity: the sum of limits" "$(vserver-capacity --json | jq -c '.resources[] | select(.name == "nproc") | [.limit_sum, .limited]')" '^\[90,1\]$'
vlimit --xid gl --nproc "$(vlimit --xid gl --json | jq '.limits[] | select(.name == "nproc") | .used')"
is "capacity: near its limit" "$(vserver-capacity --json | jq -c '.near[] | [.name, .resource, .percent]')" '["gl","nproc",100]'
vlimit --xid gl --nproc inf
vserver gl stop
vserver --silent gl delete --yes

# ---- many at once

for i in $(seq 1 100); do
	vcontext --silent --create --xid $((5000 + i)) -- vattribute --flag persistent -- vcontext --migrate-self --endsetup
done
is "100 contexts have statistics" "$(vserver-stat --json | jq '[.contexts[] | select(.xid > 5000 and .limits)] | length')" 100
ok "quickly" sh -c 'timeout 5 vserver-stat >/dev/null'
for i in $(seq 1 100); do vattribute --xid $((5000 + i)) --flag '!persistent'; done
is "all gone" "$(vserver-stat | sed 1d | wc -l)" 1
done_testing
