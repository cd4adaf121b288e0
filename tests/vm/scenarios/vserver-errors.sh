#!/bin/sh
# vserver-errors - mistakes: one line that says what is wrong, the documented exit code, nothing left
# bed: um qemu
# timeout: 240
# shellcheck disable=SC1091,SC2016,SC2086,SC2002,SC2046,SC2140 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

# says WHAT CODE REGEX COMMAND...: exit code, and exactly one line of that form (a hint may follow)
says() {
	says_what=$1 says_code=$2 says_regex=$3
	shift 3
	says_out=$("$@" 2>&1 >/dev/null </dev/null)
	is "$says_what: exit code" "$?" "$says_code"
	says_line=$(printf '%s\n' "$says_out" | grep -v -e ': hint: ' -e "^Try '")
	is "$says_what: one line" "$(printf '%s\n' "$says_line" | wc -l | tr -d ' ')" 1
	like "$says_what: why" "$says_line" "$says_regex"
}

says "no guest" 2 "^vserver: no guest given$" vserver
says "no verb" 2 "^vserver: no verb given for guest 'x'$" vserver x
says "unknown verb" 2 "^vserver: unknown verb 'fly'$" vserver x fly
says "unknown option" 2 "^vserver: unknown option '--fly'$" vserver --fly x start
says "unknown guest" 5 "^vserver: nix: no configuration '/etc/vservers/nix'" vserver nix start
says "unknown guest, stop" 5 "^vserver: nix: no configuration" vserver nix stop
says "guest by a path that is not there" 5 "^vserver: ./nix: no configuration" vserver ./nix status
says "a name that leads out" 5 "^vserver: ../etc: no configuration|^vserver: \.\./etc: " vserver ../etc status

guest_make gx sysv
cfg=/etc/vservers/gx
base=$(mktemp -d)
cp -a $cfg "$base/"

# broken WHAT REGEX PATH TEXT: with TEXT in file PATH of the configuration, start fails
broken() {
	mkdir -p "$(dirname "$cfg/$3")"
	printf '%s\n' "$4" >"$cfg/$3"
	says "$1" 1 "^vserver: gx: .*$2" vserver -q gx start
	is "$1: nothing is left" "$(guest_left)" ""
	rm -rf $cfg
	cp -a "$base/gx" $cfg
}

broken "context not a number" "bad value in 'context': 'many' is not a number from 2 to 65535" context many
broken "context too large" "bad value in 'context'" context 70000
broken "init style" "bad value in 'apps/init/style': no init style 'upstart'" apps/init/style upstart
broken "capability" "bad value in 'bcapabilities': 'fly'" bcapabilities fly
broken "flag" "bad value in 'cflags': 'fly'" cflags fly
broken "fstab" "fstab:1: needs source, directory, type" fstab "none /x"
broken "fstab: no directory" "fstab:1: cannot mount 'none' on '/no/dir': no such place" fstab "none /no/dir tmpfs defaults"
broken "fstab: no file system" "fstab:1: cannot mount 'none' on '/tmp': No such device" fstab "none /tmp nofs defaults"
broken "fstab: bad option" "fstab:1: cannot mount 'none' on '/tmp': .*size" fstab "none /tmp tmpfs size=huge"
broken "fstab: no source" "fstab:1: cannot mount '/no/dir' on '/tmp': No such file" fstab "/no/dir /tmp none bind"
broken "missing init" "step 'init': cannot execute '/no/init' in the guest: No such file" apps/init/cmd.start /no/init
broken "init that is no program" "step 'init': cannot execute '/etc/passwd' in the guest: Permission denied" apps/init/cmd.start /etc/passwd
broken "command that leaves nothing" "'/bin/true' ended with status 0 and left no process" apps/init/cmd.start /bin/true
broken "command that fails" "'/bin/false' ended with status 1 and left no process" apps/init/cmd.start /bin/false
broken "kill sequence" "bad value in 'apps/init/killseq': 'x' is not a number of seconds" apps/init/killseq "15 x 9"
broken "environment" "bad line in 'apps/init/environment': 'PATH' is not KEY=VALUE" apps/init/environment PATH
broken "address" "bad value in 'interfaces/0/ip': '300.1.1.1' is not an IP address" interfaces/0/ip 300.1.1.1
broken "limit" "bad value in 'ulimits/nofile': 'lots' is not a limit" ulimits/nofile lots
broken "node name" "longer than 64" uts/nodename aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
broken "sysctl" "step 'sysctl': cannot set sysctl 'kernel/nothing'" sysctl/0/value "$(mkdir -p $cfg/sysctl/0 && echo kernel.nothing >$cfg/sysctl/0/setting && echo 1)"
broken "script not executable" "script '.*/pre-start' is not executable" scripts/pre-start "true"
broken "cgroup setting" "step 'cgroup': cannot write 'x' to cgroup file 'pids.max'" cgroup/pids.max x

