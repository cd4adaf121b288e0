#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vserver.sh - help, wrong usage, configuration and plans of vserver and vshelper; no rights, no kernel
#
# Texts are compared with tests/cli/expected/; --update writes them anew.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
B=${B:-$top/build}
case $B in /*) ;; *) B=$top/$B ;; esac
# shellcheck source=tests/lib/tap.sh
. "$top/tests/lib/tap.sh"
PATH=$B/ctx-tools/vserver:$B/ctx-tools:$PATH
unset COLUMNS
export LC_ALL=C
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export VCTX_CONFDIR=$tmp/conf VCTX_RUNDIR=$tmp/run/vservers VCTX_VDIRBASE=$tmp/guests
mkdir -p "$tmp/conf/web1/apps/init" "$tmp/conf/web1/uts" "$tmp/guests/web1" "$tmp/guests/web2" "$tmp/conf/web2"

# a guest that uses much, and one that uses nothing
echo 40001 >"$tmp/conf/web1/context"
echo plain >"$tmp/conf/web1/apps/init/style"
echo web1.example.org >"$tmp/conf/web1/uts/nodename"
printf '# more rights\nnet_raw\n~sys_ptrace\n' >"$tmp/conf/web1/bcapabilities"
printf 'secure_mount\n' >"$tmp/conf/web1/ccapabilities"
printf 'hide_mount\n!virt_uptime\n' >"$tmp/conf/web1/cflags"
printf 'none /proc proc defaults\nnone /tmp tmpfs size=16m\n' >"$tmp/conf/web1/fstab"
mkdir -p "$tmp/conf/web1/ulimits" "$tmp/conf/web1/scripts" "$tmp/conf/web1/sysctl/0"
echo 1024 >"$tmp/conf/web1/ulimits/nofile"
mkdir "$tmp/conf/web1/rlimits"
echo 500 >"$tmp/conf/web1/rlimits/nproc"
echo 8k >"$tmp/conf/web1/rlimits/nofile.soft"
echo inf >"$tmp/conf/web1/rlimits/mounts.hard"
printf '#!/bin/sh\n' >"$tmp/conf/web1/scripts/pre-start"
chmod +x "$tmp/conf/web1/scripts/pre-start"
echo kernel.shmmax >"$tmp/conf/web1/sysctl/0/setting"
echo 1 >"$tmp/conf/web1/sysctl/0/value"
echo 5 >"$tmp/conf/web1/nice"
mkdir -p "$tmp/conf/web1/cgroup" "$tmp/conf/web1/sched" "$tmp/conf/web1/cpuset"
echo 512M >"$tmp/conf/web1/cgroup/memory.max"
echo '50%' >"$tmp/conf/web1/cgroup/cpu.max"
printf '8:0 rbps=1M\n8:16 wiops=100\n' >"$tmp/conf/web1/cgroup/io.max"
touch "$tmp/conf/web1/cgroup/mount"
echo 3 >"$tmp/conf/web1/sched/priority-bias"
echo 0-1 >"$tmp/conf/web1/cpuset/cpus"
echo 40002 >"$tmp/conf/web2/context"
net=$tmp/conf/net1/interfaces
mkdir -p "$net/0" "$net/1" "$net/2" "$net/3" "$tmp/guests/net1"
echo 40005 >"$tmp/conf/net1/context"
echo 40006 >"$tmp/conf/net1/ncontext"
echo single_ip >"$tmp/conf/net1/nflags"
printf '~raw_icmp\ntun_create\n' >"$tmp/conf/net1/ncapabilities"
echo eth0 >"$net/dev"
echo 24 >"$net/prefix"
echo 127.1.2.3 >"$net/lback"
echo 192.0.2.255 >"$net/bcast"
echo 192.0.2.10 >"$net/0/ip"
echo web >"$net/0/name"
echo 2001:db8::10/64 >"$net/1/ip"
echo 198.51.100.1 >"$net/2/ip"
touch "$net/2/nodev"
echo 203.0.113.1 >"$net/3/ip"
touch "$net/3/disabled"

show() {
	case $1 in
	vserver.help) vserver --help ;;
	vserver-build.help) vserver x build --help ;;
	vshelper.help) vshelper --help ;;
	start-plain.plan) vserver web1 start --dry-run | sed "s|$tmp|TMP|g" ;;
	start-sysv.plan) vserver web2 start --dry-run | sed "s|$tmp|TMP|g" ;;
	start-net.plan) vserver net1 start --dry-run | sed "s|$tmp|TMP|g" ;;
	start-rescue.plan) vserver web1 start --dry-run --rescue-init /bin/sh -c 'exit 1' | sed "s|$tmp|TMP|g" ;;
	build-clone.plan) vserver web3 build -m clone --dry-run --context 40003 --force -- -s web1 | sed "s|$tmp|TMP|g" ;;
	limits.txt) vserver web1 limits ;;
	limits.json) vserver web1 limits --json ;;
	list.txt) vserver list | sed "s|$tmp|TMP|g" ;;
	list.json) vserver list --json | sed "s|$tmp|TMP|g" ;;
	esac
}
texts='vserver.help vserver-build.help vshelper.help start-plain.plan start-sysv.plan start-net.plan start-rescue.plan build-clone.plan limits.txt limits.json list.txt list.json'
if [ "${1:-}" = --update ]; then
	for t in $texts; do show "$t" >"$here/expected/$t"; done
	exit 0
fi
for t in $texts; do
	is "$t is as expected" "$(show "$t" 2>&1)" "$(cat "$here/expected/$t")"
done
for t in vserver.help vserver-build.help vshelper.help; do
	is "$t fits 80 columns" "$(show "$t" | awk 'length > 80' | head -n 1)" ""
done

help_options() {
	show "$1.help" | sed -n 's/^  \(-., \|    \)\(--[^ =[]*\).*/\2/p' | sort -u
}
for p in vserver vserver-build vshelper; do
	for o in $(help_options $p); do
		ok "$p(8) tells of $o" grep -qF -e "${o//-/\\-}" "$top/ctx-tools/man/$p.8"
		ok "completion of $p knows $o" grep -qF -e "$o" "$top/ctx-tools/completion/bash/${p%-build}"
	done
	like "$p(8) has its exit codes" "$(cat "$top/ctx-tools/man/$p.8")" '^\.SH EXIT STATUS$'
