#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kunit.sh - run the KUnit tests built into a User-Mode Linux kernel, as flat TAP: kunit.sh KERNEL [GLOB]
set -euo pipefail

kernel=${1:-build/kernel/um/linux}
glob=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/vm/lib.sh
. "$here/vm/lib.sh"
[ -x "$kernel" ] || vm_die "no kernel '$kernel': build it with 'make kernel-um'"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
status=0
TMPDIR=$(vm_tmp) timeout -k 5 300 "$kernel" mem=512M "uml_dir=$tmp/" umid=k noreboot panic=-1 con=null con0=null,fd:1 \
	kunit.enable=1 kunit_shutdown=poweroff ${glob:+"kunit.filter_glob=$glob"} \
	</dev/null >"$tmp/log" 2>&1 || status=$?
tr -d '\r' <"$tmp/log" | sed 's/^\[ *[0-9.]*\] //' | awk -v status="$status" '
	/^    # Subtest: / { suite = $NF }
	/^    (not )?ok / {
		bad = /^    not/
		text = $0
		sub(/^    (not )?ok [0-9]+ */, "", text)
		printf "%s %d - %s: %s\n", bad ? "not ok" : "ok", ++n, suite, text
		next
	}
	/^ *# / && !/Subtest|module:|pass:[0-9]|Totals/ { sub(/^ */, ""); print; next }
	/BUG:|WARNING:|KASAN|suspicious RCU|possible circular|Kernel panic|refcount_t|sleeping function/ { report = report "# " $0 "\n" }
	/^1\.\.[0-9]+$/ { suites = substr($0, 4) }
	/KTAP version/ { ran = 1 }
	END {
		if (!n && ran && suites == 0 || !n && !ran && status == 0) {
			print "1..0 # SKIP this kernel has no KUnit tests"
			exit 77
		}
		printf "%s %d - the kernel log of the run is clean\n%s", report == "" ? "ok" : "not ok", ++n, report
		printf "%s %d - the kernel ran to the end (status %d)\n", status == 0 ? "ok" : "not ok", ++n, status
		printf "1..%d\n", n
	}' || exit $?
