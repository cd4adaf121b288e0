#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# demo-run.sh - inside the machine of 'make run': build three guests, start them, show that each is alone.
cd "$(dirname "$0")" || exit 1
interactive='' rows='' columns='' term=dumb console=/dev/console
# shellcheck source=/dev/null
. ./settings
export TERM=$term
template=/var/lib/vctx/templates/debian.tar.zst
guests=(alpha beta gamma)
failed=()
begin=$EPOCHREALTIME

seconds() {
	awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'
}

# step TITLE COMMAND...: its output is shown only when it fails
step() {
	local title=$1 start=$EPOCHREALTIME out status=0
	shift

	out=$("$@" 2>&1 </dev/null) || status=$?
	if [ "$status" -eq 0 ]; then
		printf '      %-40s %6s s\n' "$title" "$(seconds "$start")"
	else
		failed+=("$title")
		printf '      %-40s FAILED (status %d)\n' "$title" "$status"
		printf '%s\n' "$out" | tail -n 10 | sed 's/^/        /'
	fi
}

# shown COMMAND...: what somebody would type, and what it prints
headline() {
	if [ -n "$interactive" ]; then
		printf '\n\033[1m# %s\033[0m\n' "$*"
	else
		printf '\n# %s\n' "$*"
	fi
}

shown() {
	local status=0

	headline "$@"
	"$@" </dev/null || status=$?
	[ "$status" -eq 0 ] || {
		failed+=("$*")
		echo "(status $status)"
	}
}

expect() {
	local title=$1
	shift
	if "$@" >/dev/null 2>&1 </dev/null; then
		printf '      %-50s yes\n' "$title"
	else
		failed+=("$title")
		printf '      %-50s NO\n' "$title"
	fi
}

echo "      Linux $(uname -r) on $(uname -m), $(grep -c ^processor /proc/cpuinfo) processor(s), up after $(cut -d' ' -f1 /proc/uptime) s"
# addresses of the guests, on a device of the host that leads nowhere
networks=''
if vserver-info - FEATURE vnet; then
	networks=1
	ip link add vctx0 type dummy
	ip link set vctx0 up
	ip addr add 192.0.2.1/24 dev vctx0
	ip addr add 2001:db8::1/64 dev vctx0 nodad
fi
ip4() { echo "192.0.2.1$1"; }
ip6() { echo "2001:db8::1$1"; }

n=0
for g in "${guests[@]}"; do
	n=$((n + 1))
	addresses=()
	[ -z "$networks" ] || addresses=(--interface "vctx0:$(ip4 $n)/24" --interface "vctx0:$(ip6 $n)/64")
	# two with an init of their own as process 1, one in the host's process numbers with its services only
	style=plain
	[ "$g" != gamma ] || style=sysv
	step "build $g from the template" vserver "$g" build -m template --hostname "$g" --initstyle "$style" \
		"${addresses[@]}" -- -t "$template"
done
# see tests/vm/host/start
if [ -e /run/cpuinfo ]; then
	for g in "${guests[@]}"; do
		echo '/run/cpuinfo /proc/cpuinfo none bind,ro 0 0' >>"/etc/vservers/$g/fstab"
	done
fi
for g in "${guests[@]}"; do
	step "start $g" vserver "$g" start
done
for g in "${guests[@]}"; do
	step "a process of its own in $g" vserver "$g" exec bash -c "exec -a only-in-$g sleep 100000 >/dev/null 2>&1 &"
done

shown vserver-stat

echo
echo "The same command on the host and in two guests: the host sees everything, a guest only itself."
headline ps -e -o pid,args --no-headers "(without kernel threads, the last lines)"
ps -p 2 --ppid 2 --deselect -o pid,args --no-headers | grep -v -e demo-run -e 'ps -p' -e grep -e 'tail -n' | tail -n 14
shown vserver alpha exec ps -e -o pid,args --no-headers
shown vserver beta exec ps -e -o pid,args --no-headers
shown vserver gamma exec hostname

