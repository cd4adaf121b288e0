#!/bin/bash
# tools-events - dumps and events by generic netlink, through the library
# bed: um qemu
# timeout: 60
. "$VCTX_LIB/tap.sh"

zcat /proc/config.gz | grep -q '^CONFIG_VSERVER=y' || skip_all "the kernel has no virtual servers"
vserver-info - FEATURE netlink || skip_all "the kernel has no generic netlink family vserver"

xid=4200
vserver-info - EVENTS 4 >events &
listener=$!
sleep 0.5
vcontext --silent --create --xid $xid -- vuname --set --xid self -t context=/etc/vservers/ev -- \
	vcontext --migrate-self --endsetup -- true
wait $listener
note "$(cat events)"
is "made, set up, ended: in this order" "$(awk -v x=$xid '$3 == x { print $2 }' events | tr '\n' ' ')" "created started ended "
like "an event carries the name" "$(grep ended events)" '/etc/vservers/ev'
ok "events are numbered without a gap" awk 'NR > 1 && $1 != last + 1 { bad = 1 } { last = $1 } END { exit bad }' events

# listing many at once: more than one message
for i in $(seq 1 120); do
	vcontext --silent --create --xid $((5000 + i)) -- vattribute --flag persistent -- vcontext --migrate-self --endsetup
done
out=$(vserver-stat --json)
is "120 contexts are all listed" "$(printf '%s' "$out" | jq '[.contexts[] | select(.xid > 5000)] | length')" 120
is "in order" "$(printf '%s' "$out" | jq -c '[.contexts[].xid] | . == sort')" true
is "with their flags" "$(printf '%s' "$out" | jq -c '[.contexts[] | select(.xid > 5000) | .cflags | contains(["persistent"])] | unique')" '[true]'
ok "vserver-stat is quick" sh -c 'timeout 5 vserver-stat >/dev/null'
for i in $(seq 1 120); do vattribute --xid $((5000 + i)) --flag '!persistent'; done
is "all gone" "$(vserver-stat | sed 1d | wc -l)" 1

# not for guests
vcontext --silent --create --xid $xid -- vattribute --secure -- vcontext --migrate-self --endsetup -- \
	vserver-info - EVENTS 0 >events 2>&1
is "a guest may not listen" "$?" 1
note "$(cat events)"
done_testing
