#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh - boot test kernels and run scenarios in them; speaks TAP.
set -euo pipefail

usage() {
	cat <<'EOF'
Usage: tests/vm/run.sh [options] [SCENARIO...]
Boot a test machine for each SCENARIO (default: all that fit) and report as TAP.

  --bed um|qemu     User-Mode Linux (default) or QEMU x86_64 with two processors
  --debug           QEMU kernel with KASAN and lockdep
  --kernel FILE     this kernel instead of the one of 'make kernels'; tells the bed, too
  --append "ARGS"   more kernel arguments
  --image FILE      this root file system instead of the scenario's
  --only c|sh       without names: only the scenarios written in C (kernel level) or in shell (tools)
  --together        one boot for all scenarios that need the same machine (default on QEMU)
  --separate        one boot for each scenario (default on User-Mode Linux)
  --times N         run everything N times
  --keep            keep the directory with console.log and tap.log, and say where it is
  --no-make         use the images as they are
  --shell           no scenario: a shell in the small image, on this terminal
  -l, --list        list the scenarios and what they need
  -h, --help        this text

SCENARIO is a name or a file: tests/vm/scenarios/NAME.sh or NAME.c
Example: tests/vm/run.sh --kernel ~/linux/linux boot isolation
EOF
}

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
B=${B:-$top/build}
case $B in /*) ;; *) B=$top/$B ;; esac
# shellcheck source=tests/vm/lib.sh
. "$here/lib.sh"

bed='' debug='' kernel='' append='' image='' grouping='' times=1 keep='' nomake=${VCTX_NO_MAKE:-} shell='' list='' only=''
names=()
need_arg() { [ "$2" -gt 1 ] || vm_die "option '$1' needs a value"; }
while [ $# -gt 0 ]; do
	case $1 in
	--bed) need_arg "$1" $#; bed=$2; shift ;;
	--debug) debug=1 ;;
	--kernel) need_arg "$1" $#; kernel=$2; shift ;;
	--append) need_arg "$1" $#; append=$2; shift ;;
	--only) need_arg "$1" $#; only=$2; shift ;;
	--image) need_arg "$1" $#; image=$2; shift ;;
	--together) grouping=together ;;
	--separate) grouping=separate ;;
	--times) need_arg "$1" $#; times=$2; shift ;;
	--keep) keep=1 ;;
	--no-make) nomake=1 ;;
	--shell) shell=1 ;;
	-l | --list) list=1 ;;
	-h | --help) usage; exit 0 ;;
	-*) vm_die "unknown option '$1'; try --help" ;;
	*) names+=("$1") ;;
	esac
	shift
done

if [ -n "$kernel" ]; then
	[ -n "$bed" ] || bed=$(vm_bed_of "$kernel")
elif [ -n "$debug" ]; then
	bed=${bed:-qemu}
	[ "$bed" = qemu ] || vm_die "--debug is for QEMU; give a debug kernel of User-Mode Linux with --kernel"
fi
bed=${bed:-um}
# a limit only ends what hangs: it leaves room for a busy machine below
case $bed in
um) default_kernel=$B/kernel/um/linux factor=3 ;;
qemu) default_kernel=$B/kernel/x86_64/bzImage factor=6 ;;
*) vm_die "unknown bed '$bed': um or qemu" ;;
esac
if [ -n "$debug" ]; then
	default_kernel=$B/kernel/x86_64-debug/bzImage
	factor=15
fi
label=$bed${debug:+-debug}
kernel=${kernel:-$default_kernel}
grouping=${grouping:-$([ "$bed" = um ] && echo separate || echo together)}

# what a scenario says about itself in its first comment
header() {
	sed -n "1,40{s%^[#/ *]*$2:[[:space:]]*%%p}" "$1" | head -n 1
}

find_scenario() {
	local f

	for f in "$1" "$here/scenarios/$1" "$here/scenarios/$1.sh" "$here/scenarios/$1.c"; do
		if [ -f "$f" ]; then
			realpath "$f"
			return 0
		fi
	done
	vm_die "no scenario '$1' in tests/vm/scenarios; --list shows them"
}

files=()
if [ ${#names[@]} -eq 0 ]; then
	for f in "$here"/scenarios/*.sh "$here"/scenarios/*.c; do
		[ -f "$f" ] || continue
		[ -z "$only" ] || [ "$only" = "${f##*.}" ] || continue
		beds=$(header "$f" bed)
		beds=" ${beds:-um qemu} "
		if [ -z "$debug" ]; then
			case $beds in *" $bed "*) files+=("$f") ;; esac
		else
			# everything is ten times slower there: the kernel level, and what asks for it
			case $beds:$f in
			*" debug "*) files+=("$f") ;;
			*" qemu "*:*.c) files+=("$f") ;;
			esac
		fi
	done
else
	for f in "${names[@]}"; do
		files+=("$(find_scenario "$f")")
	done
fi

if [ -n "$list" ]; then
	printf '%-28s %-8s %-7s %4s  %s\n' SCENARIO BED IMAGE TIME WHAT
	for f in "$here"/scenarios/*.sh "$here"/scenarios/*.c; do
		[ -f "$f" ] || continue
		n=${f##*/}
		b=$(header "$f" bed) i=$(header "$f" image) t=$(header "$f" timeout)
		printf '%-28s %-8s %-7s %4s  %s\n' "${n%.*}" "${b:-um qemu}" "${i:-mini}" "${t:-60}" \
			"$(sed -n 's%^[#/ *]*[a-z0-9-]* - %%p' "$f" | head -n 1)"
	done
	exit 0
