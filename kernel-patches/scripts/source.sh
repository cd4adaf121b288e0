#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# source.sh - get Debian's kernel source, unpack it below BUILD/linux and apply the series.
#
# usage: source.sh BUILD
# The source comes from the package linux-source-6.12: the installed one, or downloaded with apt.
# When only the series changed, the old patches are taken off and the new ones put on, so that
# a rebuild compiles what changed.
set -eu
. "$(dirname "$0")/common.sh"

build=$1
mkdir -p "$build"
build=$(cd "$build" && pwd)
src=$build/linux
one_at_a_time "$build"
name=linux-source-$VCTX_KERNEL

tar=/usr/src/$name.tar.xz
if [ ! -f "$tar" ]; then
	tar=$build/download/$name.tar.xz
	if [ ! -f "$tar" ]; then
		command -v apt-get >/dev/null ||
			die "no $name and no apt-get: this needs Debian 12, or the source as $tar"
		mkdir -p "$build/download"
		cd "$build/download"
		rm -f "$name"_*.deb
		apt-get -q download "$name" >apt.log 2>&1 ||
			die "apt-get cannot download $name ($(tail -n 1 apt.log)): run 'apt-get update', check the package sources"
		dpkg-deb --fsys-tarfile "$name"_*.deb | tar -xO "./usr/src/$name.tar.xz" >"$tar.new" ||
			die "the package $name has no $name.tar.xz"
		mv "$tar.new" "$tar"
		rm -f "$name"_*.deb
		cd - >/dev/null
	fi
fi

# unpacked from this very file?
stamp="$name $(stat -c '%s %Y' "$tar")"
if [ "$(cat "$src/.vctx-source" 2>/dev/null)" != "$stamp" ]; then
	free=$(space_mib "$build")
	[ "$free" -ge 6000 ] || die "only $free MiB free in $build, 6000 needed: make room or build elsewhere with B=DIR"
	echo "  UNPACK   $name"
	rm -rf "$src" "$build/linux.new"
	mkdir -p "$build/linux.new"
	tar -xJf "$tar" -C "$build/linux.new" --strip-components=1 ||
		die "cannot unpack $tar"
	echo "$stamp" >"$build/linux.new/.vctx-source"
	mv "$build/linux.new" "$src"
fi
exec "$KP/scripts/apply.sh" "$src"
