#!/bin/bash
# tools-proc - what guests see of /proc, and how setattr, showattr and vprocunhide change it
# bed: um qemu
# timeout: 60
. "$VCTX_LIB/tap.sh"

zcat /proc/config.gz | grep -q '^CONFIG_VSERVER=y' || skip_all "the kernel has no virtual servers"

xid=4400
inside() { chcontext --silent --ctx $xid --secure -- "$@"; }
attr() { showattr -d "$1" | cut -c1-3; }

ok "uptime is there from the start" inside cat /proc/uptime
for f in kcore kmsg kallsyms keys sysrq-trigger timer_list slabinfo virtual config.gz; do
	[ -e /proc/$f ] || continue
	not "$f is hidden from the start" inside test -e /proc/$f
done
is "showattr of a visible entry" "$(attr /proc/uptime)" Awh
is "showattr of a hidden one" "$(attr /proc/kallsyms)" AwH
is "an entry that everybody may see stays for the host" "$(test -r /proc/kallsyms && echo yes)" yes
is "the spectator does not see hidden ones" "$(chcontext --ctx 1 test -e /proc/kallsyms || echo no)" no

setattr --~hide /proc/version_signature 2>/dev/null
setattr '--~hide' /proc/kallsyms
ok "setattr --~hide shows it" inside test -e /proc/kallsyms
setattr --hide --watch /proc/kallsyms
not "setattr --hide hides it again" inside test -e /proc/kallsyms
is "but the spectator may now" "$(chcontext --ctx 1 test -e /proc/kallsyms && echo yes)" yes
setattr '--!watch' /proc/kallsyms
is "and not any more" "$(attr /proc/kallsyms)" AwH
exits "an attribute of /proc on another file: 1" 1 setattr --hide /etc/passwd
exits "a file that is not there: 1" 1 setattr --hide /no/such/file
exits "a mistake does not stop the rest" 1 setattr --hide /no/such/file /proc/version
is "(it was done)" "$(attr /proc/version)" AwH

# shellcheck disable=SC2088 # not a home directory
printf '%s\n' '# list' '/proc/version' '~/proc/cpuinfo' ':/proc/misc' '!/proc/swaps' '-/proc/st*' '/proc/sysvipc/' '/proc/no-such' >list
ok "vprocunhide LIST" vprocunhide list
is "visible" "$(attr /proc/version)" AWh
is "host and spectator" "$(attr /proc/cpuinfo)" AWH
is "the spectator only" "$(chcontext --ctx 1 showattr -d /proc/misc | cut -c1-3)" aWH
not "(so not the host)" test -e /proc/misc
not "nobody" test -e /proc/swaps
is "the host only, by wildcard" "$(attr /proc/stat)" AwH
is "what is below a directory" "$(attr /proc/sysvipc/shm)" AWh
ok "vprocunhide" vprocunhide
is "restores what the built-in list has" "$(attr /proc/cpuinfo)" AWh
ok "vserver-info VERIFYPROC" vserver-info - VERIFYPROC

# processes
sleep 1000 &
host=$!
not "a process of the host is not in the guest's /proc" inside test -e /proc/$host
is "the guest's /proc ends, and has its own only" "$(inside sh -c 'set -- /proc/[0-9]*; echo $#')" 1
is "ps inside" "$(inside ps -eo comm= | tr '\n' ' ')" "ps "
kill $host
is "a guest cannot change attributes" "$(inside setattr --~hide /proc/kallsyms 2>&1)" \
	"setattr: cannot change attributes: this kernel has no virtual servers, or only root of the host may ask"
done_testing
