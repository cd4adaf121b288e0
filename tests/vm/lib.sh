# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lib.sh - boot a kernel with a root file system, on User-Mode Linux or QEMU. For run.sh and demo.sh.

vm_die() {
	echo "${0##*/}: $*" >&2
	exit 2
}

# vm_bed_of KERNEL: which bed this kernel is for
vm_bed_of() {
	local magic

	[ -r "$1" ] || vm_die "no kernel '$1': build one with 'make kernels'"
	magic=$(head -c 4 "$1" | od -An -tx1 | tr -d ' \n')
	if [ "$magic" = 7f454c46 ]; then echo um; else echo qemu; fi
}

# vm_command BED KERNEL ROOT PAYLOAD DISK MEM APPEND DIR CONSOLE
# Sets the array vm_cmd. The root file system is never written to: changes go to DIR or nowhere. Results come
# out of file descriptor 9. CONSOLE is "log" (standard output, no input) or "tty" (standard input and output).
vm_command() {
	local bed=$1 kernel=$2 root=$3 payload=$4 disk=$5 mem=$6 append=$7 dir=$8 console=$9
	local -a extra qemu_extra

	read -ra extra <<<"$append"
	case $bed in
	um)
		vm_cmd=("$kernel" "mem=$mem" "uml_dir=$dir/" umid=m noreboot panic=-1
			"ubd0=$dir/cow,$root" root=/dev/ubda rw con=null ssl=null)
		[ -z "$payload" ] || vm_cmd+=("ubd1r=$payload")
		[ -z "$disk" ] || vm_cmd+=("ubd2=$disk")
		if [ "$console" = tty ]; then
			vm_cmd+=("con0=fd:0,fd:1")
		else
			vm_cmd+=("con0=null,fd:1")
		fi
		[ -z "$payload" ] || vm_cmd+=("ssl0=null,fd:9")
		vm_cmd+=("${extra[@]}")
		;;
	qemu)
		vm_cmd=(qemu-system-x86_64 -accel "${VCTX_QEMU_ACCEL:-tcg,thread=multi}" -M q35 -cpu max
			-smp "${VCTX_QEMU_SMP:-2}" -m "$mem" -nodefaults -no-user-config -display none -no-reboot
			-kernel "$kernel" -drive "file=$root,format=raw,if=virtio,snapshot=on,cache=unsafe,file.locking=off")
		read -ra qemu_extra <<<"${VCTX_QEMU_ARGS:-}"
		vm_cmd+=("${qemu_extra[@]}")
		[ -z "$payload" ] ||
			vm_cmd+=(-drive "file=$payload,format=raw,if=virtio,readonly=on")
		[ -z "$disk" ] || vm_cmd+=(-drive "file=$disk,format=raw,if=virtio,cache=unsafe")
		if [ "$console" = tty ]; then
			vm_cmd+=(-chardev "stdio,id=c0,signal=off,mux=off" -serial chardev:c0)
		else
			vm_cmd+=(-serial "file:/dev/fd/1")
		fi
		[ -z "$payload" ] || vm_cmd+=(-serial "file:/dev/fd/9")
		vm_cmd+=(-append "root=/dev/vda rw console=ttyS0 panic=-1 ${extra[*]}")
		;;
	esac
}

# vm_run SECONDS: run vm_cmd; console to $1/console.log, results to $1/tap.log
vm_run() {
	local dir=$1 seconds=$2 status=0

	mkdir -p "$dir"
	: >"$dir/tap.log"
	TMPDIR=$(vm_tmp) timeout -s TERM -k 5 "$seconds" "${vm_cmd[@]}" </dev/null \
		>"$dir/console.log" 2>&1 9>"$dir/tap.log" || status=$?
	return "$status"
}

# User-Mode Linux keeps its memory in a file that it maps with PROT_EXEC: on a tmpfs with space and without noexec,
# where there is one; on a disc it is slower
vm_tmp() {
	local dir free

	for dir in /dev/shm /run /tmp; do
		[ -w "$dir" ] && [ "$(stat -f -c %T "$dir")" = tmpfs ] || continue
		free=$(df -Pm "$dir" | awk 'NR == 2 { print $4 }')
		if [ "$free" -ge 1500 ] && ! findmnt -n -o OPTIONS -T "$dir" | grep -qw noexec; then
			echo "$dir"
			return 0
		fi
	done
	echo "${TMPDIR:-/tmp}"
}

# vm_guest_disk FILE SIZE: an empty xfs, where files can be shared between guests (reflink)
vm_guest_disk() {
	local mkfs

	mkfs=$(PATH=$PATH:/usr/sbin:/sbin command -v mkfs.xfs) || vm_die "mkfs.xfs is not installed: run 'make deps'"
	truncate -s "$2" "$1"
	"$mkfs" -q -f -L vservers -m reflink=1,crc=1 "$1" >/dev/null || vm_die "cannot make a file system in $1"
}
