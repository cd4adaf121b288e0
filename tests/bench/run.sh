#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh - measure on two kernels and print the table; 'make bench' builds what is needed before.
#
# usage: tests/bench/run.sh [COUNT...]      how many contexts, default 10 100 1000 10000
# environment: B=build folder; PARTS="calls net": what to measure; SAVE=1: put the table into tests/bench/README;
#   BENCH_BASE=, BENCH_KERNEL=: other kernels than B/kernel/x86_64-off/bzImage and B/kernel/x86_64-bench/bzImage;
#   BENCH_TIMEOUT=seconds for one machine (default 3600)
set -euo pipefail

die() {
	echo "run.sh: $*" >&2
	exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
B=${B:-$top/build}
case $B in /*) ;; *) B=$top/$B ;; esac
dir=$B/bench
base=${BENCH_BASE:-$B/kernel/x86_64-off/bzImage}
kernel=${BENCH_KERNEL:-$B/kernel/x86_64-bench/bzImage}
counts=${*:-10 100 1000 10000}
case $counts in *[!0-9\ ]*) die "counts are numbers: '$counts'" ;; esac
parts=${PARTS:-calls net}
for part in $parts; do
	case $part in calls | net) ;; *) die "parts are calls and net: '$part'" ;; esac
done
for f in "$base" "$kernel"; do
	[ -r "$f" ] || die "no kernel ${f#"$top"/}: 'make bench' builds it"
done
for tool in qemu-system-x86_64 cpio; do
	command -v "$tool" >/dev/null || die "$tool is not installed: run 'make deps'"
done
if ! [ -x "$dir/init" ] || ! [ -x "$dir/nothing" ]; then
	die "no ${dir#"$top"/}/init: 'make bench' builds it"
fi
(cd "$dir" && printf 'init\nnothing\n' | cpio -o -H newc --quiet >initrd)

# One instruction is one nanosecond, and nothing depends on this machine, its clock or its random numbers.
machine() {
	local name=$1-$3 kernel=$2 part=$3 start

	start=$(date +%s)
	rm -f "$dir/$name.log"
	timeout "${BENCH_TIMEOUT:-3600}" qemu-system-x86_64 -machine q35 -accel tcg,thread=single -cpu max -smp 1 -m 1G \
		-icount shift=0,sleep=off -rtc base=2026-01-01,clock=vm -seed 1 \
		-nodefaults -display none -no-reboot -serial "file:$dir/$name.log" \
		-kernel "$kernel" -initrd "$dir/initrd" \
		-append "console=ttyS0 quiet nokaslr norandmaps panic=-1 part=$part counts=${counts// /,}" 2>"$dir/$name.err" ||
		echo "F QEMU ended with $?" >>"$dir/$name.log"
	tr -d '\r' <"$dir/$name.log" >"$dir/$name.txt"
	if ! grep -q '^E done' "$dir/$name.txt"; then
		grep -v '^V ' "$dir/$name.txt" | tail -n 20 >&2
		return 1
	fi
	echo "  BENCH    $name: $(($(date +%s) - start)) s" >&2
}

# like the kernels, they are independent
for part in $parts; do
	echo "  BENCH    $part: both kernels, in parallel" >&2
	machine base "$base" "$part" &
	first=$!
	status=0
	machine vserver "$kernel" "$part" || status=1
	wait "$first" || status=1
	[ "$status" = 0 ] || die "the measurement failed; see ${dir#"$top"/}/*-$part.txt"
done

version() {
	strings -n 12 "$1" 2>/dev/null | sed -n 's/^\([0-9][0-9.a-z-]*\) (.*/\1/p' | head -n 1
}
for part in $parts; do
	awk -v date="$(date -u +%Y-%m-%d)" -v version="$(version "$kernel")" -v commit="$(git -C "$top" log -1 --format=%h \
		-- kernel-patches 2>/dev/null || :)" -f "$here/report-$part.awk" "$dir/base-$part.txt" "$dir/vserver-$part.txt" \
		>"$dir/table-$part"
	cat "$dir/table-$part"
	echo
done
if [ -n "${SAVE:-}" ]; then
	sed '/^Last run: /,$d' "$here/README" >"$dir/README"
	for part in calls net; do
		[ "$part" = calls ] || echo
		case " $parts " in
		*" $part "*) cat "$dir/table-$part" ;;
		# as it was
		*) awk -v part="$part" '/^Last run: / { on = $3 == part } on' "$here/README" | sed '${/^$/d}' ;;
		esac
	done >>"$dir/README"
	cp "$dir/README" "$here/README"
fi
