#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tools.sh - help, version, wrong usage and exit codes of the low-level tools; no rights, no kernel
#
# The help texts are compared with tests/cli/expected/TOOL.help; --update writes them anew.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
B=${B:-$top/build}
case $B in /*) ;; *) B=$top/$B ;; esac
# shellcheck source=tests/lib/tap.sh
. "$top/tests/lib/tap.sh"
export VCTX_CONFDIR=/nonexistent/vservers LC_ALL=C
unset COLUMNS

tools='vcontext vattribute vuname vspace vnamespace vkill vwait vserver-stat vserver-info vps chcontext vprocunhide
	setattr showattr ncontext nattribute naddress chbind vsched vmemctrl vlimit vtop vmon vserver-capacity'

# the tools, and nothing else of this machine with the same name
PATH=$B/ctx-tools:$PATH
for tool in $tools; do
	[ -x "$B/ctx-tools/$tool" ] || { fail "$tool is built"; done_testing; exit 1; }
done

if [ "${1:-}" = --update ]; then
	for tool in $tools; do "$tool" --help >"$here/expected/$tool.help"; done
	exit 0
fi

# long options of a help text, without those that only aliases have
help_options() {
	"$1" --help | sed -n 's/^  \(-., \|    \)\(--[^ =[]*\).*/\2/p' | sort -u
}
page_options() {
	sed 's/\\-/-/g; s/\\f[BIR]//g' "$top/ctx-tools/man/$1.8" | grep -A1 --no-group-separator '^\.TP$' | sed -n 's/^\(-., \)\{0,1\}\(--[^ =[]*\).*/\2/p' |
		sort -u
}
completion_options() {
	sed -n "/local options='/,/'\$/p" "$top/ctx-tools/completion/bash/$1" | grep -o -e '--[a-z][a-z0-9-]*' | sort -u
}

for tool in $tools; do
	is "$tool --help is as expected" "$("$tool" --help)" "$(cat "$here/expected/$tool.help")"
	exits "$tool --help succeeds" 0 "$tool" --help
	is "$tool --help says nothing on standard error" "$("$tool" --help 2>&1 >/dev/null)" ""
	is "$tool --help fits 80 columns" "$("$tool" --help | awk 'length > 80' | head -n 1)" ""
	like "$tool --version" "$("$tool" --version)" "^$tool \(vctx\) [0-9]+\.[0-9]+"
	exits "$tool --version succeeds" 0 "$tool" --version
	page=$tool
	[ "$tool" != vnamespace ] || page=vspace
	is "$tool: help and manual page have the same options" "$(page_options "$page")" "$(help_options "$tool")"
	[ "$tool" = vps ] || is "$tool: help and completion have the same options" \
		"$(completion_options "$page")" "$(help_options "$tool")"
	like "$tool: the page has its exit codes" "$(cat "$top/ctx-tools/man/$page.8")" '^\.SH EXIT STATUS$'
done
is "manual pages are clean" "$(cd "$top/ctx-tools" && for p in $tools; do groff -man -ww -Tutf8 -z "man/$p.8"; done 2>&1 |
	grep -v "can't open 'man8/")" ""

# usage CODE "first line" TOOL ARGS...
usage() {
	local code=$1 line=$2
	shift 2

	tap_run "$@"
	is "$*: the message" "$(printf '%s\n' "$tap_out" | head -n 1)" "$line"
	is "$*: exit code" "$tap_status" "$code"
	is "$*: nothing on standard output" "$("$@" 2>/dev/null)" ""
}
try() {
	tap_run "$@"
	is "$*: two lines, the second points to the help" "$(printf '%s\n' "$tap_out" | sed 1d)" \
		"Try '$1 --help' for more information."
}

for tool in $tools; do
	[ "$tool" = vps ] && continue
	code=2
	[ "$tool" = vwait ] && code=126
	usage $code "$tool: unknown option '--no-such-option'" "$tool" --no-such-option
	usage $code "$tool: unknown option '-^'" "$tool" '-^'
	usage $code "$tool: option '--help' takes no argument" "$tool" --help=x
	try "$tool" --no-such-option
done

