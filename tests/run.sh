#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh - run levels of tests, everything as TAP, and close with "N passed, N failed".
set -uo pipefail

usage() {
	cat <<'EOF'
Usage: tests/run.sh [-v] LEVEL...
Run the tests of each LEVEL: unit kunit vm series.

  -v        show every test, not only those that failed
  -h        this text

Called by 'make check' and 'make check-LEVEL', which build first what a level needs. Environment: B (build folder),
UNIT_TESTS (programs of the level unit), BED ("um qemu debug") and SCENARIO (names) for the level vm,
VCTX_TEST_MUST_RUN=1 (a program or scenario that is skipped as a whole counts as failed).
EOF
}

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/.." && pwd)
cd "$top" || exit 2
export B=${B:-build}

verbose=''
levels=()
while [ $# -gt 0 ]; do
	case $1 in
	-v) verbose=1 ;;
	-h | --help) usage; exit 0 ;;
	-*) echo "run.sh: unknown option '$1'; try -h" >&2; exit 2 ;;
	unit | kunit | vm | series) levels+=("$1") ;;
	*) echo "run.sh: unknown level '$1': unit, kunit, vm or series" >&2; exit 2 ;;
	esac
	shift
done
[ ${#levels[@]} -gt 0 ] || { usage >&2; exit 2; }

results=$B/results
mkdir -p "$results"
passed=0 failed=0 skipped=0

# tap NAME COMMAND...: run one program that speaks TAP and count; the whole output stays in build/results
tap() {
	local name=$1 log final status=0 counts start took p f s why
	shift

	# under a name of its own until it is complete: several may run at a time
	final=$results/${name//\//-}.tap
	log=$(mktemp "$final.XXXXXX") || exit 2
	start=$EPOCHREALTIME
	CMOCKA_MESSAGE_OUTPUT=TAP CMOCKA_XML_FILE='' "$@" </dev/null 2>&1 |
		tee "$log" | awk -v verbose="$verbose" -v tty="$([ -t 1 ] && echo 1)" -f "$here/lib/show.awk"
	status=${PIPESTATUS[0]}
	took=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
	counts=$(awk -v status="$status" -v must="${VCTX_TEST_MUST_RUN:-}" -f "$here/lib/count.awk" "$log")
	mv "$log" "$final"
	read -r p f s why <<<"$counts"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	printf '%-4s %-32s %4d passed, %d failed%s  %s s\n' "$([ "$f" -eq 0 ] && echo PASS || echo FAIL)" "$name" \
		"$p" "$f" "$([ "$s" -eq 0 ] || echo ", $s skipped")" "$took"
	[ -z "$why" ] || echo "     $why (output: $final)"
}

level_unit() {
	local t name

	for t in ${UNIT_TESTS:-}; do
		name=${t#"$B"/}
		name=${name#tests/}
		tap "$name" "$t"
	done
	[ -n "${UNIT_TESTS:-}" ] || echo "run.sh: no unit tests: UNIT_TESTS is empty (use 'make check-unit')"
}

level_kunit() {
	tap kunit "$here/kunit.sh" "$B/kernel/um/linux"
}

level_vm() {
	local bed
	local -a names mini=()

	# Without wishes: everything on User-Mode Linux; with two processors, what a user does with the tools on the small image,
	# and the kernel level under KASAN and lockdep. The rest on QEMU takes too long for each change: BED=qemu.
	read -ra names <<<"${SCENARIO:-}"
	if [ -z "${BED:-}${SCENARIO:-}" ]; then
		mapfile -t mini < <(cd "$here/vm/scenarios" && grep -L '^# image: debian' -- *.sh | sed 's/\.sh$//')
		# programs that do not know what to make of User-Mode Linux, and who gets which processor
		mini+=(virt-debian limit-bombs)
	fi
	for bed in ${BED:-um qemu debug}; do
		case $bed in
		um) tap vm/um "$here/vm/run.sh" --bed um "${names[@]}" ;;
		qemu) tap vm/qemu "$here/vm/run.sh" --bed qemu "${names[@]}" "${mini[@]}" ;;
		debug) tap vm/debug "$here/vm/run.sh" --debug "${names[@]}" ;;
		*) echo "run.sh: unknown bed '$bed': um, qemu or debug" >&2; exit 2 ;;
		esac
	done
}

level_series() {
	local t

	for t in "$here"/kernel/*.sh; do
		[ ! -f "$t" ] || tap "series/$(basename "$t" .sh)" "$t"
	done
}

begin=$SECONDS
for level in "${levels[@]}"; do
	echo "== $level"
	"level_$level"
done
echo "== $((SECONDS - begin)) s"
echo "$passed passed, $failed failed$([ "$skipped" -eq 0 ] || echo ", $skipped skipped")"
[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
