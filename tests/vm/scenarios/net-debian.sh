#!/bin/bash
# net-debian - servers and clients of Debian in three guests and on the host, as they are installed, on the same ports
# bed: um qemu
# image: debian
# template: net
# mem: 1536M
# timeout: 300
# shellcheck disable=SC1091,SC2016,SC2046,SC2086 # text for other shells, words of tests
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"
guest_networks || skip_all "the kernel has no network contexts"
command -v vshelper >/proc/sys/kernel/vshelper
template=$(dirname "$0")/net-debian.tar.zst
guests=(g1 g2 g3)
# all that have the programs: the host has them in a tree of its own
all=(host "${guests[@]}")
declare -A v4=([host]=192.0.2.1 [g1]=192.0.2.11 [g2]=192.0.2.12 [g3]=192.0.2.13)
declare -A v6=([host]=2001:db8::1 [g1]=2001:db8::11 [g2]=2001:db8::12 [g3]=2001:db8::13)
names="host g1 g2 g3"
every4="${v4[host]} ${v4[g1]} ${v4[g2]} ${v4[g3]}"
every6="${v6[host]} ${v6[g1]} ${v6[g2]} ${v6[g3]}"
trees=/var/lib/vservers

# inside WHOSE COMMAND...
inside() {
	local who=$1
	shift
	if [ "$who" = host ]; then
		chroot $trees/host "$@"
	else
		vserver "$who" exec "$@"
	fi
}

# ask WHOSE 'COMMAND with $a' ADDRESS...: what it prints for each address, in one line
ask() {
	local who=$1 what=$2
	shift 2
	inside "$who" sh -c 'for a; do set -- $('"$what"' 2>&1); echo "$*"; done' sh "$@" 2>/dev/null | tr '\n' ' ' | sed 's/ $//'
}