usage 2 "vcontext: one of --create, --migrate and --migrate-self is needed" vcontext
usage 2 "vcontext: options '--create' and '--migrate' exclude each other" vcontext --create --migrate
usage 2 "vcontext: --migrate needs --xid" vcontext --migrate true
usage 2 "vcontext: --migrate-self takes no --xid" vcontext --migrate-self --xid 2
usage 2 "vcontext: option '--xid' needs an argument" vcontext --create --xid
usage 2 "vcontext: wrong context '65536': not in the range 0 to 65535" vcontext --create --xid 65536
usage 2 "vcontext: wrong context 'web1': neither a number nor a guest below /nonexistent/vservers" vcontext --migrate --xid web1
usage 2 "vcontext: wrong context ':5': neither a number nor a guest below /nonexistent/vservers" vcontext --migrate --xid :5
usage 2 "vcontext: options '--chroot' and '--pivot-root' exclude each other" vcontext --migrate --xid 2 --chroot --pivot-root true
usage 2 "vcontext: --namespace needs --chroot" vcontext --migrate --xid 2 --namespace true
usage 2 "vcontext: options '--disconnect' and '--vlogin' exclude each other" vcontext --migrate --xid 2 --disconnect --vlogin true
usage 2 "vcontext: a program to run is needed" vcontext --create --disconnect
usage 2 "vcontext: unknown personality 'plan9'" vcontext --create --personality-type plan9 true
usage 2 "vcontext: unknown personality flag 'nonsense'" vcontext --create --personality-flags nonsense true
usage 2 "vcontext: option '--sil' is ambiguous" vcontext --sil
usage 2 "vattribute: unknown system capability 'flying'" vattribute --bcap chown,flying
usage 2 "vattribute: unknown context capability '^64'" vattribute --ccap '^64'
usage 2 "vattribute: unknown flag '!nonsense'" vattribute --flag '!nonsense'
usage 2 "vattribute: --get does not go with attributes to set" vattribute --get --secure
usage 2 "vattribute: --json needs --get" vattribute --json
usage 2 "vuname: unknown name 'nodeame'" vuname --set --xid 5 -t nodeame=x
usage 2 "vuname: 'nodename' is not of the form NAME=VALUE" vuname --set --xid 5 -t nodename
usage 2 "vuname: --tag needs --set" vuname --xid 5 -t nodename=x
usage 2 "vuname: --set needs --tag" vuname --set --xid 5
usage 2 "vuname: the value of 'nodename' is longer than 64 bytes" vuname --set --xid 5 \
	-t nodename=00000000001111111111222222222233333333334444444444555555555566666
