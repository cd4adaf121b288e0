#!/bin/bash
# systemd-guest - Debian as it comes, with systemd: starts, divides its control group, logs, stops; its limits stay the host's
# bed: um qemu
# image: debian
# template: systemd
# timeout: 300
# disk: 1200M
# shellcheck disable=SC1091,SC2016,SC2086 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"
template=$(dirname "$0")/systemd-guest.tar.zst
group=/sys/fs/cgroup/vservers/g1

in_guest() { vserver g1 exec "$@"; }
state() { in_guest systemctl is-system-running 2>/dev/null; }
is_up() {
	case $(state) in running | degraded) ;; *) return 1 ;; esac
}

ok "build" vserver g1 build -m template --hostname g1 --context 4201 -- -t "$template"
mkdir -p /etc/vservers/g1/cgroup
echo 160M >/etc/vservers/g1/cgroup/memory.max
echo 100 >/etc/vservers/g1/cgroup/pids.max
like "the steps tell" "$(vserver --dry-run g1 start)" '/run and /sys for systemd'
is "its style is found" "$(vserver list --json | jq -r ".guests[] | select(.name == \"g1\") | .init_style")" systemd
ok "start" vserver g1 start
ok "it comes up" wait_for is_up
is "with all its units" "$(in_guest systemctl --failed --no-legend --plain --no-pager | cut -d' ' -f1 | tr '\n' ' ')$(state)" running
is "it knows what it is in" "$(in_guest systemd-detect-virt)" container-other
is "the host's systemd is another" "$(systemctl is-active vctx-vm)" active

# ---- the journal
in_guest systemd-cat -t test echo 'a line for the journal'
ok "the journal has what was said" wait_for sh -c "vserver g1 exec journalctl --no-pager -t test | grep -q 'a line for the journal'"
not "the host's has not" sh -c "journalctl --no-pager | grep -q 'a line for the journal'"

# ---- its control group
like "it is the root of its tree" "$(in_guest cat /proc/1/cgroup)" '^0::/init.scope$'
is "on the host it is below the guest's" "$(wc -l <$group/init.scope/cgroup.procs)" 1
ok "a service with a limit" in_guest systemd-run -q --unit=eater -p MemoryMax=20M sleep 100
is "has it" "$(cat $group/system.slice/eater.service/memory.max)" 20971520
ok "more than it may is killed" sh -c "vserver g1 exec systemd-run -q --wait -p MemoryMax=20M sh -c 'head -c 40M /dev/zero | tail -c 40M' >/dev/null 2>&1; [ \$? -ne 0 ]"
not "its own limit cannot be raised" in_guest sh -c 'echo 999M >/sys/fs/cgroup/memory.max'
not "not by systemd either" sh -c "vserver g1 exec systemctl set-property --runtime -- -.slice MemoryMax=999M 2>/dev/null && grep -q 1047527424 $group/memory.max"
is "it is as it was" "$(cat $group/memory.max $group/pids.max | tr '\n' ' ')" "167772160 100 "
like "systemctl shows what is used" "$(in_guest systemctl show eater -p MemoryCurrent)" '^MemoryCurrent=[0-9]+$'
ok "it ends a service" in_guest systemctl stop eater
is "whose group is gone" "$(ls -d $group/system.slice/eater.service 2>/dev/null)" ""

# ---- the end
ok "restart" vserver g1 restart
ok "it comes up again" wait_for is_up
ok "the guest powers itself off" sh -c 'vserver g1 exec systemctl poweroff; :'
ok "and is gone" wait_for sh -c '! vserver g1 running'
ok "start" vserver g1 start
ok "it comes up" wait_for is_up
begin=$(date +%s)
is "stop" "$(vserver g1 stop 2>&1)" ""
took=$(($(date +%s) - begin))
note "in $took s"
ok "it was not killed for being slow" [ $took -lt 30 ]
is "nothing is left of its groups" "$(ls -d $group 2>/dev/null)" ""

# ---- without limits: a group all the same, for systemd has to have one
rm -r /etc/vservers/g1/cgroup
ok "start without limits" vserver g1 start
ok "it comes up" wait_for is_up
is "running" "$(state)" running
ok "stop" vserver --silent g1 stop
ok "delete" vserver --silent g1 delete
is "nothing is left" "$(guest_left)" ""
done_testing
