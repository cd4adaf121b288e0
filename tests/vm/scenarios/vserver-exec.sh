#!/bin/sh
# vserver-exec - exec, suexec and enter: exit codes, users, environment, descriptors, signals
# bed: um qemu
# timeout: 120
# shellcheck disable=SC1091,SC2016,SC2086,SC2002,SC2046,SC2140 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"

guest_make ga sysv
guest_make gb plain
ok "start both" sh -c 'vserver ga start && vserver gb start'

for g in ga gb; do
	exits "$g: exit code of the command" 7 vserver $g exec sh -c 'exit 7'
	exits "$g: killed by a signal" 137 vserver $g exec sh -c 'kill -9 $$'
	exits "$g: not found" 127 vserver $g exec /no/such/program
	exits "$g: not executable" 126 vserver $g exec /etc/passwd
	exits "$g: no command" 2 vserver $g exec
	exits "$g: options of the command are its own" 0 vserver $g exec test -n --version
	is "$g: '--' ends our options" "$(vserver $g exec -- echo --help)" "--help"
	is "$g: standard input" "$(echo in | vserver $g exec cat)" in
	is "$g: standard error is apart" "$(vserver $g exec sh -c 'echo err >&2' 2>/dev/null)" ""
	is "$g: root" "$(vserver $g exec id)" "uid=0(root) gid=0(root) groups=0(root)"
	is "$g: user and groups of the guest" "$(vserver $g suexec user id)" \
		"uid=1000(user) gid=1000(user) groups=1000(user),2000(extra)"
	is "$g: user by number" "$(vserver $g suexec 1000 id -un)" user
	exits "$g: unknown user" 125 vserver $g suexec nobody-here true
	exits "$g: suexec without command" 2 vserver $g suexec root
	is "$g: environment of the caller stays outside" "$(SECRET=1 LD_PRELOAD='' vserver $g exec env | grep -c -e SECRET -e LD_)" 0
	is "$g: home" "$(vserver $g suexec user sh -c 'echo $HOME $USER')" "/tmp user"
	is "$g: working directory" "$(vserver $g exec sh -c 'echo $PWD')" /
	is "$g: only the three descriptors" "$(vserver $g exec sh -c 'ls /proc/self/fd | wc -l' 7</ 8<>/dev/null)" 4
	is "$g: its own host name" "$(vserver $g exec hostname)" $g
	not "$g: no capability to mount" vserver $g exec mount -t tmpfs none /tmp
	not "$g: no device nodes" sh -c "vserver $g exec sh -c '/bin/busybox mknod /tmp/x b 98 0'"
	vserver $g exec sh -c 'exec sleep 54321' &
	pid=$!
	wait_for sh -c "vserver $g exec ps | grep -q 54321"
	kill -TERM $pid
	wait $pid
	is "$g: a signal to vserver reaches the command" $? 143
	ok "$g: which has ended" wait_for sh -c "! vserver $g exec ps | grep 54321"
	is "$g: enter without a terminal reads commands" "$(echo 'echo a$((1+1))' | vserver $g enter 2>/dev/null)" a2
	exits "$g: exit code of the shell" 3 sh -c "echo 'exit 3' | vserver $g enter"
done

# a shell with a terminal: the guest's own
if command -v script >/dev/null; then
	out=$(script -qec "vserver ga exec tty" /dev/null | tr -d '\r')
	like "a terminal of the guest's own" "$out" '^/dev/pts/[0-9]+$'
fi
not "a process of one is not found by the other" sh -c \
	'pid=$(vserver gb exec sh -c "echo \$\$"); vserver ga exec kill -0 "$pid"'

# a program that is a script for /proc/self/exe gets a copy of ours, not the file
vserver ga exec sh -c 'printf "#!/proc/self/exe\n" >/bin/evil; chmod 755 /bin/evil'
before=$(sha256sum <"$(command -v vserver)")
vserver ga exec /bin/evil >/dev/null 2>&1
is "our program is not for guests to change" "$(sha256sum <"$(command -v vserver)")" "$before"

guest_remove ga gb
is "nothing is left" "$(guest_left)" ""
done_testing
