#!/bin/bash
# vserver-debian - real Debian guests: template, clone with shared blocks, sysv and plain init, a terminal, systemd units
# bed: um qemu
# image: debian
# timeout: 200
# disk: 1200M
# shellcheck disable=SC1091,SC2016,SC2086,SC2002,SC2046,SC2140 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"
template=/var/lib/vctx/templates/debian.tar.zst
# Debian takes its time to end
wait_long() {
	for _ in 1 2 3 4 5 6; do
		wait_for "$@" && return 0
	done
	return 1
}
command -v vshelper >/proc/sys/kernel/vshelper

exits "a template that is no archive" 1 vserver d1 build -m template -- -t /etc/passwd
not "leaves nothing" ls -d /etc/vservers/d1 /var/lib/vservers/d1
printf 'x' >/tmp/evil && tar -C /tmp -cf /tmp/evil.tar --transform 's,^,../../../../tmp/out-,' -P evil
exits "an archive that leads out" 1 vserver d1 build -m template -- -t /tmp/evil.tar
not "writes nothing outside" test -e /tmp/out-evil
mkdir -p /tmp/l && ln -s /tmp/outside /tmp/l/a && mkdir -p /tmp/outside && tar -C /tmp/l -cf /tmp/evil2.tar a
rm /tmp/l/a && mkdir /tmp/l/a && touch /tmp/l/a/evil && tar -C /tmp/l -rf /tmp/evil2.tar a/evil
vserver -q d1 build -m template -- -t /tmp/evil2.tar
not "nor through a link" test -e /tmp/outside/evil
vserver --silent d1 delete 2>/dev/null

ok "build from the template" vserver d1 build -m template --hostname d1.example.org -- -t "$template"
before=$(df -k --output=used /var/lib/vservers | tail -1)
ok "clone it" vserver d2 build -m clone --initstyle plain -- -s d1
sync
grown=$(($(df -k --output=used /var/lib/vservers | tail -1) - before))
ok "the clone shares its blocks ($grown KiB for $(du -sk /var/lib/vservers/d2 | cut -f1))" test "$grown" -lt 30000
for c in gzip bzip2 xz; do
	zstd -qdc "$template" | tar -x -C "$(mktemp -d /tmp/t.XXXX)" ./etc 2>/dev/null
	tar -C /tmp/t.???? -c . | $c >/tmp/small.any
	ok "template packed with $c, without a suffix" vserver --silent dc build -m template -- -t /tmp/small.any
	ok "$c: is unpacked" test -s /var/lib/vservers/dc/etc/passwd
	vserver --silent dc delete
	rm -rf /tmp/t.????
done

for g in d1 d2; do
	ok "$g: start" vserver "$g" start
	like "$g: Debian inside" "$(vserver $g exec cat /etc/os-release)" '^ID=debian$'
	like "$g: cron runs" "$(wait_for sh -c "vserver $g exec ps ax | grep -q '[c]ron'"; vserver $g exec ps ax)" cron
	is "$g: package manager" "$(vserver $g exec dpkg-query -W -f '${Status}' coreutils)" "install ok installed"
	is "$g: user of the guest" "$(vserver $g suexec www-data id -un)" www-data
	not "$g: no mount" vserver $g exec mount -t tmpfs none /mnt
	is "$g: no /sys" "$(vserver $g exec ls /sys)" ""
	like "$g: a terminal of its own" "$(script -qec "vserver $g exec tty" /dev/null </dev/null)" '/dev/pts/[0-9]+'
	like "$g: enter is a login shell" "$(script -qec "vserver $g enter" /dev/null <<<$'echo shell-$0 $HOME\nexit 5\n' | tr -d '\r')" 'shell--bash /root'
done
is "d1: its host name" "$(vserver d1 exec hostname)" d1.example.org
is "d2: its first process" "$(vserver d2 exec cat /proc/1/comm)" init
is "d2: run level" "$(vserver d2 exec runlevel)" "N 2"
like "list" "$(vserver list)" '^d2 +running +[0-9]+ +[0-9]+ .* plain '
ok "list as JSON" bash -c 'vserver list --json | jq -e ".guests | length == 2 and all(.state == \"running\")"'

touch /tmp/before-reboot
vserver d2 exec reboot >/dev/null 2>&1
ok "d2: reboot typed inside" wait_long bash -c '[ /run/vservers/d2 -nt /tmp/before-reboot ] && vserver d2 exec ps ax | grep -q "[c]ron"'
start=$(date +%s)
ok "d2: stop" vserver d2 stop
ok "d2: in its own way, not by force ($(($(date +%s) - start)) s)" test $(($(date +%s) - start)) -lt 25
ok "d1: stop" vserver d1 stop
is "nothing is left" "$(guest_left)" ""

# by systemd
is "the unit for the host has told the kernel who helps" "$(systemctl is-active vserver-setup)" active
ok "a guest is enabled" systemctl enable -q vserver@d1
ok "and starts with the host" sh -c 'systemctl show -p Wants multi-user.target | grep -qw vserver@d1.service'
ok "and disabled" systemctl disable -q vserver@d1
ok "a unit starts it" systemctl start vserver@d1
ok "it runs" vserver d1 running
is "the unit is active" "$(systemctl is-active vserver@d1)" active
ok "the unit stops it" systemctl stop vserver@d1
exits "it is stopped" 1 vserver d1 running
# by mark, d2 after d1
mkdir -p /etc/vservers/d{1,2}/apps/init
echo default | tee /etc/vservers/d1/apps/init/mark >/etc/vservers/d2/apps/init/mark
echo d1 >/etc/vservers/d2/apps/init/depends
ok "the init script starts the marked ones" /etc/init.d/vservers start
ok "both run" bash -c 'vserver d1 running && vserver d2 running'
ok "after the other" test /run/vservers/d2 -nt /run/vservers/d1
ok "status" /etc/init.d/vservers status
ok "and stops them" /etc/init.d/vservers stop
exits "status when stopped" 3 /etc/init.d/vservers status
is "nothing is left of them" "$(guest_left)" ""

# a full disk
dd if=/dev/urandom of=/var/lib/vservers/fill bs=1M 2>/dev/null
out=$(vserver --silent df build -m template -- -t "$template" 2>&1)
is "full disk: exit code" $? 1
like "full disk: says so" "$out" "No space left on device"
not "full disk: leaves nothing" ls -d /etc/vservers/df /var/lib/vservers/df
rm /var/lib/vservers/fill
vserver --silent d1 delete
vserver --silent d2 delete
done_testing
