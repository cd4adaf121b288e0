#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh - measure on three grounds: kernel with CONFIG_VSERVER=n, with it on, and inside a context. Prints a table.
#
# usage: tests/bench/run.sh [COUNT...]      how many contexts, default 10 100 1000 10000
# QEMU counts instructions (-icount shift=0): the numbers do not depend on the load of this machine.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
B=${B:-build}
case $B in /*) ;; *) B=$top/$B ;; esac
dir=$B/bench
rm -rf "$dir"
mkdir -p "$dir/scenario.d"
cp tests/bench/scenario.sh "$dir/"
echo "${*:-10 100 1000 10000}" >"$dir/scenario.d/counts"
${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -Ilib/include -o "$dir/scenario.d/bench" \
	tests/bench/bench.c "$B/lib/libvctx.a" "$B/lib/libshared.a" -lmnl

for k in x86_64-off x86_64; do
	echo "run.sh: measuring on $k" >&2
	VCTX_QEMU_ACCEL=tcg,thread=single VCTX_QEMU_SMP=1 VCTX_QEMU_ARGS="-icount shift=0,sleep=off" VCTX_NO_MAKE=1 \
		tests/vm/run.sh --kernel "$B/kernel/$k/bzImage" "$dir/scenario.sh" >"$dir/$k.tap" ||
		{ grep -v '^# value' "$dir/$k.tap" | tail -n 20 >&2; echo "run.sh: the measurement failed: $dir/$k.tap" >&2; exit 1; }
	sed -n 's/^# value //p' "$dir/$k.tap" | sort >"$dir/$k.values"
done
awk -v off="$dir/x86_64-off.values" -v on="$dir/x86_64.values" '
	function get(t, k) { return (k in t) ? t[k] : 0 }
	function pct(a, b) { return b ? sprintf("%+.2f %%", 100 * (a - b) / b) : "-" }
	function num(x) { return x ? sprintf("%.1f", x) : "-" }
	BEGIN {
		while ((getline line <off) > 0) { split(line, w, " "); o[w[1]] = w[2] }
		while ((getline line <on) > 0) { split(line, w, " "); n[w[1]] = w[2]; names[++c] = w[1] }
		printf "Instructions of one call\n\n%-20s %12s %12s %10s %12s %10s\n", "call", "option off", "host", "", "in a context", ""
		for (i = 1; i <= c; i++)
			if (names[i] ~ /^host\./) {
				k = substr(names[i], 6)
				a = o["host." k]; b = n["host." k]; d = n["context." k]
				printf "%-20s %12s %12s %10s %12s %10s\n", k, num(a), num(b), pct(b, a), num(d), pct(d, a)
				if (a) { sum += (b - a) / a; m++ }
			}
		if (m) printf "%-20s %12s %12s %9.2f %%\n", "mean", "", "", 100 * sum / m
		printf "\nCreate, enter, end; instructions\n\n"
		printf "%-20s %12s %12s\n", "", "option off", "on"
		split("process context namespaces", kinds, " ")
		for (i = 1; i <= 3; i++)
			printf "%-20s %12s %12s\n", kinds[i], num(get(o, "life." kinds[i])), num(get(n, "life." kinds[i]))
		printf "\nWith N sleeping processes, each in its own (option on)\n\n%8s %36s   %s\n", "N", "KiB of memory per process", "create, enter, end; instructions"
		printf "%8s %12s %12s %12s %12s %12s %12s\n", "", "process", "context", "namespaces", "process", "context", "namespaces"
		for (i = 1; i <= c; i++)
			if (names[i] ~ /^memory_kib\.process\./) { split(names[i], w, "."); counts[++q] = w[3] + 0 }
		for (i = 1; i <= q; i++) for (j = i + 1; j <= q; j++) if (counts[j] < counts[i]) { t = counts[i]; counts[i] = counts[j]; counts[j] = t }
		for (i = 1; i <= q; i++) {
			printf "%8d", counts[i]
			for (j = 1; j <= 3; j++) printf " %12s", num(get(n, "memory_kib." kinds[j] "." counts[i]))
			for (j = 1; j <= 3; j++) printf " %12s", num(get(n, "life_among." kinds[j] "." counts[i]))
			printf "\n"
		}
	}' | tee "$dir/table"
