#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The series stays within the number of existing files and lines it may touch.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/lib/tap.sh"

[ -s "$top/kernel-patches/6.12/series" ] || skip_all "the series is empty"
ok "the series is within its budget" "$top/kernel-patches/scripts/footprint.sh" --check
sum=$("$top/kernel-patches/scripts/footprint.sh" | tail -n 1)
like "the numbers stand in kernel-patches/README" "$(cat "$top/kernel-patches/README")" \
	"$(echo "$sum" | sed 's/ touched.*//')"
note "$sum"
done_testing