usage 2 "vspace: one of --new, --enter and --set is needed" vspace
usage 2 "vspace: a program to run is needed" vspace --new --uts
usage 2 "vspace: at least one space is needed" vspace --new true
usage 2 "vspace: at least one space is needed" vspace --new --uts '--~uts' true
usage 2 "vspace: the index is 0 or 1, not '2'" vspace --set --index 2
usage 2 "vspace: unknown space 'moon'" vspace --new --mask uts,moon true
usage 2 "vnamespace: options '--enter' and '--new' exclude each other" vnamespace -e 5 -n true
usage 2 "vkill: --xid or a process id is needed" vkill
usage 2 "vkill: unknown signal 'NONSENSE'" vkill -s NONSENSE 5
usage 2 "vkill: 'x' is not a process id" vkill --xid 5 1 x
usage 2 "vkill: process id 0 needs --xid" vkill 0
usage 126 "vwait: exactly one context is needed" vwait
usage 126 "vwait: exactly one context is needed" vwait 5 6
usage 126 "vwait: '1h' is not a number of seconds" vwait --timeout 1h 5
usage 126 "vwait: --terminate needs --timeout" vwait --terminate 5
usage 126 "vwait: '99' is not an open descriptor" vwait --status-fd 99 5
usage 2 "vserver-stat: unexpected word 'x'" vserver-stat x
usage 2 "vserver-stat: unknown column 'x'" vserver-stat --sort x
usage 2 "vserver-stat: '0' is not a number of seconds from 0.1 on" vserver-stat --watch=0
usage 2 "vserver-stat: --openmetrics stands alone" vserver-stat --openmetrics --json
usage 2 "vserver-stat: options '--self' and '--addresses' exclude each other" vserver-stat --self -a
usage 2 "vlimit: --all, --use, --json or something to set is needed" vlimit --xid 5
usage 2 "vlimit: 'x' is not a value for limit 'nproc'" vlimit --xid 5 --nproc x
usage 2 "vlimit: '-1' is not a value for limit 'nofile'" vlimit --xid 5 --nofile=-1
usage 2 "vlimit: '64MB' is not a value for limit 'nproc'" vlimit --xid 5 --nproc 64MB
usage 2 "vlimit: '18446744073709551614' is not a value for limit 'nproc'" vlimit --xid 5 --6 18446744073709551614
usage 2 "vlimit: a limit is needed behind -M, -S and -H" vlimit --xid 5 --nproc 5 -S
usage 2 "vlimit: --number and --decimal need --all" vlimit --xid 5 -nd
usage 2 "vlimit: --missingok needs --dir" vlimit --xid 5 --nproc 5 --missingok
usage 2 "vlimit: --save needs limits to set" vlimit --xid 5 --save
usage 2 "vlimit: --save needs --xid with the name of a guest" vlimit --xid 5 --save --nproc 5
usage 2 "vlimit: options '--use' and '--json' exclude each other" vlimit --xid 5 --use --json
usage 1 "vlimit: no directory '/no/such/dir'" vlimit --xid 5 --dir /no/such/dir
usage 2 "vtop: unknown key 'x'" vtop --sort x
usage 2 "vtop: '0' is not a number of looks" vtop -n 0
usage 2 "vtop: '0.05' is not a number of seconds from 0.1 on" vtop -d 0.05
usage 2 "vtop: options '--batch' and '--json' exclude each other" vtop -b --json
usage 2 "vtop: --color is auto, always or never, not 'x'" vtop --color x
usage 2 "vmon: unknown type of event 'x'" vmon --type limit,x
usage 2 "vmon: --type needs a type of event" vmon --type ,
usage 2 "vmon: wrong context '1': not in the range 2 to 65535" vmon --xid 1
usage 2 "vmon: '-1' is not a number of lines" vmon --count=-1
usage 2 "vserver-capacity: '101' is not a number of percent from 1 to 100" vserver-capacity --near 101
usage 2 "vserver-info: a question is needed after 'web1'" vserver-info web1
usage 2 "vserver-info: unknown question 'X'" vserver-info web1 X
usage 2 "chcontext: a program to run is needed" chcontext --ctx 5
usage 2 "chcontext: context 0 is the host: there is no way into it" chcontext --ctx 0 true
usage 2 "chcontext: a pid space needs an init: use vserver(8)" chcontext --spaces uts,pid true
usage 2 "chcontext: unknown capability '!flying'" chcontext --cap '!flying' true
usage 1 "vprocunhide: cannot read '/no/such/list': No such file or directory" vprocunhide /no/such/list
usage 2 "vsched: wrong value 'x' for --weight: not in the range 1 to 10000" vsched --weight x
usage 2 "vsched: wrong value '1% 1000' for --max: none of: max, 150%, 'QUOTA PERIOD' in microseconds (at least 1000, the period at most 1000000)" \
	vsched --max 1% --max "1% 1000"
usage 2 "vsched: bad value for 'interval': '0' is not in the range 1 to 100000000" vsched --interval 0
usage 2 "vsched: --cpu-id=0 cannot be said: bandwidth is of all processors together" vsched --cpu-id 0
usage 2 "vsched: --bucket-id=1 cannot be said: there is one for all" vsched --bucket-id 1
usage 2 "vsched: --show and --json do not go with anything to set" vsched --show --weight 5
usage 2 "vsched: wrong context 'web1': neither a number nor a guest below /nonexistent/vservers" vsched --xid web1 --weight 5
usage 1 "vsched: context 0 is the host's: it has no limits" vsched --xid 0 --weight 5
usage 1 "vsched: cannot read '/no/such': No such file or directory" vsched --dir /no/such
is "vsched: nothing to do" "$(vsched --xid 0 --force --dir /no/such --missingok -- echo "done")" "done"
usage 2 "vmemctrl: wrong value '1X' for --max: not a size: bytes, with K, M, G or T behind, or max" vmemctrl --max 1X
usage 2 "vmemctrl: unknown policy 'wait': kill, group, throttle or freeze" vmemctrl --oom-policy wait
usage 2 "vmemctrl: wrong value 'max' for --reclaim: not a size" vmemctrl --reclaim max
usage 2 "vmemctrl: wrong value 'much' for --badness: not a number" vmemctrl --badness much
usage 2 "vmemctrl: --get does not go with anything to set" vmemctrl --get --max 1G
usage 2 "vmemctrl: options '--set' and '--get' exclude each other" vmemctrl --set --get
usage 2 "vmemctrl: wrong context 'web1': neither a number nor a guest below /nonexistent/vservers" vmemctrl --xid web1 --max 1G
usage 1 "vmemctrl: context 0 is the host's: it has no limits" vmemctrl --xid 0 --max 1G
usage 2 "setattr: at least one attribute is needed" setattr /
usage 2 "setattr: at least one file is needed" setattr --hide