# wait until everybody answers, at most a minute
ready() {
	local n

	for ((n = 0; n < 60; n++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 1
	done
	return 1
}

# ---- the machine and the guests
ip link add d0 type dummy
ip link set d0 up
ip addr add ${v4[host]}/24 dev d0
ip addr add ${v6[host]}/64 dev d0 nodad
addresses=$(ip -o addr show | sed 's/valid_lft.*//')
ok "build" vserver g1 build -m template --hostname g1 --context 4101 --initstyle plain \
	--interface d0:${v4[g1]}/24 --interface d0:${v6[g1]}/64 -- -t "$template"
ok "clone" vserver g2 build -m clone --hostname g2 --context 4102 --initstyle plain \
	--interface d0:${v4[g2]}/24 --interface d0:${v6[g2]}/64 -- -s g1
ok "clone" vserver g3 build -m clone --hostname g3 --context 4103 --initstyle sysv \
	--interface d0:${v4[g3]}/24 --interface d0:${v6[g3]}/64 -- -s g1
ok "a tree for the host" vserver host build -m clone -- -s g1

key_of='#!/bin/sh
# key-of ADDRESS: the name of the one with the key that the server of ssh there has
grep -F "$(ssh-keyscan -T 10 -t ed25519 "$1" 2>/dev/null | cut -d" " -f3)" /etc/keys | cut -d" " -f2'
# what is not as the packages install it: who one is, and that there is something to ask for
new_key() { chroot $trees/$1 ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$2"; }
new_key g1 /root/key
for who in "${all[@]}"; do
	root=$trees/$who
	echo $who >$root/etc/who
	echo $who >$root/var/www/html/index.html
	rm -f $root/etc/ssh/ssh_host_*
	new_key $who /etc/ssh/ssh_host_ed25519_key
	mkdir -m 700 $root/root/.ssh
	cp $trees/g1/root/key $root/root/.ssh/id_ed25519
	cp $trees/g1/root/key.pub $root/root/.ssh/authorized_keys
	echo 'zone "who.test" { type master; file "/etc/bind/who"; };' >>$root/etc/bind/named.conf.local
	printf '$TTL 60\n@ SOA a. a. 1 1 1 1 1\n@ NS localhost.\n@ TXT %s\n' $who >$root/etc/bind/who
	printf '%s\n' "$key_of" >$root/usr/local/bin/key-of
	chmod 755 $root/usr/local/bin/key-of
done
for who in "${all[@]}"; do
	cat $trees/*/etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f2- >$trees/$who/etc/keys
	{
		for other in "${all[@]}"; do
			echo "${v4[$other]},${v6[$other]} $(cat $trees/$other/etc/ssh/ssh_host_ed25519_key.pub)"
		done
		echo "127.0.0.1,::1 $(cat $trees/$who/etc/ssh/ssh_host_ed25519_key.pub)"
	} >$trees/$who/root/.ssh/known_hosts
done

# the host first: guests come to ports that are in use
mount -t proc proc $trees/host/proc
mount --rbind /dev $trees/host/dev
for s in nginx ssh postgresql; do
	ok "host: $s" inside host /etc/init.d/$s start
done
# not named: that binds to each address that it sees, and the host sees those of the guests
dnsmasq() { inside "$1" dnsmasq --pid-file=/run/dnsmasq.pid --txt-record=who.test,"$1"; }
ok "host: dnsmasq" dnsmasq host
start=$SECONDS
for g in "${guests[@]}"; do
	ok "$g: start" vserver $g start
done
for g in "${guests[@]}"; do
	ok "$g: all of its servers run" ready vserver $g exec sh -c \
		'for p in nginx sshd named postgres; do pgrep -x $p || exit 1; done; su postgres -c "psql -c \"select 1\""'
done
note "the guests are up after $((SECONDS - start)) s"

# ---- everybody asks everybody
web='curl -s -S -g --max-time 10 http://$a/'
dns='dig +short +tries=1 +time=10 TXT who.test @$a'
udp="$dns | tr -d '\"'"
tcp="$dns +tcp | tr -d '\"'"
brackets() { printf '[%s] ' "$@"; }
everybody() {
	local who

	for who in "${all[@]}"; do
		is "$who: $1, IPv4" "$(ask $who "$2" $every4)" "$names"
		is "$who: $1, IPv6" "$(ask $who "$2" $($3 $every6))" "$names"
		is "$who: $1, its own loopback" "$(ask $who "$2" 127.0.0.1 $($3 ::1))" "$who $who"
	done
}
everybody web "$web" brackets
is "g1: by name" "$(ask g1 "$web" localhost)" g1
everybody "DNS over UDP" "$udp" echo
everybody "DNS over TCP" "$tcp" echo

# ---- ssh
for who in host g1; do
	is "$who: keys of ssh" "$(ask $who 'key-of $a' $every4 $every6 127.0.0.1 ::1)" "$names $names $who $who"
done
# prints whom it came to, and the two addresses of the connection
login() {
	inside "$1" ssh -o BatchMode=yes -o ConnectTimeout=10 "root@$2" 'echo $(cat /etc/who) $SSH_CONNECTION' 2>&1 |
		tail -n 1 | awk '{ print $1, $2, $4 }'
}
for to in "${guests[@]}"; do
	# the host has all these addresses: it goes from the first of the network, and of IPv6 from the same
	is "host: log in to $to, IPv4" "$(login host ${v4[$to]})" "$to ${v4[host]} ${v4[$to]}"
	is "host: log in to $to, IPv6" "$(login host ${v6[$to]})" "$to ${v6[$to]} ${v6[$to]}"
	is "$to: log in to the host, IPv4" "$(login $to ${v4[host]})" "host ${v4[$to]} ${v4[host]}"
	is "$to: log in to the host, IPv6" "$(login $to ${v6[host]})" "host ${v6[$to]} ${v6[host]}"
	is "$to: log in over 127.0.0.1" "$(login $to 127.0.0.1)" "$to 127.0.0.1 127.0.0.1"
	is "$to: log in over ::1" "$(login $to ::1)" "$to ::1 ::1"
done
is "g1: log in to g2, IPv4" "$(login g1 ${v4[g2]})" "g2 ${v4[g1]} ${v4[g2]}"
is "g3: log in to g1, IPv6" "$(login g3 ${v6[g1]})" "g1 ${v6[g3]} ${v6[g1]}"
is "host: log in over 127.0.0.1" "$(login host 127.0.0.1)" "host 127.0.0.1 127.0.0.1"

# ---- PostgreSQL: listens on localhost, which is everybody's own
sql='psql -w -Atqc "select name from who" "host=$a user=who dbname=postgres password=pw connect_timeout=10"'
for who in "${all[@]}"; do
	ok "$who: a table" inside $who su postgres -c "psql -qc \"create role who login password 'pw'\" \
		-c \"create table who as select '$who' as name\" -c \"grant select on who to who\""
done
for who in "${all[@]}"; do
	is "$who: its own database over 127.0.0.1 and ::1, and localhost" "$(ask $who "$sql" 127.0.0.1 ::1 localhost)" "$who $who $who"
	is "$who: none at the addresses" "$(ask $who '/usr/lib/postgresql/15/bin/pg_isready -h $a' $every4 $every6)" \
		"$(printf '%s:5432 - no response\n' $every4 $every6 | tr '\n' ' ' | sed 's/ $//')"
done
loopback=$(naddress --list --nid 4101 --json | jq -r '.networks[0].loopback')
is "the loopback of g1 as the host sees it" "$loopback" 127.16.5.1
like "the host reaches the database of g1 there" "$(ask host "$sql" $loopback)" '^g1$|no pg_hba.conf entry'
# all that begins with 127 is oneself
is "g2 reaches its own there" "$(ask g2 "$sql" $loopback)" g2
is "and its own web server" "$(ask g2 "$web" $loopback)" g2
not "over IPv6 nobody's" inside g2 curl -s -g --max-time 5 "http://[fd76:7363:7478:6c6f::1005]/"
is "the host that of g1" "$(ask host "$web" "[fd76:7363:7478:6c6f::1005]")" g1

# ---- ping, by root and by others
for who in "${all[@]}"; do
	for user in root www-data; do
		is "$who: ping by $user" "$(inside $who su -s /bin/sh $user -c \
			'for a; do ping -n -c 1 -W 5 $a | sed -n "s/^64 bytes from \([^ ]*\): icmp_seq=1 .*/\1/p"; done' \
			sh 127.0.0.1 ::1 $every4 $every6 2>&1 | tr '\n' ' ')" "127.0.0.1 ::1 $every4 $every6 "
	done
done

# ---- what they see
sockets() { inside "$1" ss -Hn "$2" 2>/dev/null | awk '{ print $4 }' | LC_ALL=C sort -u | tr '\n' ' '; }
for g in "${guests[@]}"; do
	# what /proc tells of sockets of IPv6 on no address does not show that they are not for IPv4
	is "$g: ss: listening sockets" "$(sockets $g -ltn)" "$(printf '%s\n' 0.0.0.0:22 '*:22' 0.0.0.0:80 '*:80' \
		127.0.0.1:5432 '[::1]:5432' 127.0.0.1:953 '[::1]:953' 127.0.0.1:53 '[::1]:53' \
		"${v4[$g]}:53" "[${v6[$g]}]:53" | LC_ALL=C sort | tr '\n' ' ')"
	is "$g: ss: sockets of UDP" "$(sockets $g -aun)" "$(printf '%s\n' 127.0.0.1:53 '[::1]:53' "${v4[$g]}:53" "[${v6[$g]}]:53" |
		LC_ALL=C sort | tr '\n' ' ')"
	is "$g: ip link" "$(inside $g ip -o link | awk '{ print $2 }' | tr '\n' ' ')" "lo: d0: "
	is "$g: ip addr" "$(inside $g ip -o addr | awk '{ print $2, $4 }' | LC_ALL=C sort | tr '\n' ' ')" \
		"$(printf '%s\n' "d0 ${v4[$g]}/24" "d0 ${v6[$g]}/64" 'lo 127.0.0.1/8' 'lo ::1/128' | LC_ALL=C sort | tr '\n' ' ')"
	like "$g: ip route" "$(inside $g ip route)" '^192.0.2.0/24 dev d0 '
	routes=$(inside $g sh -c 'ip -4 route show table all; ip -6 route show table all')
	like "$g: its address is local" "$routes" "^local ${v6[$g]} dev d0 "
	for other in "${guests[@]}"; do
		[ $other = $g ] || is "$g: no route to $other" "$(grep -wF -e "${v4[$other]}" -e "${v6[$other]}" <<<"$routes")" ""
	done
	not "$g: ip addr add" inside $g ip addr add 192.0.2.99/24 dev d0
	not "$g: ip route add" inside $g ip route add 198.51.100.0/24 dev d0
	not "$g: ip link set" inside $g ip link set d0 down
done

# ---- addresses of others are not to be used
for a in ${v4[g2]} ${v4[host]} ${v6[g2]} ${v6[host]}; do
	case $a in *:*) url="http://[${v6[host]}]/" to=${v6[host]} b="[$a]" ;; *) url="http://${v4[host]}/" to=${v4[host]} b=$a ;; esac
	is "g1: curl from its own address" "$(inside g1 curl -s -g --interface "host!$(case $a in *:*) echo ${v6[g1]} ;; *) echo ${v4[g1]} ;; esac)" "$url")" host
	exits "g1: curl from $a" 45 inside g1 curl -s -g --interface "host!$a" "$url"
	not "g1: dig from $a" inside g1 dig +short +tries=1 +time=2 TXT who.test -b $a @$to
	not "g1: ssh from $a" inside g1 ssh -o BatchMode=yes -b $a root@$to true
	not "g1: ping from $a" inside g1 ping -c 1 -W 1 -I $a $to
	printf 'events { }\nhttp { server { listen %s:8080; } }\n' "$b" >$trees/g1/etc/foreign.conf
	like "g1: a web server there" "$(inside g1 nginx -t -c /etc/foreign.conf 2>&1)" "bind\(\) to .*:8080 failed \(99: "
