#!/bin/bash
# net-tools-context - network contexts made, looked at, entered and ended by the tools
# bed: um qemu
# timeout: 60
# shellcheck disable=SC1091,SC2016,SC2086,SC2116,SC1003 # words of tests, text for other shells
. "$VCTX_LIB/tap.sh"
. "$VCTX_LIB/guest.sh"
guest_networks || skip_all "the kernel has no network contexts"

nid=4000
ip link set lo up
ip link add d0 type dummy
ip link set d0 up
ip addr add 10.7.0.1/24 dev d0
ip addr add 2001:db8:7::1/64 dev d0 nodad
own() { sed -n 's/^NxID:[[:space:]]*//p' /proc/self/status; }

# ---- ncontext
is "ncontext --create says the number and runs the program inside" \
	"$(ncontext --create --nid $nid -- sed -n 's/^NxID:[[:space:]]*//p' /proc/self/status | tr '\n' ' ')" \
	"New network context is $nid $nid "
is "--silent does not" "$(ncontext --silent --create --nid $nid -- vserver-info - NID)" $nid
exits "the program's exit code is handed on" 42 ncontext --silent --create --nid $nid -- sh -c 'exit 42'
exits "a program that is not there: 127" 127 ncontext --silent --create --nid $nid -- /no/such/program
exits "id out of range: wrong usage" 2 ncontext --create --nid 65536 -- true
exits "network context 1 cannot be made: 125" 125 ncontext --create --nid 1 -- true
like "without --nid a free number is taken" "$(ncontext --create -- true)" '^New network context is (49|[56][0-9])[0-9]{3}$'
is "the process context stays" "$(ncontext --silent --create --nid $nid -- vserver-info - XID)" 0
is "it has ended with its program" "$(naddress --list --json | jq -c '[.networks[].nid]')" "[]"
exits "--migrate-self outside of any" 125 ncontext --migrate-self -- true
is "--migrate-self inside" "$(ncontext --silent --create --nid $nid -- ncontext --migrate-self -- vserver-info - NID)" $nid

# one that stays
ok "a persistent one" ncontext --silent --create --nid $nid -- nattribute --set --flag persistent -- true
exits "to make it again: 254" 254 ncontext --create --nid $nid -- true
is "--silentexist says nothing" "$(ncontext --silentexist --create --nid $nid -- true 2>&1)" ""
is "ncontext --migrate enters" "$(ncontext --migrate --nid $nid -- sed -n 's/^NxID:[[:space:]]*//p' /proc/self/status)" $nid
exits "one that is not there" 125 ncontext --migrate --nid 4001 -- true
is "that is told in one line" "$(ncontext --migrate --nid 4001 -- true 2>&1)" \
	"ncontext: cannot enter network context 4001: no such network context"
is "the caller stays where it was" "$(own)" 0

# ---- nattribute
is "what a new one has" "$(nattribute --get --nid $nid --json | jq -c '[.ncaps, .nflags]')" \
	'[[],["lback_remap","hide_netif","hide_lback","state_admin","persistent"]]'
nattribute --set --nid $nid --secure --ncap tun_create --flag '!hide_lback,single_ip'
is "nattribute --get: two blocks" "$(nattribute --get --nid $nid | tr '\n' ' ')" \
	"ncapabilities: tun_create,raw_icmp flags: single_ip,lback_remap,hide_netif,state_admin,persistent "
is "from inside, without a number" "$(ncontext --migrate --nid $nid -- nattribute --get --json | jq .nid)" $nid
exits "an unknown flag: 2" 2 nattribute --nid $nid --flag nonsense
exits "one that is not there: 1" 1 nattribute --get --nid 4001

# ---- naddress
is "naddress --add says what it adds" "$(naddress --add --nid $nid --ip 10.7.0.2/24 --ip 2001:db8:7::2/64 | tr '\n' ' ')" \
	"Adding 10.7.0.2/24 Adding 2001:db8:7::2/64 "
naddress --silent --add --nid $nid --mask 10.8.0.9/24 --range 10.9.0.1-10.9.0.9/24 --bcast 10.7.0.255 --lback 127.40.0.1
addresses() { naddress --list --nid $nid --json | jq -c '[.networks[0].addresses[] | .address]'; }
is "and lists them in order" "$(addresses)" '["10.7.0.2/24","10.8.0.0/24","10.9.0.1-10.9.0.9/24","2001:db8:7::2/64"]'
is "with their kinds" "$(naddress --list --nid $nid --json | jq -c '[.networks[0].addresses[] | .kind, .family]')" \
	'["address",4,"network",4,"range",4,"address",6]'
is "and the special ones" "$(naddress --list --nid $nid --json | jq -c '.networks[0] | [.loopback, .broadcast]')" \
	'["127.40.0.1","10.7.0.255"]'