usage 2 "ncontext: one of --create, --migrate and --migrate-self is needed" ncontext
usage 2 "ncontext: options '--create' and '--migrate' exclude each other" ncontext --create --migrate
usage 2 "ncontext: --migrate needs --nid" ncontext --migrate true
usage 2 "ncontext: --migrate-self takes no --nid" ncontext --migrate-self --nid 2
usage 2 "ncontext: a program to run is needed" ncontext --create --disconnect
usage 2 "ncontext: wrong context '65536': not in the range 0 to 65535" ncontext --create --nid 65536
usage 2 "ncontext: wrong context 'web1': neither a number nor a guest below /nonexistent/vservers" ncontext --migrate --nid web1
usage 2 "nattribute: unknown network capability 'net_raw'" nattribute --ncap raw_icmp,net_raw
usage 2 "nattribute: unknown flag '!fakeinit'" nattribute --flag '!fakeinit'
usage 2 "nattribute: --get does not go with attributes to set" nattribute --get --secure
usage 2 "nattribute: --json needs --get" nattribute --json
usage 2 "naddress: one of --add, --remove and --set is needed" naddress --ip 192.0.2.1
usage 2 "naddress: options '--add' and '--set' exclude each other" naddress --add --set
usage 2 "naddress: at least one address is needed" naddress --add --nid 5
usage 2 "naddress: --list does not go with addresses" naddress --list --ip 192.0.2.1
usage 2 "naddress: --json needs --list" naddress --add --json --ip 192.0.2.1
usage 2 "naddress: wrong address '192.0.2': neither an IP address nor a device with one" naddress --add --ip 192.0.2
usage 2 "naddress: wrong address 'nodevice0': neither an IP address nor a device with one" naddress --add --ip nodevice0
usage 2 "naddress: wrong address '192.0.2.1/33': not a network mask or prefix length" naddress --add --ip 192.0.2.1/33
usage 2 "naddress: wrong address '2001:db8::1/129': not a network mask or prefix length" naddress --add --ip 2001:db8::1/129
usage 2 "naddress: wrong address 'x': not an IP address" naddress --add --mask x
usage 2 "naddress: wrong range '192.0.2.1': not of the form IP-IP" naddress --add --range 192.0.2.1
usage 2 "naddress: wrong range '192.0.2.2-192.0.2.1': a bad mask, or its end is before its begin" naddress --add --range 192.0.2.2-192.0.2.1
usage 2 "naddress: wrong address '::1': there is no loopback address with IPv6" naddress --add --lback ::1
usage 2 "naddress: a broadcast address cannot be taken away, only replaced" naddress --remove --bcast 192.0.2.255
usage 2 "chbind: a program to run is needed" chbind --ip 192.0.2.1
usage 2 "chbind: network context 0 is the host: there is no way into it" chbind --nid 0 true
usage 2 "chbind: wrong address '192.0.2.1/x': neither an IP address nor a device with one" chbind --ip 192.0.2.1/x true

# lists: a mistake anywhere changes nothing
list=$(mktemp)
printf '# comment\n\n/proc/uptime\n~/etc/passwd\n' >"$list"
tap_run vprocunhide --dry-run "$list"
like "vprocunhide names the wrong line" "$tap_out" "^vprocunhide: wrong list, line 4: '/etc/passwd' is not below /proc\$"
printf '/proc/uptime\n-/proc/version\n~/proc/stat\n:/proc/swaps\n!/proc/misc\n/proc/no-such-entry\n' >"$list"
is "vprocunhide --dry-run" "$(vprocunhide --dry-run "$list" | tr '\n' ' ')" \
	"AWh /proc/uptime AwH /proc/version AWH /proc/stat aWH /proc/swaps awH /proc/misc "
rm -f "$list"
like "vkill --list" "$(vkill --list)" '^ 9 KILL$'
like "vserver-info -l" "$(vserver-info -l)" '^CONTEXT  *\[BOOL\]'
is "vserver-info CANONIFY" "$(vserver-info web-1.x CANONIFY)" web1x
like "vserver-info SYSINFO works anywhere" "$(vserver-info)" '^ +Kernel: '

