#!/bin/sh
# vserver-build - build methods, what is configured, and builds that fail half-way
# bed: um qemu
# timeout: 240
# disk: 320M
# shellcheck disable=SC1091,SC2016,SC2086,SC2002,SC2046,SC2140 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

made() {
	ls -d /etc/vservers/* /var/lib/vservers/* 2>/dev/null | tr '\n' ' '
}

# skeleton, and what the options configure
ok "skeleton" vserver s1 build -m skeleton --context 41001 --hostname s1.example.org --initstyle plain \
	--interface eth0:192.0.2.7/24 --interface x=nodev:2001:db8::7/64 --flags virt_uptime,hide_mount
is "context" "$(cat /etc/vservers/s1/context)" 41001
is "host name" "$(cat /etc/vservers/s1/uts/nodename /var/lib/vservers/s1/etc/hostname | tr '\n' ' ')" \
	"s1.example.org s1.example.org "
is "init style" "$(cat /etc/vservers/s1/apps/init/style)" plain
is "flags" "$(tr '\n' ' ' </etc/vservers/s1/cflags)" "virt_mem virt_cpu virt_load virt_uptime hide_mount "
is "first address" "$(cat /etc/vservers/s1/interfaces/0/ip /etc/vservers/s1/interfaces/0/prefix /etc/vservers/s1/interfaces/0/dev | tr '\n' ' ')" \
	"192.0.2.7 24 eth0 "
is "second address" "$(cat /etc/vservers/s1/interfaces/1/ip)" 2001:db8::7
ok "which has no device" test -e /etc/vservers/s1/interfaces/1/nodev
is "links" "$(readlink /etc/vservers/s1/vdir) $(readlink /etc/vservers/s1/run)" "/var/lib/vservers/s1 /run/vservers/s1"
ok "device nodes" test -c /var/lib/vservers/s1/dev/null
is "the directory of guests is closed to users" "$(stat -c %a /var/lib/vservers)" 700
ok "it is listed" sh -c "vserver list --json | jq -e '.guests[] | select(.name == \"s1\") | .state == \"stopped\" and .context == 41001'"

# numbers
vserver --silent s2 build -m skeleton
vserver --silent s3 build -m skeleton
is "numbers go up" "$(cat /etc/vservers/s3/context)" "$(($(cat /etc/vservers/s2/context) + 1))"
cat /etc/vservers/s3/context >/etc/vservers/.defaults/context.next
vserver --silent s4 build -m skeleton
not "a number in use is not given again" test "$(cat /etc/vservers/s4/context)" = "$(cat /etc/vservers/s3/context)"
guest_remove s1 s2 s3 s4

# template
guest_make src sysv
touch -d '2001-02-03 04:05:06' /var/lib/vservers/src/bin/busybox
chmod 4755 /var/lib/vservers/src/bin/busybox
ln /var/lib/vservers/src/etc/passwd /var/lib/vservers/src/etc/passwd.link
(cd /var/lib/vservers/src && tar cf /tmp/t.tar . && gzip -k /tmp/t.tar && bzip2 -k /tmp/t.tar 2>/dev/null)
for t in /tmp/t.tar /tmp/t.tar.gz; do
	cp "$t" /tmp/nameless
	if tar --version 2>/dev/null | grep -q GNU; then
		ok "template $t, recognised by its content" vserver --silent t1 build -m template -- -t /tmp/nameless
		is "the same times" "$(stat -c %Y /var/lib/vservers/t1/bin/busybox)" "$(stat -c %Y /var/lib/vservers/src/bin/busybox)"
		is "the same modes" "$(stat -c %a /var/lib/vservers/t1/bin/busybox)" 4755
		ok "it starts" vserver t1 start
		is "with its own name" "$(vserver t1 exec hostname)" t1
		guest_remove t1
	else
		skip "template $t" "GNU tar is not in this image"
	fi
done
exits "no template" 1 vserver t1 build -m template -- -t /nix
exits "a template that is no archive" 1 vserver t1 build -m template -- -t /etc/passwd
is "nothing is left" "$(made)" "/etc/vservers/src /var/lib/vservers/src "

# clone
ok "there is something to compare" sh -c 'sha256sum </var/lib/vservers/src/bin/busybox'
mkdir -p /etc/vservers/src/vdir/etc && echo 0123456789abcdef0123456789abcdef >/etc/vservers/src/vdir/etc/machine-id
ok "clone" vserver --silent c1 build -m clone -- -s src
is "it has no identity yet, the source keeps its own" "$(cat /etc/vservers/c1/vdir/etc/machine-id; wc -l </etc/vservers/src/vdir/etc/machine-id)" 1
is "the same files" "$(cd /var/lib/vservers/c1 && find . -type f ! -name hostname ! -name machine-id | sort | xargs sha256sum)" \
	"$(cd /var/lib/vservers/src && find . -type f ! -name hostname ! -name machine-id | sort | xargs sha256sum)"
is "hard links stay" "$(stat -c %h /var/lib/vservers/c1/etc/passwd)" 2
is "modes stay" "$(stat -c %a /var/lib/vservers/c1/bin/busybox)" 4755
ok "source and clone run together" sh -c 'vserver src start && vserver c1 start'
is "each with its name" "$(vserver src exec hostname) $(vserver c1 exec hostname)" "src c1"
guest_remove c1
ok "clone of a running guest" vserver --silent c1 build -m clone -- -s src
guest_remove c1
exits "clone of nobody" 1 vserver c1 build -m clone -- -s nobody
vserver --silent src stop

# reflinks
if mkfs.xfs -q -f "$VCTX_DISK" 2>/dev/null && mkdir -p /mnt/x && mount "$VCTX_DISK" /mnt/x 2>/dev/null; then
	vserver --silent r1 build -m clone --rootdir /mnt/x/r1 -- -s src
	dd if=/dev/urandom of=/mnt/x/r1/big bs=1M count=60 2>/dev/null
	sync
	before=$(df -k /mnt/x | awk 'END { print $3 }')
	ok "clone where blocks can be shared" vserver --silent r2 build -m clone --rootdir /mnt/x/r2 -- -s r1
	sync
	grown=$(($(df -k /mnt/x | awk 'END { print $3 }') - before))
	ok "takes no room ($grown KiB more)" test $grown -lt 20000
	is "same content" "$(sha256sum </mnt/x/r2/big)" "$(sha256sum </mnt/x/r1/big)"

	# a full disk
	dd if=/dev/urandom of=/mnt/x/fill bs=1M count=1000 2>/dev/null
	dd if=/dev/urandom of=/tmp/more bs=1M count=30 2>/dev/null
	cp /tmp/more /var/lib/vservers/src/more
	out=$(vserver --silent f1 build -m clone --rootdir /mnt/x/f1 -- -s src 2>&1)
	is "full disk: exit code" $? 1
	like "full disk: one line says so" "$out" "^vserver: f1: step '[a-z]+': .*No space left on device$"
	is "full disk: one line" "$(printf '%s\n' "$out" | wc -l)" 1
	not "full disk: no root directory" test -e /mnt/x/f1
	not "full disk: no configuration" test -e /etc/vservers/f1
	guest_remove r1 r2
	umount /mnt/x
else
	skip "reflinks and a full disk" "no mkfs.xfs in this image, or no xfs in this kernel"
fi
rm -f /var/lib/vservers/src/more

# fail at each step
for step in root config fill devices files; do
	exits "failing at $step" 1 env VCTX_FAIL_STEP=$step vserver --silent n1 build -m clone -- -s src
	is "failing at $step leaves nothing" "$(made)" "/etc/vservers/src /var/lib/vservers/src "
done
exits "a command that fails" 1 vserver --silent n1 build -m skeleton -- false
is "leaves nothing" "$(made)" "/etc/vservers/src /var/lib/vservers/src "
exits "--keep" 1 env VCTX_FAIL_STEP=files vserver --silent n1 build -m skeleton --keep
ok "keeps what there is" test -d /var/lib/vservers/n1
exits "an existing guest is not built again" 1 vserver n1 build -m skeleton
ok "--force" vserver --silent n1 build -m skeleton --force
ok "puts the old one aside" sh -c 'ls -d /var/lib/vservers/n1.~*~ /etc/vservers/n1.~*~'
rm -rf /var/lib/vservers/n1.~*~ /etc/vservers/n1.~*~

for bad in .x -x a/b 'a b' 'x~' ''; do
	not "bad name '$bad'" vserver -- "$bad" build -m skeleton
done
exits "no method" 2 vserver m1 build
exits "unknown method" 2 vserver m1 build -m fly
exits "bad context" 1 vserver m1 build -m skeleton --context 1
exits "bad address" 1 vserver m1 build -m skeleton --interface eth0:1.2.3
exits "bad prefix" 1 vserver m1 build -m skeleton --interface eth0:10.0.0.1/99
exits "bad common prefix" 1 vserver m1 build -m skeleton --netprefix many
out=$(vserver m1 build -m clone -- -s /etc/passwd 2>&1)
is "a clone of a file" "$out" "vserver: m1: no directory '/etc/passwd': Not a directory"
for dir in / /etc /var /var/lib/vservers; do
	for how in --force --i-know-its-there; do
		exits "$dir is no root directory of a guest, $how" 1 vserver m1 build -m skeleton $how --rootdir $dir
	done
done
ok "the host is as it was" test -d /etc/vservers -a -c /dev/null
# which init debootstrap installs: a stand-in tells what it is asked for
mkdir -p /tmp/fake
cat >/tmp/fake/mmdebstrap <<'F'
#!/bin/sh
echo "$*" >/tmp/fake/args
for a; do case $a in --*) ;; *) root=$a; [ "${a#/}" = "$a" ] || break ;; esac; done
mkdir -p "$root/etc" "$root/sbin"
F
chmod +x /tmp/fake/mmdebstrap
ok "debootstrap" env PATH="/tmp/fake:$PATH" vserver f1 build -m debootstrap -- -d bookworm -m http://deb.example/debian
like "installs System V init" "$(cat /tmp/fake/args)" '--include=sysvinit-core,'
ok "debootstrap with systemd" env PATH="/tmp/fake:$PATH" vserver f2 build -m debootstrap --initstyle systemd -- -d bookworm -m http://deb.example/debian
like "installs that" "$(cat /tmp/fake/args)" '--include=systemd-sysv,'
is "and starts it so" "$(cat /etc/vservers/f2/apps/init/style)" systemd
for g in f1 f2; do vserver --silent $g delete; done
exits "bad style" 1 vserver m1 build -m skeleton --initstyle upstart
exits "argument in the wrong place" 2 vserver m1 build -m clone -s src
guest_remove src n1
is "nothing is left" "$(made)$(guest_left)" ""
done_testing
