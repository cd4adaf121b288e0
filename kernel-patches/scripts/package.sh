#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# package.sh - build the patched x86_64 kernel with modules for a real host, as Debian packages.
#
# usage: package.sh BUILD CONFIG         CONFIG: a configuration to start from, usually /boot/config-...
# Options the feature needs are switched on, new options get their default. The packages go to BUILD/packages.
set -eu
. "$(dirname "$0")/common.sh"

config=${2:-}
[ -n "$config" ] || die "say which configuration to build from, for example: make kernel KCONFIG=/boot/config-$(uname -r)"
[ -r "$config" ] || die "cannot read the configuration '$config'"
build=$(cd "$1" && pwd)
src=$build/linux
one_at_a_time "$build"
obj=$src/.obj-host
for p in dpkg-deb dpkg-buildpackage dh rsync; do
	command -v $p >/dev/null || die "$p is missing: apt-get install dpkg-dev debhelper rsync"
done
free=$(space_mib "$build")
[ "$free" -ge 5000 ] || die "only $free MiB free in $build, 5000 are the least (30000 for a full Debian configuration)"

mkdir -p "$obj" "$build/packages"
cp "$config" "$obj/.config.base"
(cd "$src" && KCONFIG_CONFIG="$obj/.config" scripts/kconfig/merge_config.sh -m -O "$obj" "$obj/.config.base" \
	"$KP/config/host.config") >"$build/packages/log" 2>&1 ||
	die "cannot merge the configuration: see $build/packages/log"
make -s -C "$src" O="$obj" ARCH=x86_64 olddefconfig >>"$build/packages/log" 2>&1 ||
	die "the configuration cannot be completed: see $build/packages/log"
if [ -d "$src/security/vserver" ]; then
	grep -q '^CONFIG_VSERVER=y' "$obj/.config" || die "CONFIG_VSERVER cannot be switched on in '$config': it needs SECURITY, NET, SYSVIPC and NAMESPACES"
fi
cc=gcc
if command -v ccache >/dev/null; then
	cc="ccache gcc"
	export CCACHE_BASEDIR="$src" CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1
fi
export KBUILD_BUILD_USER=vctx KBUILD_BUILD_HOST=vctx
echo "  KERNEL   packages from ${config##*/}"
rm -f "$src"/*.deb
make -s -C "$src" O="$obj" ARCH=x86_64 LOCALVERSION=-vctx CC="$cc" HOSTCC="$cc" -j"${JOBS:-$(nproc)}" bindeb-pkg \
	</dev/null >>"$build/packages/log" 2>&1 || {
	grep -m 5 -E 'error|Error|No space|Unmet' "$build/packages/log" >&2 || :
	die "the packages do not build: see $build/packages/log"
}
mv "$src"/*.deb "$build/packages/"
rm -f "$src"/linux-upstream_* "$src"/linux-image*.buildinfo "$src"/*.changes
ls "$build/packages"/*.deb
