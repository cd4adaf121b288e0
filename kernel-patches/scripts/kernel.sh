#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# kernel.sh - build one of the test kernels, unless source, series, configuration and compiler are the same.
#
# usage: kernel.sh BUILD NAME ARCH FRAGMENT...
# The kernel becomes BUILD/kernel/NAME/linux or bzImage. Objects live inside the source tree, so that all paths
# in them are relative and ccache finds them again from another clone.
set -eu
. "$(dirname "$0")/common.sh"

build=$(cd "$1" && pwd) name=$2 arch=$3
shift 3
src=$build/linux
one_at_a_time "$build"
obj=$src/.obj-$name
out=$build/kernel/$name
case $arch in
um) image=linux ;;
*) image=arch/x86/boot/bzImage ;;
esac

n=$#
for f; do set -- "$@" "$KP/config/$f.config"; done
shift "$n"
cc=${KCC:-gcc}
hash=$({
	cat "$src/.vctx-source" "$src/.vctx-series/list"
	for p in $(cat "$src/.vctx-series/list"); do cat "$src/.vctx-series/$p"; done
	cat "$@" "$KP/scripts/mkconfig.sh"
	"$cc" --version
} | sha256sum | cut -c1-64)
if [ -e "$out/${image##*/}" ] && [ "$(cat "$out/hash" 2>/dev/null)" = "$hash" ]; then
	exit 0
fi

free=$(space_mib "$build")
[ "$free" -ge 2500 ] || die "only $free MiB free in $build, 2500 needed: make room or build elsewhere with B=DIR"
mkdir -p "$out"
rm -f "$out/hash"
echo "  KERNEL   $name"
"$KP/scripts/mkconfig.sh" "$src" "$obj" "$arch" "$@" || die "$name: the configuration is not as asked for"
wrapped=$cc
if command -v ccache >/dev/null; then
	wrapped="ccache $cc"
	export CCACHE_BASEDIR="$src" CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1
fi
export KBUILD_BUILD_USER=vctx KBUILD_BUILD_HOST=vctx KBUILD_BUILD_TIMESTAMP='2024-01-01' KBUILD_BUILD_VERSION=1
start=$(date +%s)
make -s -C "$src" O="$obj" ARCH="$arch" LOCALVERSION= CC="$wrapped" HOSTCC="$wrapped" \
	-j"${JOBS:-$(nproc)}" "${image##*/}" >"$out/log" 2>&1 || {
	grep -m 12 -B2 -A8 -E 'error:|Error [0-9]|undefined reference|No such file|No space' "$out/log" | head -n 40 >&2
	die "$name does not build: see $out/log"
}
cp "$obj/$image" "$out/${image##*/}.new"
[ "$arch" != um ] || strip "$out/${image##*/}.new"
mv "$out/${image##*/}.new" "$out/${image##*/}"
cp "$obj/.config" "$out/config"
grep -E 'warning:' "$out/log" | sort -u >"$out/warnings" || true
echo "$hash" >"$out/hash"
echo "  KERNEL   $name: $(($(date +%s) - start)) s"