done
is "manual pages are clean" "$(cd "$top/ctx-tools/man" && for p in vserver.8 vserver-build.8 vshelper.8 vserver.conf.5; do
	groff -man -ww -Tutf8 -z $p; done 2>&1)" ""

# usage CODE "first line" COMMAND...
usage() {
	local code=$1 line=$2 out status
	shift 2
	out=$("$@" 2>&1 >/dev/null </dev/null)
	status=$?
	is "exit code of: $*" "$status" "$code"
	is "message of: $*" "$(head -n 1 <<<"$out")" "$line"
}
usage 2 "vserver: no guest given" vserver
usage 2 "vserver: the name of the guest is empty" vserver '' status
usage 1 "vserver: cannot read '/nix': No such file or directory" vserver --confdir /nix list
usage 1 "vserver: web4: 'a b' is no host name: only letters, digits and -._" vserver web4 build -m skeleton --hostname 'a b'
usage 1 "vserver: web4: 'a?b' is no host name: only letters, digits and -._" vserver web4 build -m skeleton --hostname $'a\nb'
usage 2 "vserver: no verb given for guest 'web1'" vserver web1
usage 2 "vserver: unknown verb 'fly'" vserver web1 fly
usage 2 "vserver: unknown option '--fly'" vserver --fly web1 start
usage 2 "vserver: unknown option '--fly' of 'start'" vserver web1 start --fly
usage 2 "vserver: 'start' takes no argument 'now'" vserver web1 start now
usage 2 "vserver: 'exec' needs a command" vserver web1 exec
usage 2 "vserver: 'suexec' needs a command" vserver web1 suexec root
usage 2 "vserver: 'delete' needs --yes when there is nobody to ask" vserver web1 delete
usage 2 "vserver: 'list' takes no argument '-x'" vserver list -x
usage 2 "vserver: 'limits' takes no argument 'x'" vserver web1 limits x
usage 2 "vserver: '--set memory.max' of 'limits' is not KEY=VALUE" vserver web1 limits --set memory.max
usage 2 "vserver: unknown limit 'memory.maximum', see vserver(8)" vserver web1 limits --set memory.maximum=1G
usage 2 "vserver: wrong value 'much' for memory.max: not a size: bytes, with K, M, G or T behind, or max" vserver web1 limits --set memory.max=much
usage 2 "vserver: '--save' of 'limits' needs '--set'" vserver web1 limits --save
usage 2 "vserver: '--json' of 'limits' does not go with '--set'" vserver web1 limits --json --set memory.max=1G
ok "the JSON of limits is one document" sh -c "vserver web1 limits --json | jq -e '.limits | length > 5'"
for verb in stop restart condrestart enter exec status running limits apt-get; do
	usage 2 "vserver: '$verb' has no dry run" vserver --dry-run web1 $verb x