like "as a table" "$(naddress)" "^ *$nid  -  *address  *10.7.0.2/24\$"
like "from inside only the own one" "$(ncontext --migrate --nid $nid -- naddress)" "^ *$nid  .*loopback  *127.40.0.1\$"
exits "an address twice: 1" 1 naddress --add --nid $nid --ip 10.7.0.2/24
is "in one line" "$(naddress --add --nid $nid --ip 10.7.0.2/24 2>&1)" \
	"naddress: cannot add address '10.7.0.2/24' of network context $nid: the network context has this address already"
exits "all or nothing" 1 naddress --silent --add --nid $nid --ip 10.7.0.3/24 --ip 10.7.0.2/24
is "so the first is not there" "$(addresses | grep -c 10.7.0.3)" 0
many=()
for n in $(seq 2000); do many+=(--ip "10.$((20 + n / 200)).$((n % 200)).1"); done
like "too many" "$(naddress --silent --add --nid $nid "${many[@]}" 2>&1)" \
	"^naddress: cannot add address '10[0-9.]*/32' of network context $nid: too many addresses\$"
is "none of them is there" "$(addresses | grep -c '"10.2[0-9]')" 0
ok "remove without the prefix" naddress --remove --nid $nid --ip 10.7.0.2 --ip 2001:db8:7::2
is "they are gone" "$(addresses)" '["10.8.0.0/24","10.9.0.1-10.9.0.9/24"]'
exits "remove what is not there: 1" 1 naddress --remove --nid $nid --ip 10.7.0.2
ok "remove networks and ranges" naddress --remove --nid $nid --mask 10.8.0.0/24 --range 10.9.0.1-10.9.0.9
is "none is left" "$(addresses)" '[]'
naddress --silent --add --nid $nid --shared --ip 10.7.0.1/24
ok "a shared one is removed, too" naddress --remove --nid $nid --ip 10.7.0.1
naddress --silent --add --nid $nid --ip d0
is "a device stands for its addresses" "$(addresses)" '["10.7.0.1/24","2001:db8:7::1/64"]'
naddress --silent --set --nid $nid --ip 10.7.0.9
is "--set replaces" "$(addresses)" '["10.7.0.9/32"]'
ok "--remove alone removes all" naddress --remove --nid $nid
is "all" "$(addresses)" '[]'
exits "one that is not there" 1 naddress --add --nid 4001 --ip 10.7.0.2
is "the program runs behind it" "$(naddress --silent --add --nid $nid --ip 10.7.0.1/24 -- echo "done")" "done"

ok "the end of persistence ends it" nattribute --set --nid $nid --flag '!persistent'
not "it is gone" vserver-info $nid NCONTEXT false

# ---- chbind
is "chbind" "$(chbind --silent --ip 10.7.0.1/24 --ip 2001:db8:7::1 -- vserver-info - ADDRESSES)" "10.7.0.1/24 2001:db8:7::1/128"
is "its number and addresses" "$(chbind --nid $nid --ip 10.7.0.1/24 -- true | tr '\n' ' ')" \
	"New network context is $nid Adding 10.7.0.1/24 "
is "flags and capabilities" "$(chbind --silent --nid $nid --secure --ncap tun_create --flag single_ip --ip 10.7.0.1 -- nattribute --get | tr '\n' ' ')" \
	"ncapabilities: tun_create,raw_icmp flags: single_ip,lback_remap,hide_netif,hide_lback,state_admin "
exits "the exit code of the program" 7 chbind --silent --ip 10.7.0.1 -- sh -c 'exit 7'
chbind --silent --nid $nid --ip 10.7.0.1 --disconnect -- sleep 1000 >/dev/null 2>&1
is "in the background" $? 0
is "which is entered by its number" "$(chbind --nid $nid vserver-info - NID)" $nid
pkill -x sleep
ok "it ends" wait_for sh -c "! vserver-info $nid NCONTEXT false"
is "chbind --nid 1 is the spectator" "$(chbind --nid 1 sed -n 's/^NxID:[[:space:]]*//p' /proc/self/status)" 1

# ---- by the name of a guest, and what vserver-info says
mkdir -p /etc/vservers/nt1
echo 4100 >/etc/vservers/nt1/context
is "the number of a guest is its context's" "$(vserver-info nt1 NCONTEXT)" 4100
echo $nid >/etc/vservers/nt1/ncontext
is "unless there is one of its own" "$(vserver-info nt1 NCONTEXT)" $nid
is "which the tools take, too" "$(chbind --silent --nid nt1 --ip 10.7.0.1 -- vserver-info - NID)" $nid
exits "not there: no" 1 vserver-info nt1 NCONTEXT false
ok "FEATURE vnet" vserver-info - FEATURE vnet
is "NID of the host" "$(vserver-info - NID)" 0
rm -r /etc/vservers/nt1
ip link del d0
is "nothing is left" "$(naddress --list --json | jq -c .networks)" "[]"
done_testing
