#!/bin/sh
# vserver-compat - guests configured for util-vserver, with all that their trees may hold, start unchanged
# bed: um qemu
# timeout: 120
# shellcheck disable=SC1091,SC2016,SC2086 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

# a root directory as every guest here has one, then a tree as util-vserver's build and ten years of an administrator make it
guest_make model sysv
mkdir -p /vservers /var/cache/vservers/web1 /etc/vservers/.defaults/init /srv/shared
mv /var/lib/vservers/model /vservers/web1
rm -r /etc/vservers/model
ln -s /vservers /etc/vservers/.defaults/vdirbase
ln -s /var/cache/vservers /etc/vservers/.defaults/cachebase
ln -s /var/run/vservers.rev /etc/vservers/.defaults/run.rev
echo 40010 >/etc/vservers/.defaults/context.next
echo '/dev/hdv1	/	ufs	rw	0 0' >/etc/vservers/.defaults/init/mtab
echo 'none /tmp tmpfs size=16m,mode=1777 0 0' >/etc/vservers/.defaults/fstab
cfg=/etc/vservers/web1
mkdir $cfg && cd $cfg || exit 1
ln -s /etc/vservers/.defaults/vdirbase/web1 vdir
ln -s /var/run/vservers/web1 run
ln -s /etc/vservers/.defaults/cachebase/web1 cache
echo 40500 >context
echo 40500 >ncontext
echo web1 >name
cat >fstab <<-EOT
	# mounts of web1
	none	/proc		proc	defaults		0 0
	none	/tmp		tmpfs	size=16m,mode=1777	0 0
	none	/dev/pts	devpts	gid=5,mode=620		0 0
	/srv/shared	/mnt	none	bind,ro,nodev,tagxid	0 0
EOT
mkdir -p /vservers/web1/mnt
echo shared >/srv/shared/file
cp fstab fstab~
mkdir uts
printf web1.example.org >uts/nodename
printf 'CAP_NET_RAW\nnet_admin\n~SYS_PTRACE\n' >bcapabilities
printf '# may mount\nSECURE_MOUNT\nVXC_BINARY_MOUNT\nraw_icmp\n' >ccapabilities
printf 'VIRT_MEM\nvirt_uptime\nvirt_cpu\nvirt_load\nhide_netif\nhide_mount\nsched_prio\n~hide_vinfo\nnamespace\n' >cflags
echo hide_lback >nflags
echo raw_icmp >ncapabilities
echo newuts >./umask
echo 40500 >tag
echo -17 >badness
echo 5 >./nice
mkdir ionice && echo 2 >ionice/class && echo 6 >ionice/priority
printf 'linux\n' >personality
echo /bin/sh >shell
mkdir -p interfaces/0 interfaces/lo0 rlimits ulimits dlimits/0 sched cgroup spaces sysctl/0 cpuset
ip link show eth0 >/dev/null 2>&1 || { ip link add eth0 type dummy && made=eth0; } 2>/dev/null
echo eth0 >interfaces/dev
echo 24 >interfaces/prefix
echo 192.0.2.10 >interfaces/0/ip
echo web >interfaces/0/name
echo 127.0.0.5 >interfaces/lo0/ip
: >interfaces/lo0/nodev
echo 100000 >rlimits/rss
echo inf >rlimits/as.hard
echo 512 >ulimits/nofile
echo 0 >ulimits/core.soft
echo / >dlimits/0/directory
echo 1000000 >dlimits/0/space_total
echo 30 >sched/fill-rate
printf '30\n100\n500\n100\n1000\ndummy\n' >schedule
echo web1 >cpuset/name
echo 268435456 >cgroup/memory.limit_in_bytes
echo 512 >cgroup/cpu.shares
echo 0 >spaces/net
echo kernel.shmmni >sysctl/0/setting
echo 1000 >sysctl/0/value
: >noisy
: >keepfds
mkdir -p apps/init apps/vshelper apps/pkgmgmt apps/vunify scripts/post-start.d
printf 'default\n' >apps/init/mark
: >apps/init/depends
printf 'PATH=/bin:/usr/bin:/sbin:/usr/sbin\nLANG=C\n' >apps/init/environment
echo restart >apps/vshelper/action
: >apps/pkgmgmt/internal
ln -s /etc/vservers/nobody apps/vunify/refserver.00
echo '+/usr/' >apps/vunify/exclude
# not executable: util-vserver read it into its own shell
printf 'echo "$1 $2 $PWD" >>/tmp/compat.log\n' >scripts/pre-start
printf '#!/bin/sh\necho "post $1 $2 $PWD" >>/tmp/compat.log\n' >scripts/post-start.d/10-note
chmod 755 scripts/post-start.d/10-note
printf 'exit 1\n' >scripts/post-start.d/20.rpmsave
cd / || exit 1
tree() {
	find /etc/vservers -type l -exec readlink {} \; -o -type f -exec cat {} + | sha256sum
	find /etc/vservers | sort | sha256sum
}
before=$(tree)

out=$(vserver web1 start 2>&1 >/dev/null)
is "it starts" $? 0
note "$out"
not "it only warns, a line each" sh -c "printf '%s\n' '$(printf '%s' "$out" | tr -d "'")' | grep -v '^vserver: web1: warning: '"
for area in dlimits tag cgroup/memory.limit_in_bytes cgroup/cpu.shares 'mount option tag'; do
	like "$area: said to be ignored" "$out" "ignored: .*$area"
