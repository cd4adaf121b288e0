#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# completion.sh - the completions of bash, called as bash would
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
B=${B:-$top/build}
case $B in /*) ;; *) B=$top/$B ;; esac
# shellcheck source=tests/lib/tap.sh
. "$top/tests/lib/tap.sh"
PATH=$B/ctx-tools/vserver:$B/ctx-tools:$PATH
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export VCTX_CONFDIR=$tmp
mkdir -p "$tmp/web1" "$tmp/web2" "$tmp/.defaults"

# what only exists while bash completes
compopt() { :; }
offset=''
_command_offset() { offset=$1; }

dir=$top/ctx-tools/completion/bash
for file in "$dir"/*; do
	tool=${file##*/}
	[ "$tool" != vctx-common ] || continue
	is "$tool: nothing is said" "$(bash -c ". '$file'" 2>&1)" ""
	# shellcheck source=/dev/null
	. "$file"
	ok "$tool has a completion" complete -p "$tool"
done

# words WORD...: what the last word may become
words() {
	local function

	function=$(complete -p "$1" | sed 's/.*-F \([^ ]*\).*/\1/')
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	"$function"
	printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' '
}

is "guests" "$(words vserver w)" "web1 web2"
is "guests, and the list of them" "$(words vserver '')" "list web1 web2"
is "verbs" "$(words vserver web1 re)" "restart"
is "verbs of apt" "$(words vserver --sync web1 apt-)" "apt-cache apt-config apt-get"
is "options before the name" "$(words vserver --dr)" "--dry-run"
is "the value of an option is no guest" "$(words vserver --confdir /etc w)" "web1 web2"
is "methods" "$(words vserver web3 build -m '')" "clone debootstrap skeleton template"
is "options of a method" "$(words vserver web3 build -m clone -- --)" "--exclude-from --source"
is "sources of a clone" "$(words vserver web3 build -m clone -- -s web)" "web1 web2"
is "options of start" "$(words vserver web1 start --re)" "--rescue --rescue-init"
words vserver web1 exec ca >/dev/null
COMP_WORDS=(vserver web1 exec cat /et) COMP_CWORD=4
_vctx_vserver
is "what is executed is the program's business" "$offset" 3
is "limits of a guest" "$(words vserver web1 limits --set cpu.w)" "cpu.weight.nice= cpu.weight="
is "options of limits" "$(words vserver web1 limits --)" "--json --save --set"
is "policies" "$(words vmemctrl --xid web1 --oom-policy '')" "freeze group kill throttle"
is "contexts" "$(words vattribute --xid we)" "web1 web2"
is "a list of flags" "$(words vattribute --flag private,fake)" "private,fakeinit"
is "one that is taken away" "$(words vattribute --flag private,~fake)" "private,~fakeinit"
is "capabilities" "$(words chcontext --cap net_r)" "net_raw"
is "options" "$(words vcontext --mig)" "--migrate --migrate-self"
is "questions" "$(words vserver-info web1 XI)" "XID XIDTYPE"
is "the second name of vspace" "$(words vnamespace --en)" "--enter"
is "columns" "$(words vserver-stat --sort r)" "rss"
is "keys to sort by" "$(words vtop --sort l)" "limit load"
is "types of events" "$(words vmon --type created,soft)" "created,soft-limit"
is "resources" "$(words vlimit --xid web1 --nso)" "--nsock"
like "signals" "$(words vkill --signal KI)" '^KILL$'

# every word that is offered for flags is one
for kind in flag:cflags ccap:ccaps bcap:bcaps umask:umask; do
	list=_vctx_words_${kind#*:}
	bad=''
	for word in ${!list}; do
		vattribute --xid 5 --"${kind%:*}" "$word" -- true 2>&1 | grep -q 'unknown' && bad="$bad $word"
	done
	is "the words for --${kind%:*} exist" "$bad" ""
done
done_testing
