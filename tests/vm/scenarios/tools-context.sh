#!/bin/bash
# tools-context - contexts made, looked at, entered and ended by the tools
# bed: um qemu
# timeout: 60
. "$VCTX_LIB/tap.sh"

zcat /proc/config.gz | grep -q '^CONFIG_VSERVER=y' || skip_all "the kernel has no virtual servers"

xid=4000
field() { sed -n "s/^$1:[[:space:]]*//p" /proc/self/status; }

# ---- vcontext
is "vcontext --create says the number and runs the program inside" \
	"$(vcontext --create --xid $xid -- vserver-info - XID | tr '\n' ' ')" "New security context is $xid $xid "
is "--silent does not" "$(vcontext --silent --create --xid $xid -- vserver-info - XID)" $xid
exits "the program's exit code is handed on" 42 vcontext --silent --create --xid $xid -- sh -c 'exit 42'
exits "a program that is not there: 127" 127 vcontext --silent --create --xid $xid -- /no/such/program
exits "id out of range: wrong usage" 2 vcontext --create --xid 65536 -- true
exits "context 1 cannot be made: 125" 125 vcontext --create --xid 1 -- true
like "without --xid a free number is taken" "$(vcontext --create -- true)" '^New security context is (49|[56][0-9])[0-9]{3}$'

# a context that stays
vcontext --silent --create --xid $xid -- vattribute --set --flag persistent -- vcontext --migrate-self --endsetup -- true
ok "a persistent context lives without processes" vserver-info $xid RUNNING
exits "to make it again: 254" 254 vcontext --create --xid $xid -- true
is "--silentexist says nothing" "$(vcontext --silentexist --create --xid $xid -- true 2>&1)" ""
is "vcontext --migrate enters, and inside there is no vserver call" \
	"$(vcontext --migrate --xid $xid -- vserver-info - XID || echo "exit $?")" "$xid"
is "inside, /proc tells the number" "$(vcontext --migrate --xid $xid -- sed -n 's/^VxID:[[:space:]]*//p' /proc/self/status)" $xid

# ---- vattribute
vattribute --set --xid $xid --secure --ccap secure_mount --flag virt_uptime --umask newuts
out=$(vattribute --get --xid $xid)
is "vattribute --get: four blocks" "$(printf '%s\n' "$out" | grep : | tr '\n' ' ')" "bcapabilities: ccapabilities: flags: umask: "
like "the safe capabilities" "$out" '^chown,dac_override,fowner,fsetid,kill,setgid,setuid,net_bind_service,sys_chroot,sys_ptrace,sys_boot,sys_tty_config,lease,audit_write,setfcap$'
like "context capabilities" "$out" '^set_utsname,raw_icmp,audit_control,secure_mount$'
like "flags" "$out" 'virt_uptime.*persistent'
like "umask" "$out" '^newuts$'
is "--json can be read" "$(vattribute --get --xid $xid --json | jq -r '.umask[0]')" newuts
vattribute --set --xid $xid --bcap '!all,chown'
is "bits can be taken away" "$(vattribute --get --xid $xid --json | jq -c .bcaps)" '["chown"]'
exits "an unknown flag: 2" 2 vattribute --set --xid $xid --flag nonsense
exits "a context that is not there: 1" 1 vattribute --get --xid 4001

# ---- vuname
vuname --set --xid $xid -t context=/etc/vservers/test4000
is "vuname --get" "$(vuname --get --xid $xid context)" /etc/vservers/test4000
is "a name of uname without a space is ???" "$(vuname -g --xid $xid nodename)" '???'
is "the guest's name by its number" "$(vserver-info $xid ID)" test4000
exits "vuname of a context that is not there" 1 vuname --get --xid 4001

# ---- processes
vcontext --migrate --xid $xid --disconnect -- sleep 1000
pid=$(pgrep -x sleep)
is "the process is in the context" "$(vserver-info "$pid" XID)" $xid
row=$(vserver-stat | grep "^$xid ")
like "vserver-stat has a row" "$row" '^4000 +1 .* test4000$'
is "its header is the known one" "$(vserver-stat | head -n 1)" "CTX   PROC    VSZ    RSS  userTIME   sysTIME    UPTIME NAME"
like "and one of the host" "$(vserver-stat)" '^0 .* root server$'
is "vserver-stat --json" "$(vserver-stat --json | jq -c ".contexts[] | select(.xid == $xid) | [.name, .processes]")" '["test4000",1]'
like "vps shows the context of a process" "$(vps ax)" "^ *$pid +$xid test4000 .*sleep 1000"
like "vps: the host is MAIN" "$(vps ax)" '^ *1 +0 MAIN '

