#!/bin/bash
# net-tools-vserver - addresses of guests: put on devices, given, shown, taken back; what the host had stays
# bed: um qemu
# timeout: 300
# shellcheck disable=SC1091,SC2016,SC2086,SC2116,SC1003 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"
guest_networks || skip_all "the kernel has no network contexts"

was=$(cat /proc/sys/kernel/vshelper)
command -v vshelper >/proc/sys/kernel/vshelper
ip link set lo up
ip link add d0 type dummy
ip link add d1 type dummy
ip addr add 10.7.0.1/24 dev d0
hosts() { ip -o addr show | awk '$4 !~ /^fe80/ { print $2, $4 }' | sort; }
before=$(hosts)

# ---- build, start, look, stop
ok "build" guest_make n1 sysv --context 4101 --interface web=d0:10.7.0.11/24 --interface d0:2001:db8:7::11/64
is "the configuration" "$(cd /etc/vservers/n1/interfaces && grep -r . . | sort | tr '\n' ' ')" \
	"./0/dev:d0 ./0/ip:10.7.0.11 ./0/name:web ./0/prefix:24 ./1/dev:d0 ./1/ip:2001:db8:7::11 ./1/prefix:64 "
like "the plan" "$(vserver n1 start --dry-run)" '^ 3  addresses     give it 10.7.0.11/24 on d0:web, 2001:db8:7::11/64 on d0$'
is "which did nothing" "$(hosts)" "$before"
ok "start" vserver n1 start
is "the addresses are on the device" "$(hosts | grep -c -e '^d0 10.7.0.11/24$' -e '^d0 2001:db8:7::11/64$')" 2
like "with the label" "$(ip -o addr show dev d0)" '10.7.0.11/24 brd 10.7.0.255 .* d0:web\\'
like "the device is up" "$(ip link show d0)" '[<,]UP[,>]'
is "the IPv6 address can be used at once" "$(ip -6 addr show dev d0 tentative)" ""
is "the guest is in its network context" "$(vserver n1 exec cat /proc/self/status | sed -n 's/^NxID:[[:space:]]*//p')" 4101
is "so is its first process" "$(vserver-info "$(pgrep -f 'sleep 100000')" NID)" 4101
is "it has them" "$(vserver-info n1 ADDRESSES)" "10.7.0.11/24 2001:db8:7::11/64"
is "flags and capabilities are the safe ones" "$(nattribute --get --nid n1 --json | jq -c '[.ncaps, .nflags]')" \
	'[["raw_icmp"],["lback_remap","hide_netif","hide_lback","state_admin"]]'
like "status shows them" "$(vserver n1 status)" '^Addresses:            10.7.0.11/24, 2001:db8:7::11/64$'
is "as JSON" "$(vserver n1 status --json | jq -c '[.network_context, .addresses]')" '[4101,["10.7.0.11/24","2001:db8:7::11/64"]]'
is "list shows them" "$(vserver list --json | jq -c '.guests[] | select(.name == "n1") | .addresses')" '["10.7.0.11/24","2001:db8:7::11/64"]'
is "vserver-stat shows them" "$(vserver-stat --json | jq -c '.contexts[] | select(.xid == 4101) | [.nid, .addresses]')" \
	'[4101,["10.7.0.11/24","2001:db8:7::11/64"]]'
like "in a column" "$(vserver-stat -a)" '^4101 .* n1  *10.7.0.11/24,2001:db8:7::11/64$'
is "the known header otherwise" "$(vserver-stat | head -n 1)" "CTX   PROC    VSZ    RSS  userTIME   sysTIME    UPTIME NAME"
like "the guest sees its address" "$(vserver n1 exec /bin/busybox ip addr)" '10.7.0.11'
not "and none of the host" sh -c "vserver n1 exec /bin/busybox ip addr | grep -w 10.7.0.1"
ok "restart" vserver n1 restart
is "they are there again" "$(vserver-info n1 ADDRESSES)" "10.7.0.11/24 2001:db8:7::11/64"
ok "stop" vserver n1 stop
is "the host has what it had" "$(hosts)" "$before"
is "nothing is left" "$(guest_left)" ""

# ---- what the host had stays
ip addr add 10.7.0.11/24 dev d0
ok "an address the host has already" vserver n1 start
vserver n1 stop
like "stays" "$(hosts)" '^d0 10.7.0.11/24$'
not "and the other does not" sh -c 'ip addr | grep 2001:db8:7::11'
ip addr del 10.7.0.11/24 dev d0
is "as before" "$(hosts)" "$before"

