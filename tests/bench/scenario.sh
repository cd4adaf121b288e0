#!/bin/bash
# bench - what system calls, contexts and namespaces cost; run by tests/bench/run.sh
# bed: qemu
# timeout: 3000
# mem: 4G
. "$VCTX_LIB/tap.sh"
bench="$(dirname "$0")/scenario.d/bench"
counts="$(cat "$(dirname "$0")/scenario.d/counts")"

echo 100000 >/proc/sys/kernel/pid_max
values() {
	local out status=0

	out=$("$@" 2>&1) || status=$?
	if [ "$status" -eq 0 ]; then
		pass "$*"
	else
		fail "$*"
	fi
	printf '%s\n' "$out" | sed 's/^/# value /'
}
values "$bench" calls
values "$bench" life
for n in $counts; do
	for kind in process context namespaces; do
		values "$bench" grow "$kind" "$n"
		# the last ones end
		while [ "$(pgrep -c bench)" -gt 0 ]; do sleep 0.2; done
		sleep 1
	done
done
done_testing
