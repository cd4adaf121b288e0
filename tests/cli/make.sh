#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make.sh - what make does to folders: its own, other people's, and those things are installed in
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
B=${B:-$top/build}
case $B in /*) ;; *) B=$top/$B ;; esac
# shellcheck source=tests/lib/tap.sh
. "$top/tests/lib/tap.sh"
cd "$top" || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# a stranger has no sanitizers
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES SAN
env_b=$B
unset B

# one LINE STATUS make ARGS...: the only thing it says
one() {
	local line=$1 status=$2
	shift 2

	tap_run "$@"
	like "$*: says why" "$tap_out" "$line"
	is "$*: exit code" "$tap_status" "$status"
}

ok "make help" make help B="$tmp/none"
ok "make -n" make -n B="$tmp/none" all
not "neither makes anything" test -e "$tmp/none"

# a folder that is somebody's
mkdir -p "$tmp/foreign/lib" "$tmp/foreign/tests"
echo mine >"$tmp/foreign/lib/file"
for goal in clean distclean; do
	one "is no folder this project was built in" 2 make -s $goal B="$tmp/foreign"
done
ok "building in a folder that is not empty" make -s B="$tmp/foreign" "$tmp/foreign/lib/shared/util.o"
ok "removes nothing of it" test -s "$tmp/foreign/lib/file" -a -d "$tmp/foreign/tests"
ok "other flags" make -s B="$tmp/foreign" OPT=-O1 "$tmp/foreign/lib/shared/util.o"
not "remove what was built, now that the folder is ours" test -e "$tmp/foreign/lib/file"
touch "$tmp/foreign/lib/shared/util.o.keep"
ok "the same flags" make -s B="$tmp/foreign" OPT=-O1 "$tmp/foreign/lib/shared/util.o"
ok "a dry run with others" make -s -n B="$tmp/foreign" OPT=-O2 "$tmp/foreign/lib/shared/util.o"
ok "remove nothing" test -e "$tmp/foreign/lib/shared/util.o.keep"
ok "clean" make -s clean B="$tmp/foreign"
not "removes it" test -e "$tmp/foreign/lib"
ok "distclean" make -s distclean B="$tmp/foreign"
not "the folder too" test -e "$tmp/foreign"

# where it cannot
mkdir "$tmp/a b"
one "B='.*/a b': folders with blanks" 2 make -s B="$tmp/a b"
one "DESTDIR='.*/a b': folders with blanks" 2 make -s install DESTDIR="$tmp/a b"
one "cannot write to the folder '/proc/nix': give another one with B=DIR" 2 make -s B=/proc/nix
one "'/nix/cc' is no compiler, or the headers of libmnl and libcap are missing: run 'make deps' as root" 2 \
	make -s B="$tmp/nocc" CC=/nix/cc
one "headers of libmnl and libcap are missing" 2 make -s B="$tmp/nocc" CFLAGS='-O2 -nostdinc'
not "and nothing is made" test -e "$tmp/nocc/.flags"
ln -s "$top" "$tmp/a b/c"
one "the kernel cannot be built in a folder with blanks in its name" 2 \
	make -s -C "$tmp/a b" -f "$top/Makefile" -I "$top" kernel-um

# install and remove; what was built for the tests before is good enough
mkdir "$tmp/build"
for f in .flags lib ctx-tools init-scripts; do cp -a "$env_b/$f" "$tmp/build/" 2>/dev/null; done
install=(make -s B="$tmp/build" DESTDIR="$tmp/root")
usr=$tmp/root/usr/local
mkdir -p "$usr/share/man/man8" "$tmp/root/etc/default"
echo other >"$usr/share/man/man8/other.8"
find "$tmp/root" | sort >"$tmp/before"
ok "install" "${install[@]}" install
for f in sbin/vserver sbin/vnamespace lib/libvctx.so.0 include/vctx.h share/man/man8/vserver.8 lib/pkgconfig/libvctx.pc \
	lib/systemd/system/vserver@.service share/bash-completion/completions/vserver lib/vctx/initpost/debian \
	../../etc/init.d/vservers ../../etc/default/vservers; do
	ok "there is $f" test -e "$usr/$f"
done
is "no name of the building machine's folders is in it" "$(grep -rlF "$tmp" "$tmp/root" | head -n 3)" ""
is "nor a place that was not filled in" "$(grep -rlE '@(prefix|sbindir|libexecdir|sysconfdir|version)@' "$tmp/root")" ""
echo 'MARK=mine' >>"$tmp/root/etc/default/vservers"
mkdir -p "$tmp/root/etc/vservers/web1"
ok "install again" "${install[@]}" install
like "keeps what was configured" "$(cat "$tmp/root/etc/default/vservers")" 'MARK=mine'

# an example as a stranger compiles it, with what pkg-config says
export PKG_CONFIG_SYSROOT_DIR=$tmp/root PKG_CONFIG_PATH=$usr/lib/pkgconfig
if command -v pkg-config >/dev/null; then
	# shellcheck disable=SC2046 # words
	for e in lib/examples/*.c; do
		ok "example ${e##*/} with pkg-config" gcc -Wall -Werror -o "$tmp/example" "$e" $(pkg-config --cflags --libs libvctx)
		ok "example ${e##*/}, static" gcc -o "$tmp/example" "$e" $(pkg-config --cflags libvctx) \
			"$usr/lib/libvctx.a" $(PKG_CONFIG_SYSROOT_DIR='' pkg-config --libs libmnl)
	done
else
	skip "examples with pkg-config" "there is no pkg-config"
fi

ok "uninstall" "${install[@]}" uninstall
is "leaves what was there before, changed settings and guests" \
	"$(find "$tmp/root" ! -type d | sort; find "$tmp/root/etc" -type d | sort)" \
	"$(printf '%s\n' "$tmp/root/etc/default/vservers" "$usr/share/man/man8/other.8" "$tmp/root/etc" \
		"$tmp/root/etc/default" "$tmp/root/etc/init.d" "$tmp/root/etc/vservers" "$tmp/root/etc/vservers/web1")"
done_testing