printf '#!/bin/sh\nexit 4\n' >/tmp/bad && chmod 755 /tmp/bad
for s in initialize prepre-start pre-start post-start; do
	mkdir -p $cfg/scripts && cp -p /tmp/bad $cfg/scripts/$s
	says "script $s fails" 1 "step '$s': script '.*/$s' failed with status 4" vserver -q gx start
	is "script $s fails: nothing is left" "$(guest_left)" ""
	rm $cfg/scripts/$s
done

mv /var/lib/vservers/gx /var/lib/vservers/gx.away
says "no root directory" 1 "^vserver: gx: no root directory '/var/lib/vservers/gx'" vserver gx start
ln -s gx.away /var/lib/vservers/gx
ok "a root directory that is a link" vserver gx start
ok "stop" vserver gx stop
rm /var/lib/vservers/gx
mv /var/lib/vservers/gx.away /var/lib/vservers/gx
rm $cfg/context
says "no number" 1 "^vserver: gx: no number in 'context'" vserver gx start
cp "$base/gx/context" $cfg/context

# the guest is hostile: a root of links
mv /var/lib/vservers/gx/tmp /var/lib/vservers/gx/tmp.away
mkdir -p /tmp/outside
ln -s /tmp/outside /var/lib/vservers/gx/tmp
says "fstab: a link of the guest leads inside, not out" 1 "cannot mount 'none' on '/tmp': no such place in the guest" vserver -q gx start
rm /var/lib/vservers/gx/tmp
mv /var/lib/vservers/gx/tmp.away /var/lib/vservers/gx/tmp
mv /var/lib/vservers/gx/var/run /var/lib/vservers/gx/var/run.away
ln -s ../../../../../../tmp/outside /var/lib/vservers/gx/var/run
touch /tmp/outside/keep
vserver -q gx start
ok "files of the host stay when the guest's /var/run leads out" test -e /tmp/outside/keep
vserver -q gx stop

# who could run what root of the guest makes set-user-ID
mode=$(stat -c %a /var/lib/vservers)
chmod 755 /var/lib/vservers
like "a warning when users of the host can get to the guest" "$(vserver gx start 2>&1)" "users of the host can get to '/var/lib/vservers/gx'"
ok "it has started" vserver gx running
vserver -q gx stop
chmod 700 /var/lib/vservers
not "none when the directory above is closed" sh -c 'vserver gx start 2>&1 | grep "users of the host"'
vserver -q gx stop
chmod "$mode" /var/lib/vservers

# two guests with one number
guest_make gy sysv --context "$(cat $cfg/context)"
ok "start the first" vserver gx start
says "the number is in use" 1 "^vserver: gy: step 'context': context [0-9]+ is in use by '/etc/vservers/gx'" vserver -q gy start
ok "the first still runs" vserver gx running
exits "the second does not" 3 vserver gy status
says "build with a number in use" 1 "^vserver: gz: context [0-9]+ is in use" vserver gz build -m skeleton --context "$(cat $cfg/context)"
ok "stop" vserver gx stop
is "nothing is left" "$(guest_left)" ""

# names that differ in a dash only have locks of their own
says "delete without anybody to ask" 2 "'delete' needs --yes" vserver gy delete
says "two roots in one" 1 "will not remove .* uses it too" sh -c 'rm /etc/vservers/gy/vdir; ln -s /var/lib/vservers/gx /etc/vservers/gy/vdir; vserver gy delete --yes'
ln -sfn / /etc/vservers/gy/vdir
says "the host's root" 1 "will not remove '/': more than the guest" vserver gy delete --yes
ln -sfn /var/lib/vservers /etc/vservers/gy/vdir
says "the directory of all guests" 1 "will not remove '/var/lib/vservers': more than" vserver gy delete --yes
ln -sfn /var/lib/vservers/gy /etc/vservers/gy/vdir
mount -t tmpfs none /var/lib/vservers/gy/tmp
says "something mounted below" 1 "will not remove .*: '/var/lib/vservers/gy/tmp' is mounted" vserver gy delete --yes
umount /var/lib/vservers/gy/tmp
guest_remove gx gy
not "both are gone" sh -c 'ls -d /etc/vservers/g? /var/lib/vservers/g?'
done_testing