# a full disc is no success
for tool in vkill vserver-info; do
	tap_run sh -c "$tool --help >/dev/full"
	is "$tool: output that cannot be written" "$tap_out/$tap_status" \
		"$tool: cannot write to standard output: No space left on device/1"
done

# a kernel without virtual servers (or no right to ask): one line, the documented code
if ! vserver-info - APIVER >/dev/null 2>&1; then
	none="this kernel has no virtual servers, or only root of the host may ask"
	usage 125 "vcontext: cannot make context 5: $none" vcontext --create --xid 5 true
	usage 125 "vcontext: cannot enter context 5: $none" vcontext --migrate --xid 5 true
	usage 125 "vcontext: cannot tell the own context: $none" vcontext --migrate-self --endsetup true
	usage 1 "vcontext: cannot tell the own context: $none" vcontext --migrate-self --endsetup
	usage 1 "vattribute: cannot read the bcapabilities of context 5: $none" vattribute --get --xid 5
	usage 125 "vattribute: cannot set the flags of context 5: $none" vattribute --xid 5 --flag private -- true
	usage 1 "vuname: cannot read the names of context 5: $none" vuname --xid 5
	usage 1 "vkill: cannot signal context 5: $none" vkill --xid 5
	usage 127 "vwait: cannot wait for context 5: $none" vwait 5
	usage 125 "vspace: cannot record the spaces: $none" vspace --set --uts -- true
	usage 1 "vserver-stat: cannot read the contexts: $none" vserver-stat
	usage 1 "vserver-capacity: cannot read the contexts: $none" vserver-capacity
	usage 1 "vtop: cannot read the contexts: $none" vtop -b
	usage 1 "vmon: cannot follow events: this kernel has no events of virtual servers, or only root of the host may ask" vmon
	usage 254 "vps: cannot read the contexts: $none" vps ax
	usage 125 "chcontext: cannot run 'true' in a context: $none" chcontext true
	usage 3 "vprocunhide: cannot change entries: $none" vprocunhide
	usage 1 "setattr: cannot change attributes: $none" setattr --hide /
	usage 1 "showattr: cannot read attributes: $none" showattr /
	none="this kernel has no limits of contexts, or only root of the host may ask"
	usage 1 "vlimit: cannot read the limits of context 5: $none" vlimit --xid 5 --all
	usage 125 "vlimit: cannot set limit 'nproc' of context 5: $none" vlimit --xid 5 --nproc 5 -- true
	none="this kernel has no network contexts, or only root of the host may ask"
	usage 125 "ncontext: cannot make network context 5: $none" ncontext --create --nid 5 true
	usage 1 "ncontext: cannot make a network context: $none" ncontext --create
	usage 125 "ncontext: cannot enter network context 5: $none" ncontext --migrate --nid 5 true
	usage 1 "nattribute: cannot read the attributes of network context 5: $none" nattribute --get --nid 5
	usage 125 "nattribute: cannot set the flags of network context 5: $none" nattribute --nid 5 --flag private -- true
	usage 125 "naddress: cannot add address '192.0.2.1/32' of network context 5: $none" naddress --add --nid 5 --ip 192.0.2.1 -- true
	usage 1 "naddress: cannot remove address '2001:db8::1/128' of network context 5: $none" naddress --remove --nid 5 --ip 2001:db8::1
	usage 1 "naddress: cannot remove the addresses of network context 5: $none" naddress --remove --nid 5
	usage 1 "naddress: cannot list the network contexts: $none" naddress
	usage 1 "naddress: cannot read network context 5: $none" naddress --list --nid 5
	usage 125 "chbind: cannot run 'true' in a network context: $none" chbind true
	exits "vserver-info FEATURE: no" 1 vserver-info - FEATURE vwait
	# the program is not run when a step failed
	is "a failed step runs nothing" "$(vcontext --create --xid 5 -- echo run 2>/dev/null)" ""
fi
exits "without anything to do vattribute runs the program" 9 vattribute --xid 5 -- sh -c 'exit 9'
exits "a program that is not there: 127" 127 vattribute --xid 5 -- /no/such/program
exits "one that is not executable: 126" 126 vattribute --xid 5 -- /etc/passwd
exits "one that dies by a signal: 128 and more" 137 vattribute --xid 5 -- sh -c 'kill -KILL $$'
done_testing