fi
[ -r "$kernel" ] || vm_die "no kernel '${kernel#"$top"/}': build it with 'make kernels'"
[ "$bed" = um ] || command -v qemu-system-x86_64 >/dev/null ||
	vm_die "qemu-system-x86_64 is not installed: run 'make deps'"

mkdir -p "$B/vm"
run=$(mktemp -d "$B/vm/run.XXXXXX")
cleanup() {
	if [ -n "$keep" ]; then
		echo "# logs: $run"
		rm -rf "$run"/*/m
	else
		rm -rf "$run"
	fi
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

image_of() {
	if [ -n "$image" ]; then echo "$image"; else echo "$B/vm/$1.img"; fi
}

# make_target TARGET WHAT
make_target() {
	[ -z "$nomake" ] || return 0
	if ! flock "$B/vm/.lock" make -s -C "$top" B="$B" TREE_OPTIONAL=1 "$1" >"$run/make.log" 2>&1; then
		sed 's/^/# /' "$run/make.log" | tail -n 20
		vm_die "cannot build the $2"
	fi
	sed -n '/^tree.sh: /s/^/# /p' "$run/make.log"
}

make_image() {
	[ -n "$image" ] || make_target "vm-$1" "image '$1'"
}

if [ -n "$shell" ]; then
	make_image mini
	mkdir -p "$run/1"
	vm_command "$bed" "$kernel" "$(image_of mini)" '' '' 1G "loglevel=4 $append" "$run/1" tty
	stty=$(stty -g 2>/dev/null) || stty=
	[ -z "$stty" ] || stty raw -echo
	TMPDIR=$(vm_tmp) "${vm_cmd[@]}" || true
	[ -z "$stty" ] || stty "$stty"
	exit 0
fi

# Group the scenarios by the machine they need.
declare -A group=()
order=()
for f in "${files[@]}"; do
	i=$(header "$f" image) a=$(header "$f" append) m=$(header "$f" mem) d=$(header "$f" disk)
	key="${i:-mini}|$a|${m:-1G}|$d"
	if [ "$grouping" = separate ] && [ "${i:-mini}" = mini ] || [ -n "$(header "$f" alone)" ]; then
		key+="|$f"
	fi
	[ -n "${group[$key]:-}" ] || order+=("$key")
	group[$key]+="$f"$'\n'
done
[ ${#order[@]} -gt 0 ] || vm_die "no scenario fits the bed $bed"

total=0 failed=0
for key in "${order[@]}"; do
	IFS='|' read -r img _ <<<"$key"
	make_image "$img"
	[ -r "$(image_of "$img")" ] || vm_die "no image '$(image_of "$img")'"
	while read -r f; do
		t=$([ -z "$f" ] || header "$f" template)
		[ -z "$t" ] || make_target "template-$t" "template '$t'"
	done <<<"${group[$key]}"
done

# one boot for the scenarios in $2 (one per line) on the machine $1
boot() {
	local key=$1 list=$2 img args mem disk dir pay f n t sum=0 status=0 start

	boots=$((boots + 1))
	dir=$run/$boots pay=$run/$boots/payload
	mkdir -p "$pay/lib"
	IFS='|' read -r img args mem disk _ <<<"$key"
	cp "$here/guest-run.sh" "$pay/"
	cp "$top"/tests/lib/*.sh "$pay/lib/"
	: >"$pay/plan"
	: >"$dir/ignore"
	while read -r f; do
		[ -n "$f" ] || continue
		n=${f##*/}
		t=$(header "$f" timeout)
		t=$((${t:-60} * factor))
		sum=$((sum + t))
		case $f in
		*.c) "$here/cc.sh" "$f" "$pay/${n%.c}.bin" || vm_die "cannot compile $f" ;;
		*) cp "$f" "$pay/" ;;
		esac
		echo "${n%.*} $t" >>"$pay/plan"
		t=$(header "$f" log-ignore)
		[ -z "$t" ] || printf '%s\t%s\n' "${n%.*}" "$t" >>"$dir/ignore"
		[ -z "$(header "$f" selftests)" ] || "$here/selftests.sh" "$B/linux" "$pay/$(basename "${f%.*}").d" ||
			vm_die "cannot compile the selftests of the series"
		t=$(header "$f" template)
		[ -z "$t" ] || cp "$B/vm/debian-$t.tar.zst" "$pay/$(basename "${f%.*}").tar.zst" || vm_die "no template '$t'"
		[ ! -d "${f%.*}.d" ] || cp -r "${f%.*}.d" "$pay/"
	done <<<"$list"
	tar --format=ustar --owner=0 --group=0 -C "$pay" -cf "$dir/payload.tar" .
	if [ "$img" = debian ]; then
		disk=${disk:-6G}
		vm_guest_disk "$dir/disk" "$disk"
	elif [ -n "$disk" ]; then
		truncate -s "$disk" "$dir/disk"
	fi
	vm_command "$bed" "$kernel" "$(image_of "$img")" "$dir/payload.tar" "${disk:+$dir/disk}" "$mem" \
		"loglevel=7 vctx.test $args $append" "$dir" log
	start=$(date +%s.%N)
	vm_run "$dir" $((sum + 60 * factor)) || status=$?
	tr -d '\r' <"$dir/tap.log" >"$dir/tap"
	tr -d '\r' <"$dir/console.log" >"$dir/console"
	rm -f "$dir/cow" "$dir/disk"
	report "$dir" "$status" "$(date +%s.%N | awk -v s="$start" '{printf "%.1f", $1 - s}')"
}

# turn what came out of one machine into TAP lines with running numbers
report() {
	awk -v label="$label" -v base="$total" -v status="$2" -v took="$3" -v must="${VCTX_TEST_MUST_RUN:-}" \
		-v counts="$1/counts" -f "$here/report.awk" "$1/ignore" "$1/payload/plan" "$1/console" "$1/tap"
	read -r total_now failed_now <"$1/counts"
	total=$total_now
	failed=$((failed + failed_now))
	if [ "$failed_now" -gt 0 ] && [ "${VCTX_VM_LOG:-1}" != 0 ]; then
		echo "# --- last lines of the console"
		tail -n 25 "$1/console" | sed 's/^/#   /'
		echo "# ---"
	fi
}

boots=0
echo "TAP version 13"
echo "# bed $label, kernel ${kernel#"$top"/}"
for _ in $(seq "$times"); do
	for key in "${order[@]}"; do
		boot "$key" "${group[$key]}"
	done
done
echo "1..$total"
[ "$failed" -eq 0 ]