done

# ---- another server of DNS, which binds to no address and tells its answers what source to have
for g in "${guests[@]}"; do
	ok "$g: named stops" inside $g /etc/init.d/named stop
	ok "$g: dnsmasq" dnsmasq $g
done
everybody "dnsmasq over UDP" "$udp" echo
everybody "dnsmasq over TCP" "$tcp" echo

# ---- a guest goes, the others stay
ok "g2: stop" vserver g2 stop
is "g1: the others are there" "$(ask g1 "$web" ${v4[host]} ${v4[g3]} ${v4[g1]} 127.0.0.1)" "host g3 g1 g1"
ok "g2: start" vserver g2 start
ok "g2: answers again" ready sh -c "[ \$(chroot $trees/host curl -s --max-time 2 http://${v4[g2]}/) = g2 ]"
for g in "${guests[@]}"; do
	ok "$g: stop" vserver $g stop
done
is "the host is as it was" "$(ip -o addr show | sed 's/valid_lft.*//')" "$addresses"
is "and its servers are" "$(ask host "$web" ${v4[host]} 127.0.0.1 "[${v6[host]}]" '[::1]') $(ask host "$udp" ${v4[host]}) $(ask host "$sql" ::1)" \
	"host host host host host host"
for s in nginx ssh postgresql; do
	inside host /etc/init.d/$s stop >/dev/null 2>&1
done
kill "$(cat $trees/host/run/dnsmasq.pid)"
umount -R $trees/host/dev $trees/host/proc
is "nothing is left" "$(guest_left)" ""
for who in "${all[@]}"; do
	vserver --silent $who delete
done
ip link del d0
done_testing