# ---- two guests; the first address of a network goes before the second
guest_make n2 sysv --context 4102 --interface d1:10.6.0.12/24
guest_make n3 sysv --context 4103 --interface d1:10.6.0.13/24
vserver n2 start
vserver n3 start
vserver n2 stop
is "the second keeps its address when the first stops" "$(hosts | grep '^d1')" "d1 10.6.0.13/24"
is "the device is as it was" "$(cat /proc/sys/net/ipv4/conf/d1/promote_secondaries)" 0
echo 10.6.0.13 >/etc/vservers/n2/interfaces/0/ip
is "an address of another running guest" "$(vserver n2 start 2>&1)" \
	"vserver: n2: step 'addresses': address '10.6.0.13' on 'd1' is that of guest 'n3', which is running"
is "stays with that" "$(vserver-info n3 ADDRESSES)" "10.6.0.13/24"
touch /etc/vservers/n2/interfaces/0/nodev
ok "unless it is said to be shared" vserver n2 start
is "then both have it" "$(vserver-info n2 ADDRESSES)" "10.6.0.13/24"
vserver n2 stop
is "and who shares does not remove it" "$(hosts | grep '^d1')" "d1 10.6.0.13/24"
vserver n3 stop
is "all is as before" "$(hosts)" "$before"
is "nothing is left" "$(guest_left)" ""

# ---- mistakes: one line, nothing half done. Address 0 is a good one each time.
guest_make n4 sysv --context 4104 --interface d0:10.7.0.41/24 --interface d0:10.7.0.42/24
i=/etc/vservers/n4/interfaces
mistake() {
	local what=$1 line=$2 out

	out=$(vserver n4 start 2>&1)
	is "$what: exit code" $? 1
	is "$what: one line" "$out" "vserver: n4: $line"
	is "$what: the host's addresses" "$(hosts)" "$before"
	is "$what: nothing is left" "$(guest_left)" ""
}
echo nodevice >$i/1/dev
mistake "unknown device" "step 'addresses': no device 'nodevice'"
echo d1 >$i/1/dev
echo 10.7.0.1 >$i/1/ip
mistake "on another device" "step 'addresses': address '10.7.0.1' is on device 'd0' already, not on 'd1'"
rm $i/1/dev
touch $i/1/nodev
echo 10.7.0.99 >$i/1/ip
mistake "on no device" "step 'addresses': address '10.7.0.99' is on no device ('nodev' in 'interfaces/1')"
rm $i/1/nodev
echo d0 >$i/1/dev
echo 10.7.0.41 >$i/1/ip
mistake "twice" "step 'addresses': address '10.7.0.41' is configured twice"
echo 10.7.0.42/33 >$i/1/ip
mistake "wrong prefix" "interfaces/1: '33' is not a prefix length"
echo 10.7.0.42 >$i/1/ip
for n in $(seq 300); do
	mkdir $i/m$n
	echo "10.4.$((n / 200)).$((n % 200))/24" >$i/m$n/ip
	echo d1 >$i/m$n/dev
done
out=$(vserver n4 start 2>&1)
like "too many: one line" "$out" "^vserver: n4: step 'addresses': cannot give it address '10.4[0-9.]*/24': too many addresses\$"
is "too many: no other line" "$(printf '%s\n' "$out" | wc -l)" 1
is "too many: the host's addresses" "$(hosts)" "$before"
is "too many: nothing is left" "$(guest_left)" ""
rm -r $i/m*
ncontext --silent --create --nid 4104 --disconnect -- sleep 1000
out=$(vserver n4 start 2>&1)
is "number in use" "$out" "vserver: n4: step 'network': network context 4104 is in use"
is "the other one still has it" "$(vserver-info 4104 NCONTEXT false)" 4104
pkill -x sleep
wait_for sh -c '! vserver-info 4104 NCONTEXT false'
is "nothing is left" "$(guest_left)" ""

# ---- more that can be configured
mkdir -p $i/2
rm -f $i/1/prefix
printf '10.5.0.1\n' >$i/1/ip
printf '10.5.0.2\n' >$i/1/peer
printf 'link\n' >$i/1/scope
printf '0.0.0.0\n' >$i/2/ip
touch $i/2/nodev
echo 127.9.9.1 >$i/lback
echo 10.7.0.254 >$i/bcast
echo single_ip >/etc/vservers/n4/nflags
printf '~raw_icmp\ntun_create\n' >/etc/vservers/n4/ncapabilities
echo 4204 >/etc/vservers/n4/ncontext
ip link set d0 down
touch $i/0/down $i/1/down
ok "start" vserver n4 start
like "peer and scope" "$(ip -o addr show dev d0)" 'inet 10.5.0.1 peer 10.5.0.2/32 scope link'
like "broadcast" "$(ip -o addr show dev d0)" 'inet 10.7.0.41/24 brd 10.7.0.254'
not "the device stays down" sh -c "ip link show d0 | grep -q '[<,]UP[,>]'"
is "every address" "$(vserver-info n4 ADDRESSES)" "10.7.0.41/24 10.5.0.1/32 0.0.0.0/0"
is "loopback and broadcast" "$(naddress --list --nid n4 --json | jq -c '.networks[0] | [.nid, .loopback, .broadcast]')" \
	'[4204,"127.9.9.1","10.7.0.254"]'
