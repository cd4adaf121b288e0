#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limits.sh - limits and statistics as the tools show and set them, on a machine that is not there (tests/unit/world)
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
B=${B:-$top/build}
case $B in /*) ;; *) B=$top/$B ;; esac
# shellcheck source=tests/lib/tap.sh
. "$top/tests/lib/tap.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export VCTX_CONFDIR=$tmp/conf VCTX_RUNDIR=$tmp/run WORLD_LOG=$tmp/log LC_ALL=C NO_COLOR=1
mkdir -p "$tmp/conf/web1" "$tmp/conf/off" "$tmp/run"
echo 100 >"$tmp/conf/web1/context"
# somebody else has the number of this one now
echo 101 >"$tmp/conf/off/context"
PATH=$B/tests/unit/world:$PATH:$B/download/bin
# the one that the packages with the parsers are for
python=/usr/bin/python3
for tool in vlimit vserver-stat vtop vmon vserver-capacity; do
	[ -x "$B/tests/unit/world/$tool" ] || { fail "$tool is built for the test"; done_testing; exit 1; }
done
changes() {
	cat "$tmp/log" 2>/dev/null
	: >"$tmp/log"
}

# ---- vlimit

is "vlimit --all: the known form" "$(vlimit -c web1 -a | head -n 2)" \
	"nproc                      N/A                 0xc                 0xc
nofile                     N/A                 inf                 inf"
is "decimal, with numbers" "$(vlimit -c 100 -and | head -n 1)" \
	"6                          N/A                  12                  12"
is "one line for each that is limited" "$(vlimit -c 100 -a | awk '{ print $1 }' | paste -sd ' ')" \
	"nproc nofile locks msgqueue nsock openfd shmem semary nsems sigpending inotify watches keys pipepages mounts"
is "--use" "$(vlimit -c 100 --use | sed -n 2p)" "nproc         10    11         12         12     0  tasks"
is "--json" "$(vlimit -c 101 --json | jq -c '[.schema, .xid, (.limits[] | select(.name == "mounts"))]')" \
	'[1,101,{"name":"mounts","id":37,"unit":"mounts","used":10,"lowest":0,"peak":11,"soft":10,"hard":10,"hits":4}]'
is "no limit is null" "$(vlimit -c 100 --json | jq -c '.limits[] | select(.name == "nofile") | [.soft, .hard]')" '[null,null]'
is "without statistics of the kernel, by the call" "$(WORLD=nostat vlimit -c 100 -a | sed -n '1p;$p')" \
	"nproc                      N/A                 inf                0x64
nsems                      N/A                 inf                0x64"
exits "a context that is not there" 1 vlimit -c 7 -a

changes >/dev/null
exits "set" 0 vlimit -c web1 --nproc 500 -S --nofile 8k --nofile 10K -SH --mounts inf
is "hard unless told otherwise, and only what was asked for" "$(changes)" "netlink 100 nproc -2 500
netlink 100 nofile 8000 10240
netlink 100 mounts -1 -1"
exits "by number" 0 vlimit -c 100 --6 0x10 --37 5
is "by number: what was set" "$(changes)" "netlink 100 nproc -2 16
netlink 100 mounts -2 5"
page=$(getconf PAGESIZE)
vlimit -c 100 --shmem 64MB --msgqueue 8kB
is "bytes for pages, and for bytes" "$(changes | sort)" "netlink 100 msgqueue -2 8000
netlink 100 shmem -2 $((64 * 1048576 / page))"
tap_run vlimit -c 100 --rss 100 --nproc 5 --dentry 7
is "what the kernel does not limit is told, memory with where to go" "$tap_out/$tap_status" \
	"vlimit: cannot set limit 'rss' of context 100: memory is limited by the control group of the guest, see vmemctrl(8)
vlimit: cannot set limit 'dentry' of context 100: this kernel does not limit it/1"
is "and the others are set" "$(changes)" "netlink 100 nproc -2 5"
is "and a program runs all the same" "$(vlimit -c 100 --rss 100 -- echo run 2>/dev/null)" run
exits "with its exit code" 9 vlimit -c 100 --nproc 100 -- sh -c 'exit 9'
tap_run vlimit -c 100 -M --nproc 5
is "a minimum has no effect, which is told" "$tap_out/$tap_status/$(changes >/dev/null; vlimit -c 100 -M --nproc 5 2>/dev/null; changes)" \
	"vlimit: warning: no minimum of limit 'nproc' is set: no kernel has one/0/"
exits "reset" 0 vlimit -c 100 --reset-hits --reset-minmax
is "what was reset" "$(changes)" "reset-hits 100
reset-minmax 100"
exits "without netlink, by the call" 0 env WORLD=nostat vlimit -c 100 --nproc 7
is "what the call has set" "$(changes)" "call 100 nproc -2 7"
tap_run env WORLD=nostat vlimit -c 100 --mounts 7
is "those from 32 on need netlink" "$tap_out/$tap_status/$(changes)" \
	"vlimit: cannot set limit 'mounts' of context 100: this kernel does not limit it/1/"

mkdir "$tmp/dir"
echo 100 >"$tmp/dir/nproc"
echo 50 >"$tmp/dir/nproc.soft"
echo inf >"$tmp/dir/mounts.hard"
echo 5 >"$tmp/dir/nonsense"
echo 5 >"$tmp/dir/nproc.min"
echo 5 >"$tmp/dir/nofile~"
tap_run vlimit -c 100 --dir "$tmp/dir" --locks 9
is "--dir: what is no limit is told" "$(printf '%s\n' "$tap_out" | sort)/$tap_status" \
	"vlimit: warning: '$tmp/dir/nonsense' has no effect: no limit of this name
vlimit: warning: '$tmp/dir/nproc.min' has no effect: no limit of this name/0"
is "--dir: what was set" "$(changes)" "netlink 100 nproc 50 100
netlink 100 locks -2 9
netlink 100 mounts -2 -1"
vlimit -c 100 --dir "$tmp/dir" --nproc 200 2>/dev/null
is "the command line wins" "$(changes | head -n 1)" "netlink 100 nproc 50 200"
exits "a directory that may be missing" 0 vlimit -c 100 --dir "$tmp/none" --missingok
echo 5x >"$tmp/dir/nproc"
tap_run vlimit -c 100 --dir "$tmp/dir"
is "a wrong value" "$(printf '%s\n' "$tap_out" | tail -n 1)/$tap_status" \
	"vlimit: bad value in '$tmp/dir/nproc': '5x' is not a limit/1"
changes >/dev/null

exits "--save" 0 vlimit -c web1 --save -S --nproc 90 --nproc 100 --mounts inf --shmem 4MB
is "--save: in force" "$(changes | wc -l)" 3
is "--save: in the configuration" "$(cd "$tmp/conf/web1/rlimits" && grep . -- * | sort)" "mounts.hard:inf
nproc.hard:100
nproc.soft:90
shmem.hard:$((4194304 / page))"
vlimit -c web1 --save --rss 5 2>/dev/null
is "what is refused is not saved" "$(find "$tmp/conf/web1/rlimits" -name 'rss*')" ""
exits "--save of one that does not run" 0 vlimit -c off --save --nproc 7
is "is saved, and does not touch who has its number" "$(cat "$tmp/conf/off/rlimits/nproc.hard")/$(changes)" "7/"
exits "and there is nothing to show" 2 vlimit -c off --save --nproc 7 --use
ln -s /etc/passwd "$tmp/conf/off/rlimits/nofile.hard"
vlimit -c off --save --nofile 3
is "a link in its place is replaced, not followed" "$(cat "$tmp/conf/off/rlimits/nofile.hard")$(find "$tmp/conf/off/rlimits" -type l)" 3

# ---- vserver-stat

out=$(vserver-stat)
is "the known header" "$(printf '%s\n' "$out" | head -n 1)" "CTX   PROC    VSZ    RSS  userTIME   sysTIME    UPTIME NAME"
is "the known columns, from the kernel's statistics" "$(printf '%s\n' "$out" | grep '^101')" \
	"101      2   104K   348K   0m01s50   0m00s25   0m05s00 guest101"
like "the host is there" "$(printf '%s\n' "$out" | sed -n 2p)" '^0 .* root server$'
not "nothing of a name gets to the terminal" grep -q "$(printf '\033')" <<<"$out"
is "--json: everything" "$(vserver-stat --json | jq -c '.contexts[] | select(.xid == 101) |
	[.processes, .threads, .threads_running, .load, .forks, .chars_read_bytes, .swap_bytes, (.limits | length), (.sockets | length),
	.sockets[3].sent_bytes, .resident_memory_bytes]')" '[2,3,1,[1.5,1,0.5],7,77824,126976,15,6,603,356352]'
is "--json: names as they are" "$(vserver-stat --json | jq -c '.contexts[3].name')" '"a \"b\"\\c\n\u001b[31md"'
is "--sort" "$(vserver-stat --sort usertime | awk '$1 + 0 >= 100 { print $1; exit }')" 100
out=$(WORLD=nostat vserver-stat --json)
is "without statistics of the kernel from processes" "$(jq -c '.contexts[1] | [.processes, .threads, .limits, .swap_bytes]' <<<"$out")" \
	'[1,1,null,null]'
is "--watch" "$(timeout 1 vserver-stat --watch=0.2 | grep -c '^CTX' | awk '{ print ($1 > 2) }')" 1

WORLD_CONTEXTS=4 vserver-stat --openmetrics >"$tmp/om"
ok "--openmetrics is OpenMetrics" awk -f "$top/tests/lib/openmetrics.awk" "$tmp/om"
WORLD=nostat vserver-stat --openmetrics >"$tmp/om2"
ok "also without statistics of the kernel" awk -f "$top/tests/lib/openmetrics.awk" "$tmp/om2"
WORLD_CONTEXTS=0 vserver-stat --openmetrics >"$tmp/om3"
ok "also without contexts" awk -f "$top/tests/lib/openmetrics.awk" "$tmp/om3"
ok "it is UTF-8, whatever a name is" iconv -f UTF-8 -t UTF-8 -o /dev/null "$tmp/om"
is "names are escaped" "$(grep -c -F 'name="a \"b\"\\c\n' "$tmp/om" | awk '{ print ($1 > 0) }')" 1
is "seconds" "$(grep '^vserver_cpu_seconds_total{xid="101",name="guest101",mode="user"}' "$tmp/om")" \
	'vserver_cpu_seconds_total{xid="101",name="guest101",mode="user"} 1.500000000'
is "no limit is +Inf" "$(grep '^vserver_limit_hard{xid="101",name="guest101",resource="nofile"}' "$tmp/om" | cut -d' ' -f2)" "+Inf"
is "hits" "$(grep '^vserver_limit_hits_total{xid="101",name="guest101",resource="mounts"}' "$tmp/om" | cut -d' ' -f2)" 4
# the checker finds what is wrong
for mistake in 's/^# EOF$//' 's/_total{/{/' '/^# TYPE vserver_load1 /d' 's/\\"/"/' 's/+Inf$/inf/' '/^vserver_load1{/{p}' \
	's/^# UNIT vserver_cpu_seconds seconds/# UNIT vserver_cpu_seconds bytes/' '/^vserver_load5{xid="101"/{x;p;x}' \
	'$a x 1' '/^vserver_load1{xid="100"/{h;d};/^vserver_load15{xid="100"/{p;x}'; do
	sed "$mistake" "$tmp/om" >"$tmp/bad"
	not "the checker finds: $mistake" awk -f "$top/tests/lib/openmetrics.awk" "$tmp/bad"
done
ok "so says the parser of Prometheus for Python" $python -c '
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
assert len(list(text_string_to_metric_families(open(sys.argv[1]).read()))) > 30
' "$tmp/om"

# time on the processor: other tests may run at the same time
TIMEFORMAT='%3U %3S'
took=$({ time WORLD_CONTEXTS=10000 vserver-stat >"$tmp/many"; } 2>&1 | awk '{ print int(1000 * ($1 + $2)) }')
like "10000 contexts" "$(tail -n 1 "$tmp/many")" '^10099 '
note "in $took ms"
ok "in well under a second, with what it takes to make them up" [ "$took" -lt 800 ]

# ---- monitoring

names=$(awk -v names=1 -f "$top/tests/lib/openmetrics.awk" "$tmp/om" | sort)
dir=$top/init-scripts/monitoring
ok "the dashboard is JSON" jq -e '.panels | length > 5' "$dir/vserver-dashboard.json"
used=$(grep -o 'vserver_[a-z0-9_]*' "$dir/vserver-dashboard.json" "$dir/vserver-alerts.yml" -h | sort -u)
is "dashboard and alerts use metrics that there are" "$(comm -23 <(printf '%s\n' "$used") <(printf '%s\n' "$names"))" ""
like "and they use some" "$used" vserver_limit_hits_total

mkdir "$tmp/textfile"
ok "metrics for the textfile collector" env TEXTFILE_DIR="$tmp/textfile" VSERVER_STAT="$B/tests/unit/world/vserver-stat" \
	sh "$dir/vserver-metrics.sh"
is "nothing is left beside them" "$(ls "$tmp/textfile")" vserver.prom
is "the older form of counters" "$(grep '^# TYPE vserver_forks' "$tmp/textfile/vserver.prom")" "# TYPE vserver_forks_total counter"
is "and nothing that it does not have" "$(grep -c -e '# UNIT' -e '# EOF' "$tmp/textfile/vserver.prom")" 0
is "promtool has no complaint" "$(promtool check metrics <"$tmp/textfile/vserver.prom" 2>&1)" ""
echo old >"$tmp/textfile/vserver.prom"
exits "a failure" 1 env WORLD=none TEXTFILE_DIR="$tmp/textfile" VSERVER_STAT="$B/tests/unit/world/vserver-stat" \
	sh "$dir/vserver-metrics.sh"
is "leaves what was there" "$(cat "$tmp/textfile/vserver.prom")/$(ls "$tmp/textfile")" old/vserver.prom
documented=$(sed 's/\\-/-/g; s/\\f[BIR]//g' "$top/ctx-tools/man/vserver-stat.8" | sed -n '/^\.SH METRICS/,/^\.SH/p' |
	grep -o 'vserver_[a-z0-9_]*' | sort -u)
is "the manual has all metrics, and no others" "$documented" "$names"
ok "the alerts are YAML, each with what it needs" $python -c '
import sys, yaml
rules = [r for g in yaml.safe_load(open(sys.argv[1]))["groups"] for r in g["rules"]]
assert rules and all(r["alert"] and r["expr"] and r["labels"]["severity"] and r["annotations"]["summary"] for r in rules)
' "$dir/vserver-alerts.yml"
ok "promtool takes the rules" promtool check rules "$dir/vserver-alerts.yml"

# ---- vtop

out=$(vtop -b -n 2 -d 0.5)
is "vtop: two tables" "$(printf '%s\n' "$out" | grep -c '^  CTX NAME')" 2
like "work since the last look" "$(printf '%s\n' "$out" | grep '^  100' | tail -n 1)" '^  100 web1 +1[0-9][0-9]\.[0-9] '
like "near a limit, and at it" "$(printf '%s\n' "$out" | tr '\n' ' ')" 'web1 [^!]* nproc 83% !  .*guest101 [^!]* mounts 100% !!'
not "vtop: nothing of a name gets to the terminal" grep -q "$(printf '\033')" <<<"$out"
out=$(vtop -b -n 1 -c 100)
like "the processes of one, with harmless names" "$out" '^ +[0-9]+ [A-Z] \?\[31mtool'
is "only this context" "$(printf '%s\n' "$out" | grep -c '^ *[0-9]* [a-z]')" 1
is "--json: one line for each look" "$(vtop --json -n 2 -d 0.2 | jq -c '[.schema, (.contexts | length)]' | paste -sd ' ')" '[1,4] [1,4]'
is "--json: the line is one" "$(vtop --json -n 2 -d 0.2 | wc -l)" 2
is "--json: processes" "$(vtop --json -n 1 -c web1 | jq -r '.contexts[0].tasks[0].comm' | od -An -c | tr -d ' \n')" '033[31mtool\n'
tap_run vtop </dev/null
is "no terminal" "$tap_out/$tap_status" "vtop: this is no terminal: use --batch or --json/1"
if command -v script >/dev/null; then
	# type keys into it, and look at what a terminal would get; what stty says before and after is the same
	live() {
		(sleep 0.7; for key in "$@"; do printf '%b' "$key"; sleep 0.3; done) | timeout 20 script -qec \
			"stty rows 20 cols 100; stty -g >$tmp/before; vtop -d 5; echo code \$?; stty -g >$tmp/after" "$tmp/typescript" >/dev/null
	}
	live n '\n' q
	like "live: q ends it" "$(tr -d '\r' <"$tmp/typescript")" '^.*code 0$'
	is "live: the terminal is as it was" "$(cat "$tmp/after")" "$(cat "$tmp/before")"
	like "live: the screen is given back, with its cursor" "$(cat -v "$tmp/typescript")" '\^\[\[\?25h\^\[\[\?1049l'
	like "live: sorted by name" "$(cat "$tmp/typescript")" 'sorted by name'
	live x j '\n' q
	like "live: a row opens to its processes" "$(cat "$tmp/typescript")" '[0-9]+ [A-Z] \?\[31mtool'
	not "live: nothing of a name gets to the terminal" grep -q "$(printf '\033')\[31m" "$tmp/typescript"
	live '\003'
	is "live: an interrupt leaves the terminal as it was" "$(cat "$tmp/after")" "$(cat "$tmp/before")"
	sleep 2 | timeout 20 script -qec "stty -g >$tmp/before; timeout --foreground -s TERM 1 vtop; stty -g >$tmp/after" \
		"$tmp/typescript" >/dev/null
	is "live: so does a signal" "$(cat "$tmp/after")" "$(cat "$tmp/before")"
else
	skip "live" "there is no script(1)"
fi

# ---- vmon

export WORLD_EVENTS=1
out=$(vmon --timeout 0.3 --since-list | cut -c10-)
is "vmon: what was there, what happens, what was lost" "$(printf '%s\n' "$out" | awk '{ print $1 ($1 == "lost" ? "" : " " $2) }')" \
	"present 100
present 101
present 102
started 101
limit 100
created 999
lost
gone 999
oom 101
lost
ended 101"
like "a limit" "$out" '^limit +100 web1 limit=nproc used=10 soft=12 hard=12 hits=0 pid=4711 comm=\?\]0;evil\?\?"$'
like "a kill" "$out" '^oom +101 guest101 memory_max=1048576 pid=4712 comm=hog$'
like "an end" "$out" '^ended +101 guest101 signal=9$'
is "vmon --json" "$(vmon --timeout 0.3 --json | jq -c 'select(.type == "limit") | [.seq, .xid, .name, .limit, .hard, .pid, .comm]')" \
	'[6,100,"web1","nproc",12,4711,"\u001b]0;evil\u0007\n\""]'
is "by type" "$(vmon --timeout 0.3 --type oom,gone | awk '{ print $2 }' | paste -sd ' ')" "gone oom"
is "by guest, number or name" "$(vmon --timeout 0.3 --xid web1 --type limit,oom | wc -l)$(vmon --timeout 0.3 --xid 101 --type limit,oom | wc -l)" 11
is "so many lines" "$(vmon --timeout 0.3 --count 2 | wc -l)" 2
# whoever reads goes away
exits "nobody reads any more" 0 bash -c 'set -o pipefail; timeout 5 vmon --since-list | head -n 1 >/dev/null; [ "${PIPESTATUS[0]}" != 124 ]'
unset WORLD_EVENTS

# ---- vserver-capacity

out=$(vserver-capacity --json)
is "capacity: sums" "$(jq -c '.resources[] | select(.name == "nproc") | [.used, .peak_sum, .limit_sum, .limited, .unlimited]' <<<"$out")" \
	'[30,33,212,3,0]'
is "capacity: who has no limit is counted" "$(jq -c '.resources[] | select(.name == "mounts") | [.limit_sum, .limited, .unlimited, .overcommit]' <<<"$out")" \
	'[10,1,2,null]'
is "capacity: overcommit" "$(jq '.resources[] | select(.name == "nproc") | (.limit_sum / .host * 1000 | round / 1000) == .overcommit' <<<"$out")" true
is "capacity: near a limit, the worst first" "$(jq -c '[.near[] | [.xid, .resource, .percent, .hits]]' <<<"$out")" \
	'[[101,"mounts",100,4],[100,"nproc",83,0]]'
is "capacity: from 90 % on" "$(vserver-capacity --json --near 90 | jq '.near | length')" 1
like "capacity: text" "$(vserver-capacity)" '^nproc +30 +33 +212 +- +3 +0 +[0-9]+ '
# control groups, in a folder that looks like them
group=$tmp/cg/vservers/web1
mkdir -p "$group" "$tmp/conf/web1/cgroup"
echo "$tmp/cg" >"$tmp/conf/web1/cgroup/mnt"
echo 2000000 >"$group/memory.max"
echo 1900000 >"$group/memory.current"
echo 1950000 >"$group/memory.peak"
echo 100000 >"$group/memory.low"
echo '150000 100000' >"$group/cpu.max"
out=$(vserver-capacity --json)
is "capacity: memory of control groups" "$(jq -c '.resources[0] | [.used, .limit_sum, .guaranteed, .limited, .unlimited]' <<<"$out")" \
	"[$((1900000 + 2 * 356352)),2000000,100000,1,2]"
is "capacity: processors of control groups" "$(jq -c '.resources[1] | [.used, .limit_sum, .limited, .unlimited]' <<<"$out")" \
	'[null,1500,1,2]'
is "capacity: near the end of its memory" "$(jq -c '.near[] | select(.resource == "memory") | [.xid, .percent]' <<<"$out")" '[100,95]'
# what is there may be anything
printf 'max\0x' >"$group/memory.max"
echo '-5 x' >"$group/cpu.max"
head -c 100000 /dev/zero >"$group/memory.current"
is "capacity: nonsense is no limit" "$(vserver-capacity --json | jq -c '.resources[0].limited, .resources[1].limited' | paste -sd ' ')" "0 0"
rm -r "$group"
ln -s /etc "$group"
exits "capacity: a group that is none" 0 vserver-capacity
done_testing