echo
has() { grep -q "^only-in-$2" <<<"$1"; }
host=$(ps -e -o args)
alpha=$(vserver alpha exec ps -e -o args)
beta=$(vserver beta exec ps -e -o args)
for g in "${guests[@]}"; do
	expect "the host sees the process of $g" has "$host" "$g"
done
expect "alpha sees its own process" has "$alpha" alpha
expect "beta sees its own process" has "$beta" beta
# only what a list that has the own process does not have is hidden
hidden() { has "$1" "$2" && ! grep -qE "^only-in-($3)" <<<"$1"; }
expect "alpha sees nothing of beta and gamma" hidden "$alpha" alpha 'beta|gamma'
expect "beta sees nothing of alpha and gamma" hidden "$beta" beta 'alpha|gamma'
expect "ps aux works on the host and in alpha" sh -c 'ps aux && vserver alpha exec ps aux'
expect "gamma knows its own name" test "$(vserver gamma exec hostname 2>/dev/null)" = gamma
pid=$(pgrep -of '^only-in-beta')
unharmed() { [ -n "$pid" ] && ! vserver alpha exec kill -9 "$pid" && kill -0 "$pid"; }
expect "root of alpha cannot kill the process of beta" unharmed

if [ -n "$networks" ]; then
	echo
	echo "The same port on \"any\" in each guest, in one network stack: everybody has addresses and a loopback of its own."
	for g in "${guests[@]}"; do
		step "a web server on port 80 in $g" vserver "$g" exec sh -c \
			"mkdir -p /var/www && echo 'page of $g' >/var/www/index.html && busybox httpd -p 80 -h /var/www"
	done
	shown vserver alpha exec ss -Hltn
	shown vserver beta exec ip -br addr
	shown naddress --list
	echo
	fetch() { timeout 5 busybox wget -qO- "http://$1/"; }
	inside() { vserver "$1" exec timeout 5 busybox wget -qO- "http://$2/"; }
	n=0
	for g in "${guests[@]}"; do
		n=$((n + 1))
		expect "the host fetches the page of $g" test "$(fetch "$(ip4 $n)")" = "page of $g"
		expect "over IPv6, too" test "$(fetch "[$(ip6 $n)]")" = "page of $g"
		expect "$g fetches it over 127.0.0.1" test "$(inside "$g" 127.0.0.1)" = "page of $g"
		expect "and over ::1" test "$(inside "$g" '[::1]')" = "page of $g"
	done
	own=$(vserver alpha exec ip -o addr) listening=$(vserver alpha exec ss -Hltn 2>/dev/null)
	only() { grep -q "$(ip4 1)/" <<<"$1" && ! grep -qE "$(ip4 2)/|$(ip4 3)/|192\.0\.2\.1/" <<<"$1"; }
	expect "alpha sees its own addresses and no others" only "$own"
	expect "alpha sees one listening socket, its own" test "$(grep -c ':80 ' <<<"$listening")" = 1
	not_there() { ! vserver alpha exec busybox httpd -p "$(ip4 2):8080" -h /var/www; }
	expect "alpha cannot use the address of beta" not_there
fi

echo
if [ ${#failed[@]} -eq 0 ]; then
	echo "      ${#guests[@]} virtual servers are running, $(seconds "$begin") s after the host came up."
	echo "@@ demo ok" >/dev/vctx-tap
else
	echo "      ${#failed[@]} of these steps failed, the first: ${failed[0]}"
	echo "@@ demo failed ${#failed[@]} steps failed, the first: ${failed[0]}" >/dev/vctx-tap
fi

if [ -n "$interactive" ]; then
	cat <<EOF

A shell on the host. Try:  vserver alpha enter     vserver list     vserver beta restart     vserver-stat
'exit' or ctrl-d powers the machine off.

EOF
	[ -z "$rows" ] || stty rows "$rows" cols "$columns" <"$console"
	cd /root || :
	setsid -c -w bash -l -i <"$console" >"$console" 2>&1
	for g in "${guests[@]}"; do
		vserver "$g" stop >/dev/null 2>&1
	done
fi