# ---- vkill, vwait
exits "vkill of nobody" 1 vkill --xid 4001
ok "vkill probes" vkill -s 0 --xid $xid
# the exit code in a file: what `wait` says of a job that has ended long ago differs between shells
(vwait --status-fd 3 $xid 3>status; echo $? >code.new; mv code.new code) &
exits "vwait with a timeout: 2" 2 vwait --timeout 0.2 $xid
vattribute --set --xid $xid --flag '!persistent'
vkill -s KILL --xid $xid
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do [ ! -e code ] || break; sleep 0.1; done
is "vwait sees the end" "$(cat code)" 0
is "and says so" "$(cat status)" "FINISHED 0"
not "the context is gone" vserver-info $xid RUNNING
exits "vwait of a context that is not there: 127" 127 vwait $xid

vcontext --silent --create --xid $xid --disconnect -- sh -c 'trap "" TERM; while :; do sleep 1; done'
exits "vwait --terminate kills: 1" 1 vwait --timeout 0.2 --terminate $xid
not "that is gone, too" vserver-info $xid RUNNING

# ---- chcontext
is "chcontext makes a context" "$(chcontext --silent --ctx $xid -- sed -n 's/^VxID:[[:space:]]*//p' /proc/self/status)" $xid
is "chcontext --hostname" "$(chcontext --silent --ctx $xid --hostname inner -- uname -n)" inner
not "the host keeps its name" test "$(uname -n)" = inner
is "chcontext --ctx 1 is the spectator" "$(chcontext --ctx 1 sed -n 's/^VxID:[[:space:]]*//p' /proc/self/status)" 1
exits "--disconnect tells when there is nothing to run" 127 chcontext --silent --ctx $xid --disconnect -- /no/such/program
chcontext --silent --ctx $xid --disconnect -- sleep 1000
for _ in 1 2 3 4 5 6 7 8 9 10; do vserver-info $xid RUNNING >/dev/null && break; sleep 0.1; done
is "chcontext enters a context that exists" \
	"$(chcontext --ctx $xid -- sed -n 's/^VxID:[[:space:]]*//p' /proc/self/status)" $xid
like "the spectator sees its process" "$(chcontext --ctx 1 ps ax)" 'sleep 1000'
vkill -s KILL --xid $xid
exits "chcontext hands the exit code on" 7 chcontext --silent --ctx $xid -- sh -c 'exit 7'
like "chcontext --secure masks capabilities" \
	"$(chcontext --silent --ctx $xid --secure -- sh -c 'mount -t tmpfs none /mnt 2>&1; sed -n "s/^BCaps:.//p" /proc/self/vinfo')" \
	'^00000000b44c04fb$'

# ---- vspace
is "vspace --new --uts" "$(vspace --new --uts -- sh -c 'hostname spaced; uname -n')" spaced
not "did not change the host" test "$(uname -n)" = spaced
vspace --new --uts --ipc -- vcontext --silent --create --xid $xid -- vspace --set --uts --ipc -- \
	vuname --set --xid self -t nodename=stored -- \
	vattribute --set --flag persistent -- vcontext --migrate-self --endsetup -- true
is "vspace --enter goes where it was recorded" "$(vspace --enter $xid --uts -- uname -n)" stored
is "vuname reads the recorded name" "$(vuname -g --xid $xid nodename)" stored
exits "a space that was not recorded: 125" 125 vspace --enter $xid --net -- true
vattribute --set --xid $xid --flag '!persistent'
is "nothing is left" "$(vserver-stat | sed 1d | wc -l)" 1

# ---- vserver-info
like "APIVER" "$(vserver-info - APIVER)" '^0x000203..$'
ok "FEATURE vwait" vserver-info - FEATURE vwait
ok "FEATURE netlink" vserver-info - FEATURE netlink
exits "FEATURE nonsense" 1 vserver-info - FEATURE nonsense
ok "VERIFYCAP" vserver-info - VERIFYCAP
is "XIDTYPE" "$(vserver-info 100 XIDTYPE)" static
is "XID of the host" "$(vserver-info - XID)" 0
done_testing
