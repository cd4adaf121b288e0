#!/bin/bash
# tools-pivot - a small guest with a root of its own, started and joined by the single tools
# bed: um qemu
# timeout: 60
. "$VCTX_LIB/tap.sh"

zcat /proc/config.gz | grep -q '^CONFIG_VSERVER=y' || skip_all "the kernel has no virtual servers"

xid=4300
root=$PWD/guest
mkdir -p "$root"/{bin,dev/pts,proc,etc,tmp}
cp /bin/busybox "$root/bin/busybox"
for a in sh ls cat sleep id tty hostname readlink stat true; do ln -s busybox "$root/bin/$a"; done
printf 'root:x:0:0:root:/:/bin/sh\nweb:x:80:81:web:/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nweb:x:81:\nextra:x:90:web\n' >"$root/etc/group"
echo inside >"$root/marker"
echo outside >marker

# what a start does, by hand
cat >start.sh <<EOS
set -e
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
cd "$root"
exec vcontext --silent --create --xid $xid -- \
	vnamespace --set -- vspace --set --uts --ipc -- \
	vuname --set --xid self -t nodename=inner -t context=/etc/vservers/pivot -- \
	vattribute --set --secure --flag fakeinit -- \
	vcontext --migrate-self --endsetup --initpid --pivot-root --disconnect -- /bin/sleep 1000
EOS
# its init keeps what it inherits: not our pipe
ok "start with pivot_root" sh -c "vspace --new --mount --uts --ipc -- sh start.sh >start.log 2>&1"
note "$(cat start.log)"
ok "the context runs" vserver-info $xid RUNNING
init=$(vserver-info $xid INITPID)
ok "it has an init" test "${init:-0}" -gt 1
not "the host does not see the mounts" grep -q "$root" /proc/mounts

join() { vspace --enter $xid --uts --ipc -- vcontext --migrate --xid $xid --pivot-root "$@"; }
is "joining: the root is the guest's" "$(join -- /bin/cat /marker)" inside
is "the host name is the guest's" "$(join -- /bin/hostname)" inner
is "the working directory is its root" "$(join -- /bin/readlink /proc/self/cwd)" /
is "nothing of the host is above it" "$(join -- /bin/ls /.. | tr '\n' ' ')" "bin dev etc marker proc tmp "
is "the guest sees its init as 1" "$(join -- /bin/cat /proc/1/comm)" sleep
is "a user by the guest's files" "$(join --uid web -- /bin/id)" 'uid=80(web) gid=81(web) groups=81(web),90(extra)'
is "a number with an entry has its groups" "$(join --uid 80 -- /bin/id)" 'uid=80(web) gid=81(web) groups=81(web),90(extra)'
is "a number without one has none" "$(join --uid 4711 -- /bin/id -G)" 4711
like "a user that is not there" "$(join --uid nobody -- /bin/id 2>&1)" "cannot become user 'nobody': not in /etc/passwd of the guest"
is "the terminal is one of the guest's" "$(pty-run vspace --enter $xid --uts -- vcontext --migrate --xid $xid --pivot-root --vlogin -- /bin/tty | tr -d '\r')" /dev/pts/0

# descriptors that lead out
exec 7</
is "a directory of the host does not come along" "$(join -- /bin/ls /proc/self/fd | grep -cx 7)" 0
exec 7<&-
is "nobody finds the host's program by /proc/PID/exe" \
	"$(join -- /bin/sh -c 'for p in /proc/[0-9]*; do readlink $p/exe; done' | grep -c vcontext)" 0

vkill -s KILL --xid $xid 1
vwait --timeout 10 --terminate $xid
not "ended" vserver-info $xid RUNNING
not "no mount is left" grep -q "$root" /proc/mounts
done_testing
