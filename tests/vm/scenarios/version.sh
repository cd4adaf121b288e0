#!/bin/sh
# version - the vserver system call says its version, or ENOSYS on a kernel without it
# bed: um qemu
# timeout: 20
. "$VCTX_LIB/tap.sh"

zcat /proc/config.gz >config
out=$(vserver-call 0 0 0)
if grep -q '^CONFIG_VSERVER=y' config; then
	like "VCMD_get_version answers with version 2.x" "$out" '^0x0002[0-9a-f]{4}$'
	is "an unknown command is ENOSYS" "$(vserver-call 0x3f3f0000 0 0)" ENOSYS
	is "a user without rights gets ENOSYS" \
		"$(setpriv --reuid 1000 --clear-groups --bounding-set=-all vserver-call 0 0 0)" ENOSYS
else
	is "without CONFIG_VSERVER the call is ENOSYS" "$out" ENOSYS
fi
done_testing