is "capabilities" "$(nattribute --get --nid n4 --json | jq -c .ncaps)" '["tun_create"]'
is "exec goes there" "$(vserver n4 exec cat /proc/self/status | sed -n 's/^NxID:[[:space:]]*//p')" 4204
ok "stop" vserver n4 stop
is "all is as before" "$(hosts)" "$before"

# ---- no network context
touch /etc/vservers/n4/noncontext
out=$(vserver n4 start 2>&1 >/dev/null)
is "noncontext: said so" "$out" "vserver: n4: warning: 3 addresses are configured, but 'noncontext' says to make no network context: not applied"
is "it has the network of the host" "$(vserver n4 exec cat /proc/self/status | sed -n 's/^NxID:[[:space:]]*//p')" 0
is "and JSON says so" "$(vserver n4 status --json | jq -c '[.network_context, .addresses]')" '[null,null]'
vserver n4 stop
rm /etc/vservers/n4/noncontext

# ---- ends without a stop
ok "start" vserver n1 start
vkill -s KILL --xid 4101
ok "a guest that ended by itself" wait_for sh -c '! vserver n1 running'
ok "is cleaned up behind" vserver n1 stop
is "all is as before" "$(hosts)" "$before"
vserver n1 start
vkill -s KILL --xid 4101
wait_for sh -c '! vserver n1 running'
ok "or started again" vserver n1 start
is "with its addresses" "$(vserver-info n1 ADDRESSES)" "10.7.0.11/24 2001:db8:7::11/64"
ip addr del 10.7.0.11/24 dev d0
ok "an address taken away meanwhile is no error" vserver n1 stop
is "all is as before" "$(hosts)" "$before"

# ---- a running guest
vserver n1 start
ok "an address more" naddress --silent --add --nid n1 --shared --ip 10.7.0.1/24
is "it has it" "$(vserver-info n1 ADDRESSES)" "10.7.0.11/24 10.7.0.1/24 2001:db8:7::11/64"
like "and sees it" "$(vserver n1 exec /bin/busybox ip addr)" 'inet 10.7.0.1/24'
ok "one less" naddress --remove --nid n1 --ip 10.7.0.1
not "which it does not see any more" sh -c "vserver n1 exec /bin/busybox ip addr | grep -w 10.7.0.1"
ncontext --migrate --nid n1 --disconnect -- sleep 1000 >/dev/null 2>&1
out=$(vserver n1 stop 2>&1)
is "a stop with somebody else in the network context" "$?: $out" \
	"0: vserver: n1: warning: network context 4101 is still used by somebody outside of the guest"
is "takes the addresses back all the same" "$(hosts)" "$before"
pkill -x sleep
ok "it ends with the other" wait_for sh -c '! vserver-info 4101 NCONTEXT false'
echo sc_helper >/etc/vservers/n1/nflags
ok "with the helper being asked" vserver n1 start
for n in 1 2 3; do ok "restart $n" vserver n1 restart; done
vserver n1 stop
echo private >/etc/vservers/n1/nflags
vserver n1 start
is "nobody enters a private one" "$(vserver n1 exec true 2>&1)" \
	"vserver: n1: cannot enter network context 4101: the network context is private or sealed"
vserver n1 stop >/dev/null 2>&1
rm /etc/vservers/n1/nflags
is "all is as before" "$(hosts)" "$before"

# ---- VLAN devices
if ip link add link d0 name d0.99 type vlan id 99 2>/dev/null; then
	ip link del d0.99
	ip link set d0 up
	echo d0.5 >/etc/vservers/n2/interfaces/0/dev
	rm -f /etc/vservers/n2/interfaces/0/nodev
	echo 10.6.0.12 >/etc/vservers/n2/interfaces/0/ip
	not "a VLAN device is not made unless told so" vserver n2 start
	touch /etc/vservers/n2/interfaces/vlandev
	ok "then it is" vserver n2 start
	like "with the address" "$(ip -o addr show dev d0.5)" '10.6.0.12/24'
	ok "stop" vserver n2 stop
	not "and it is removed" ip link show d0.5
else
	skip "VLAN devices" "the kernel has no VLANs"
fi

# ---- delete
vserver n3 start
ok "delete of a running guest" vserver n3 delete --yes
is "takes the address back" "$(hosts)" "$before"
guest_remove n1 n2 n4
ip link del d0
ip link del d1
is "nothing is left" "$(guest_left)" ""
echo "$was" >/proc/sys/kernel/vshelper
done_testing
