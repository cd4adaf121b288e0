#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# demo.sh - what 'make run' does: build everything that is missing, boot, start three guests and show them.
#
# usage: demo.sh um|qemu        KERNEL=FILE in the environment: boot this kernel instead of building one
# On a terminal it ends in a shell on the host of the machine, without one it powers off. The exit status tells
# whether everything worked.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
cd "$top" || exit 1
B=${B:-build}
case $B in /*) ;; *) B=$top/$B ;; esac
# shellcheck source=tests/vm/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/lib/stage.sh
. "$here/../lib/stage.sh"

bed=${1:-um}
case $bed in
um) kernel=$B/kernel/um/linux target=kernel-um ;;
qemu) kernel=$B/kernel/x86_64/bzImage target=kernel-x86_64 ;;
*) vm_die "VM=$bed is unknown: um or qemu" ;;
esac
name=$(basename "$(dirname "$kernel")")
if [ -n "${KERNEL:-}" ]; then
	kernel=$KERNEL
	bed=$(vm_bed_of "$kernel") || exit 1
fi
interactive=''
begin=$SECONDS
if [ -t 0 ] && [ -t 1 ]; then interactive=1; fi

stage_progress() {
	case $stage_title in
	kernel) find "$B/linux/.obj-$name" -name '*.o' -newer "$B/run/.start" 2>/dev/null | wc -l | sed 's/$/ objects/' ;;
	debs) find "$B/download/debs" -name '*.deb' 2>/dev/null | wc -l | sed 's/$/ packages/' ;;
	*) tail -n 1 "$1" 2>/dev/null | cut -c1-60 ;;
	esac
}

echo "vctx: three virtual servers on one kernel ($([ "$bed" = um ] && echo User-Mode Linux || echo 'QEMU x86_64, everything emulated'))"
mkdir -p "$B/run" "$B/vm"
touch "$B/run/.start"
stage_total=7
[ -z "${KERNEL:-}" ] || stage_total=5
stage_title=deps
stage "packages" "$B/run/deps.log" make -s deps || exit 1
if [ -z "${KERNEL:-}" ]; then
	stage_title=source
	stage "kernel source and patches" "$B/run/source.log" make -s kernel-source || exit 1
	stage_title=kernel
	stage "kernel" "$B/run/kernel.log" make -s "$target" || exit 1
fi
stage_title=tools
stage "library and tools" "$B/run/tools.log" flock "$B/vm/.lock" make -s tree || exit 1
stage_title=debs
stage "Debian guest template" "$B/run/template.log" make -s template || exit 1
stage "Debian host image" "$B/run/host.log" flock "$B/vm/.lock" make -s vm-debian || exit 1

run=$(mktemp -d "$B/run/vm.XXXXXX") || exit 1
stty=''
cleanup() {
	[ -z "$stty" ] || stty "$stty"
	rm -rf "$run"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir "$run/payload"
cp "$here/demo-run.sh" "$run/payload/"
{
	echo "interactive=$interactive"
	[ -z "$interactive" ] || stty size | awk '{ print "rows=" $1 "\ncolumns=" $2 }'
	echo "term=${TERM:-dumb}"
	[ "$bed" = um ] && echo "console=/dev/tty0" || echo "console=/dev/ttyS0"
} >"$run/payload/settings"
tar --format=ustar --owner=0 --group=0 -C "$run/payload" -cf "$run/payload.tar" .
vm_guest_disk "$run/disk" 8G

stage_number=$((stage_number + 1))
echo "[$stage_number/$stage_total] boot"
start=$SECONDS
vm_command "$bed" "$kernel" "$B/vm/debian.img" "$run/payload.tar" "$run/disk" 1G \
	"quiet loglevel=3 systemd.show_status=0 vctx.demo" "$run" "$([ -n "$interactive" ] && echo tty || echo log)"
: >"$run/tap.log"
if [ -n "$interactive" ]; then
	stty=$(stty -g)
	[ "$bed" = um ] || stty raw -echo
	TMPDIR=$(vm_tmp) "${vm_cmd[@]}" 2>"$run/stderr" 9>"$run/tap.log"
	stty "$stty"
else
	TMPDIR=$(vm_tmp) timeout -k 5 900 "${vm_cmd[@]}" </dev/null 2>"$run/stderr" 9>"$run/tap.log" | tr -d '\r'
fi
verdict=$(tr -d '\r' <"$run/tap.log" | sed -n 's/^@@ demo //p' | tail -n 1)
echo
case $verdict in
ok*)
	echo "make run: everything worked ($((SECONDS - start)) s from boot to power-off, $((SECONDS - begin)) s in all)"
	exit 0
	;;
failed*)
	echo "make run: ${verdict#failed }"
	exit 1
	;;
*)
	tail -n 5 "$run/stderr"
	echo "make run: the machine did not come to an end"
	exit 1
	;;
esac
