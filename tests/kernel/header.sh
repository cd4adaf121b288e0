#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The library's copy of the kernel's header is the kernel's header.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"

kernel=${B:-$top/build}/linux/include/uapi/linux/vserver.h
[ -s "$top/kernel-patches/6.12/series" ] || skip_all "the series is empty"
ok "lib/include/uapi/linux/vserver.h is the header of the series" \
	cmp "$kernel" "$top/lib/include/uapi/linux/vserver.h"
done_testing
