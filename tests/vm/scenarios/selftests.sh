#!/bin/sh
# selftests - tools/testing/selftests/vserver of the series, and the same as 32-bit programs where there is an entry for them
# bed: um qemu debug
# timeout: 120
# selftests: yes
# shellcheck disable=SC1091
. "$VCTX_LIB/tap.sh"
programs=$(dirname "$0")/selftests.d

# run PROGRAM NAME: pass on what a program of the kernel's harness says
run() {
	"$1" >out 2>&1
	status=$?
	seen=0
	while read -r line; do
		case $line in
		"ok "*"# SKIP"*) skip "$2: $(echo "$line" | sed 's/^ok [0-9]* *//; s/ *# SKIP.*//')" "${line#*SKIP }" ;;
		"ok "*) pass "$2: $(echo "$line" | sed 's/^ok [0-9]* *//')" ;;
		"not ok "*) fail "$2: $(echo "$line" | sed 's/^not ok [0-9]* *//')" ;;
		*) continue ;;
		esac
		seen=$((seen + 1))
	done <out
	is "$2: ends with" "$status" 0
	is "$2: as many tests as planned" "$seen" "$(sed -n 's/^1\.\.//p' out)"
	[ "$status" -eq 0 ] || note "$(grep -E "test.c:|^not ok" out | head -n 30)"
}

for p in "$programs"/*; do
	name=$(basename "$p")
	if [ "${name%32}" != "$name" ] && [ "$(zcat /proc/config.gz | grep -cE '^CONFIG_(IA32_EMULATION|X86_32)=y')" = 0 ]; then
		skip "$name" "this kernel runs no 32-bit programs"
		continue
	fi
	run "$p" "$name"
done
done_testing