done
like "a limit that the kernel does not have" "$out" "'rlimits/as' has no effect: "
not "an area that is switched off is no warning" sh -c "printf '%s' '$(printf '%s' "$out" | tr -d "'")' | grep spaces/net"
is "status" "$(vserver web1 status | head -n 1)" "Vserver 'web1' is running at context '40500'"
is "the run file" "$(cat /var/run/vservers/web1)" 40500
is "node name" "$(vserver web1 exec uname -n)" web1.example.org
is "the shared directory" "$(vserver web1 exec cat /mnt/file)" shared
is "limit on files" "$(vserver web1 exec sh -c 'ulimit -n')" 512
is "nice level" "$(vserver web1 exec sh -c 'cut -d" " -f19 /proc/self/stat')" 5
is "sysctl inside" "$(vserver web1 exec cat /proc/sys/kernel/shmmni)" 1000
is "badness" "$(sed -n 's/^OOM:[[:space:]]*//p' /proc/virtual/40500/info)" -17
is "environment" "$(vserver web1 exec sh -c 'echo $LANG')" C
like "capabilities" "$(vattribute --get --xid web1)" 'net_admin,net_raw'
not "one is taken away" sh -c 'vattribute --get --xid web1 | grep -q sys_ptrace'
is "the guest's /etc/mtab" "$(cat /vservers/web1/etc/mtab)" "$(cat /etc/vservers/.defaults/init/mtab)"
is "scripts" "$(cat /tmp/compat.log)" "pre-start web1 /vservers/web1
post post-start web1 /vservers/web1"
is "vserver-info: directory" "$(vserver-info web1 VDIR) $(vserver-info web1 VDIR 1)" "/etc/vservers/.defaults/vdirbase/web1 /vservers/web1"
is "vserver-info: number, name, running" "$(vserver-info web1 CONTEXT) $(vserver-info 40500 ID) $(vserver-info web1 RUNNING)" "40500 web1 1"
like "vserver-stat" "$(vserver-stat)" '^40500 +[0-9].* web1$'
is "the tree is as it was" "$(tree)" "$before"
ok "restart" vserver -q web1 restart
ok "stop" vserver -q web1 stop
is "nothing is left" "$(guest_left)" ""
is "the tree is as it was" "$(tree)" "$before"

# no number: any will do
guest_make d1 plain
guest_make d2 sysv
rm /etc/vservers/d1/context /etc/vservers/d2/context /etc/vservers/d2/run
like "the plan of a guest without a number" "$(vserver d1 start -n)" 'create a context, with a free number'
vserver d1 start & vserver d2 start & wait
is "two guests without a number run" "$(vserver d1 running && vserver d2 running && echo both)" both
x1=$(vserver-info d1 CONTEXT) x2=$(vserver-info d2 CONTEXT)
ok "with numbers of their own, $x1 and $x2" test "$x1" -ge 49152 -a "$x2" -ge 49152 -a "$x1" != "$x2"
is "tools find them by name" "$(vuname --xid d2 context)" /etc/vservers/d2
ok "restart" vserver d1 restart
ok "it runs" vserver d1 running
is "list" "$(vserver list | awk '$1 == "d2" { print $2, $3 }')" "running $x2"
ok "stop" sh -c 'vserver d1 stop && vserver d2 stop'
is "nothing is left" "$(guest_left)" ""

# fstabs that name trees of guests: the links in there are the guest's
ln -s / /vservers/d1/out
ln -s /etc /vservers/d1/conf
echo 'of the guest' >/vservers/d1/etc/mark
rm -f /etc/mark
printf '/vservers/d1/out /mnt none bind\n' >$cfg/fstab
ok "a bind mount from another guest, through a link" vserver -q web1 start
is "does not show the host" "$(vserver web1 exec cat /mnt/etc/mark)" "of the guest"
vserver -q web1 stop
printf '/etc/vservers/.defaults/vdirbase/d1/conf/mark /etc/passwd none bind\n' >$cfg/fstab
ok "by another name of the same directory" vserver -q web1 start
is "neither" "$(vserver web1 exec cat /etc/passwd)" "of the guest"
vserver -q web1 stop
: >$cfg/fstab

# a guest that leads names its host writes to into /proc
pattern=$(cat /proc/sys/kernel/core_pattern)
mv /vservers/web1/var/run /vservers/web1/var/run.away
mkdir /vservers/web1/var/run.d
ln -s run.d /vservers/web1/var/run
for way in rm keep; do
	ln -sf /proc/sys/kernel/core_pattern /vservers/web1/var/run.d/utmp
	[ $way = rm ] || { rm /vservers/web1/var/run; ln -s /proc/sys/kernel /vservers/web1/var/run; }
	vserver -q web1 start >/dev/null 2>&1
	vserver -q web1 stop >/dev/null 2>&1
	is "the run level record does not get out ($way)" "$(cat /proc/sys/kernel/core_pattern)" "$pattern"
done

[ -z "${made:-}" ] || ip link del $made
cd / && rm -rf /vservers /etc/vservers/web1 /etc/vservers/.defaults /var/cache/vservers /srv/shared /tmp/compat.log /var/run/vservers \
	/var/run/vservers.rev
rm -rf /etc/vservers/d1 /etc/vservers/d2
is "nothing is left" "$(guest_left)" ""
done_testing
