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
broken "script that is not executable fails" "step 'pre-start': script '.*/pre-start' failed with status 3" scripts/pre-start "exit 3"
broken "cgroup setting" "bad value in 'cgroup/pids.max': 'x': neither a number nor max" cgroup/pids.max x
broken "cgroup file system" "step 'cgroup': cannot make a cgroup: no cgroup file system \\(version 2\\) is mounted on '/tmp'" cgroup/mnt \
	"$(mkdir -p $cfg/cgroup && echo 10 >$cfg/cgroup/pids.max && echo /tmp)"
broken "badness" "bad value in 'badness': 'much' is not a number" badness much

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
says "the number is in use" 1 "^vserver: gy: step '(context|network)': (network )?context [0-9]+ is in use by '/etc/vservers/gx'" vserver -q gy start
ok "the first still runs" vserver gx running
exits "the second does not" 3 vserver gy status
ok "stop of the second, which does not run" vserver -q gy stop
ok "leaves the first one what it needs" test -e "/run/vshelper/$(cat $cfg/context)" -a -L "/run/vservers.rev/$(cat $cfg/context)"
says "build of a running guest anew" 1 "^vserver: gx: it is running: stop it before it is built anew" vserver gx build -m skeleton --force
ok "it still runs" vserver gx running
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
mv /var/lib/vservers/gy "/var/lib/vservers/g y"
ln -sfn "/var/lib/vservers/g y" /etc/vservers/gy/vdir
mount --bind /tmp/outside "/var/lib/vservers/g y/tmp"
says "something mounted below a name with a blank" 1 "will not remove .*: '/var/lib/vservers/g y/tmp' is mounted" vserver gy delete --yes
ok "nothing of it is removed" test -e /tmp/outside/keep
umount "/var/lib/vservers/g y/tmp"

# without rights
user() {
	setpriv --reuid 1000 --regid 1000 --clear-groups "$@"
}
vserver -q gx start
chmod 755 /var/lib/vservers
says "status asked by a user" 1 "^vserver: gx: cannot find out whether it is running: Operation not permitted" user vserver gx status
says "running asked by a user" 1 "^vserver: gx: cannot find out whether it is running: Operation not permitted" user vserver gx running
like "a list for a user" "$(user vserver list)" "^gx +unknown"
like "for root" "$(vserver list)" "^gx +running"
for verb in stop restart condrestart 'delete --yes'; do
	says "$verb by a user" 1 "^vserver: gx: " user vserver gx $verb
done
says "exec by a user" 125 "^vserver: gx: cannot find out whether it is running" user vserver gx exec true
says "build by a user" 1 "^vserver: u: only root may make guests" user vserver u build -m skeleton
ok "it still runs" vserver gx running
not "nobody but root can hold a lock" user sh -c 'echo >/run/vservers.lock/gx'
vserver -q gx stop

# signals in the middle of programs of the host
mkdir -p $cfg/scripts
printf '#!/bin/sh\nexec sleep 100000\n' >$cfg/scripts/pre-start
chmod 755 $cfg/scripts/pre-start
for sig in INT TERM; do
	# a shell starts what is in the background with the first one ignored
	env --default-signal=INT vserver -q gx start 2>/tmp/err &
	pid=$!
	ok "SIG$sig: the script runs" wait_for sh -c "ps -o args | grep -q '^sleep 100000'"
	kill -$sig $pid
	wait $pid
	is "SIG$sig: the start has failed" $? 1
	like "SIG$sig: and says why" "$(cat /tmp/err)" "^vserver: gx: step 'pre-start': "
	ok "SIG$sig: nothing is left" wait_for sh -c '. "$VCTX_LIB/guest.sh"; test -z "$(guest_left)"'
	vserver -q gb build -m skeleton -- sleep 100000 2>/tmp/err &
	pid=$!
	ok "SIG$sig: a build runs" wait_for sh -c "ps -o args | grep -q '^sleep 100000'"
	kill -TERM $pid
	wait $pid
	is "SIG$sig: the build has failed" $? 1
	not "SIG$sig: and left nothing" sh -c 'ls -d /etc/vservers/gb /var/lib/vservers/gb'
done
# ---- a configuration that was copied by hand while the guest runs
guest_make gq plain --context 40077
ok "start" vserver gq start
cp -a /etc/vservers/gq /etc/vservers/gr
said="vserver: gq: '/etc/vservers/gr' has the 'name' or 'run' of '/etc/vservers/gq', which is running: a copied configuration needs its own"
is "a copy does not start" "$(vserver --silent gr start 2>&1)" "$said"
is "nor does stop take anything from the other" "$(vserver --silent gr stop 2>&1)" "$said"
is "delete does not either" "$(vserver gr delete --yes 2>&1)" \
	"vserver: gq: will not remove '/var/lib/vservers/gq': guest 'gq' uses it too"
ok "which is running" vserver gq running
ok "and known to be" test -s "$(readlink -f /etc/vservers/gq/run)"
ok "its root is there" test -d /var/lib/vservers/gq
ok "stop" vserver gq stop
rm -rf /etc/vservers/gr
guest_remove gq

guest_remove gx gy
chmod 700 /var/lib/vservers
not "both are gone" sh -c 'ls -d /etc/vservers/g? /var/lib/vservers/g?'
done_testing