done
usage 5 "vserver: nix: no configuration '$tmp/conf/nix': No such file or directory" vserver nix start
usage 5 "vserver: list: no configuration '$tmp/conf/list': No such file or directory" vserver list status
usage 2 "vserver: 'build' needs a method, -m METHOD" vserver web3 build
usage 2 "vserver: unknown method 'fly': debootstrap, template, clone or skeleton" vserver web3 build -m fly
usage 2 "vserver: method 'clone' needs a source, -s GUEST" vserver web3 build -m clone
usage 2 "vserver: method 'debootstrap' needs a distribution, -d DIST" vserver web3 build -m debootstrap
usage 1 "vserver: web1: configuration '$tmp/conf/web1' exists already" vserver web1 build -m skeleton
usage 1 "vserver: .x: '.x' cannot be the name of a guest: begins with '.'" vserver .x build -m skeleton
usage 2 "vshelper: needs an event and a context" vshelper
usage 2 "vshelper: bad context '1'" vshelper restart 1
usage 2 "vshelper: bad event '../x'" vshelper ../x 100
usage 1 "vserver: x: bad interface '192.0.2.256': '192.0.2.256' is not an IP address" vserver x build -m skeleton --interface 192.0.2.256
usage 1 "vserver: x: bad interface 'eth0:192.0.2.1/33': '33' is not a network mask or prefix length" vserver x build -m skeleton --interface eth0:192.0.2.1/33
usage 1 "vserver: x: bad interface 'eth0:192.0.2.1/255.0.255.0': '255.0.255.0' is not a network mask or prefix length" vserver x build -m skeleton --interface eth0:192.0.2.1/255.0.255.0
usage 1 "vserver: x: bad interface ':192.0.2.1': '' is not the name of a network device" vserver x build -m skeleton --interface :192.0.2.1
usage 1 "vserver: x: '24' is not a network mask" vserver x build -m skeleton --netmask 24
usage 1 "vserver: x: '129' is not a prefix length" vserver x build -m skeleton --netprefix 129
usage 1 "vserver: x: '::1' is not an IPv4 address" vserver x build -m skeleton --netbcast ::1
echo 192.0.2.10/33 >"$net/0/ip"
usage 1 "vserver: net1: interfaces/0: '33' is not a prefix length" vserver net1 start --dry-run
echo 192.0.2.10/24 >"$net/0/ip"
echo 255.255.0.0 >"$net/0/mask"
usage 1 "vserver: net1: interfaces/0: prefix length 24 and mask '255.255.0.0' contradict each other" vserver net1 start --dry-run
echo 2001:db8::10 >"$net/0/ip"
usage 1 "vserver: net1: interfaces/0: 'mask' is for IPv4, '2001:db8::10' needs 'prefix'" vserver net1 start --dry-run
rm "$net/0/mask"
for addr in 224.0.0.1 255.255.255.255 ff02::1 ::ffff:192.0.2.1; do
	echo "$addr" >"$net/0/ip"
	usage 1 "vserver: net1: bad value in 'interfaces/0/ip': '$addr' is not an address that a machine can have" \
		vserver net1 start --dry-run
done
for addr in 0.0.0.0 ::; do
	echo "$addr" >"$net/0/ip"
	usage 1 "vserver: net1: bad value in 'interfaces/0/ip': '$addr' is all addresses of the host, and needs 'nodev'" \
		vserver net1 start --dry-run
done
echo 192.0.2.10 >"$net/0/ip"
echo 10.0.0.1 >"$net/lback"
usage 1 "vserver: net1: bad value in 'interfaces/lback': '10.0.0.1' is not in 127.0.0.0/8" vserver net1 start --dry-run
echo nonsense >"$tmp/conf/net1/nflags"
rm "$net/lback"
usage 1 "vserver: net1: bad value in 'nflags': 'nonsense'" vserver net1 start --dry-run
rm "$tmp/conf/net1/nflags"
touch "$tmp/conf/net1/noncontext" "$net/0/tun"
is "without a network context: said so" "$(vserver net1 start --dry-run 2>&1 >/dev/null)" \
	"vserver: net1: warning: 3 addresses are configured, but 'noncontext' says to make no network context: not applied
vserver: net1: warning: configured but not supported yet, ignored: interfaces/0/tun"
is "and none in the plan" "$(vserver net1 start --dry-run 2>/dev/null | grep -c -e network -e addresses)" 0
exits "vshelper: a context of nobody" 0 vshelper restart 100
exits "status of a stopped guest" 3 vserver web1 status
exits "running of a stopped guest" 1 vserver web1 running
exits "exec in a stopped guest" 125 vserver web1 exec true
for verb in apt-get apt-cache apt-config dpkg rpm chkconfig; do
	exits "$verb in a stopped guest" 125 vserver web1 $verb --list
done
like "the old --strace says what to do instead" "$(vserver --strace web1 status 2>&1)" "^vserver: warning: option '--strace' does nothing, use 'strace -f"
is "the old --rescue-cmd" "$(vserver web1 start --dry-run --rescue-cmd /bin/sh | grep 'as init')" \
	"$(vserver web1 start --dry-run --rescue /bin/sh | grep 'as init')"
is "a name with a newline makes no second line" "$(vserver $'a\nb' start 2>&1 | head -n 1)" \
	"vserver: a?b: no configuration '$tmp/conf/a?b': No such file or directory"
is "nothing was made" "$(ls "$tmp")" "$(printf 'conf\nguests')"
done_testing
