#!/bin/bash
# tools-vlogin - a terminal of the guest's own: vcontext --vlogin
# bed: um qemu
# timeout: 60
. "$VCTX_LIB/tap.sh"

zcat /proc/config.gz | grep -q '^CONFIG_VSERVER=y' || skip_all "the kernel has no virtual servers"

xid=4100
vcontext --silent --create --xid $xid -- vattribute --set --flag persistent -- vcontext --migrate-self --endsetup -- true
run() { pty-run "$@" 2>&1 | tr -d '\r'; return "${PIPESTATUS[0]}"; }
inside() { run vcontext --migrate --xid $xid --vlogin -- "$@"; }

like "the program has a terminal" "$(inside tty)" '^/dev/pts/[0-9]+$'
outer=$(run tty)
not "it is not the outer one (two at the same time)" test \
	"$(run sh -c "tty; vcontext --migrate --xid $xid --vlogin -- tty" | sort -u | wc -l)" = 1
like "it is the controlling terminal" "$(inside sh -c 'echo here >/dev/tty')" '^here$'
out=$(inside sh -c 'for f in /proc/self/fd/*; do readlink $f; done | sort -u')
is "no descriptor of another terminal or of the proxy" "$(printf '%s\n' "$out" | grep -vc '^/dev/pts/[0-9]*$\|^/proc/\|^pipe:')" 0
is "all terminals are one" "$(printf '%s\n' "$out" | grep -c '^/dev/pts/')" 1
inside sh -c 'exit 42' >/dev/null
is "the exit code" $? 42
inside sh -c 'kill -KILL $$' >/dev/null
is "the signal" $? 137
inside /no/such/program >/dev/null
is "a program that is not there" $? 127
out=$(run vcontext --migrate --xid 4101 --vlogin -- true)
is "a context that is not there" $? 125
like "and the message comes through" "$out" '^vcontext: cannot enter context 4101: no such context$'
is "the window size" "$(run -s 33x77 vcontext --migrate --xid $xid --vlogin -- stty size)" "33 77"
like "a change of the window size" "$(run -t '?ready' -t @40x100 vcontext --migrate --xid $xid --vlogin -- \
	sh -c 'trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.1; done')" '^40 100$'
like "what is typed goes in" "$(run -t '?ready' -t 'hello\n' vcontext --migrate --xid $xid --vlogin -- sh -c 'echo ready; read x; echo "got $x"')" '^got hello$'
out=$(run -t '?ready' -t '\x03' vcontext --migrate --xid $xid --vlogin -- sh -c 'trap "echo interrupted; exit 5" INT; echo ready; while :; do sleep 0.1; done')
is "Ctrl-C is for the program inside" "$?" 5
like "which gets the signal" "$out" 'interrupted'
is "Ctrl-D ends its input" "$(run -t '?ready' -t 'x\n' -t '\x04' vcontext --migrate --xid $xid --vlogin -- sh -c 'echo ready; exec cat' | sort -u | tr '\n' ' ')" "ready x "
is "much output arrives complete" \
	"$(inside sh -c 'i=0; while [ $i -lt 3000 ]; do echo "line $i 0123456789012345678901234567890123456789"; i=$((i+1)); done' | grep -c '^line ')" 3000
like "the terminal is as before afterwards" "$(run sh -c "stty -a >before; vcontext --migrate --xid $xid --vlogin -- true; stty -a >after; cmp before after && echo same")" '^same$'
like "also when the program was killed" "$(run sh -c "stty -a >before; vcontext --migrate --xid $xid --vlogin -- sh -c 'stty raw; kill -9 \$\$'; stty -a >after; cmp before after && echo same")" 'same'
run -t '?ready' -t '!' vcontext --migrate --xid $xid --vlogin -- sh -c 'echo ready; exec sleep 777' >/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do pgrep -f 'sleep 777' >/dev/null || break; sleep 0.1; done
not "when the outer terminal goes, the program gets a hangup" pgrep -f 'sleep 777'
start=$SECONDS
inside sh -c 'sleep 20 & echo started' >/dev/null
ok "a process in the background does not hold the proxy" test $((SECONDS - start)) -lt 10
is "without a terminal, --vlogin makes none" "$(vcontext --migrate --xid $xid --vlogin -- sh -c 'test -t 0 || echo none' </dev/null | cat)" none
note "outer terminal: $outer"

vattribute --set --xid $xid --flag '!persistent'
vkill -s KILL --xid $xid 2>/dev/null
done_testing
