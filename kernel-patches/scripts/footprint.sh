#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# footprint.sh - what the series changes in files that exist without it.
#
# usage: footprint.sh [--check]     --check fails above the budget, FOOTPRINT_FILES and FOOTPRINT_LINES
# A line counts each time a patch adds or removes it; files the series creates do not count.
set -eu
. "$(dirname "$0")/common.sh"

files_max=${FOOTPRINT_FILES:-85}
lines_max=${FOOTPRINT_LINES:-400}
for p in $(series); do
	cat "$PATCHES/$p"
done | awk -v fmax="$files_max" -v lmax="$lines_max" -v check="${1:-}" '
	/^From / { inhunk = 0 }
	/^diff --git / { new = 0; f = substr($3, 3); inhunk = 0 }
	/^new file mode/ { new = 1; fresh[f] = 1 }
	/^@@ / { inhunk = 1; next }
	/^-- $/ { inhunk = 0 }
	/^(---|\+\+\+) / && !inhunk { next }
	inhunk && /^[+-]/ {
		if (f in fresh) { newlines++; next }
		n[f]++; lines++
		if (/^.[ \t]*#[ \t]*include/) includes++
	}
	END {
		for (f in n) { files++; printf "%4d  %s\n", n[f], f | "sort -k2" }
		close("sort -k2")
		for (f in fresh) nfresh++
		printf "%d existing files, %d lines touched, %d of them #include (budget %d files, %d lines); %d new files, %d lines\n",
			files, lines, includes, fmax, lmax, nfresh, newlines
		if (check == "--check" && (files > fmax || lines > lmax))
			exit 1
	}'
