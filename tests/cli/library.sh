#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# library.sh - what libvctx exports, documents and installs
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

map=$(sed -n 's/^\t\(vctx_[a-z_]*\);$/\1/p' lib/libvctx.map)
declared=$(grep -o '\<vctx_[a-z_]*(' lib/include/vctx.h | tr -d '(' | sort -u)
exported=$(nm -D --defined-only "$B/lib/libvctx.so.0" | sed -n 's/.* T \(.*\)@@.*/\1/p' | sort)
is "every symbol of the map is exported" "$(printf '%s\n' "$map" | sort)" "$exported"
is "and every one has its version" "$(nm -D --defined-only "$B/lib/libvctx.so.0" | grep ' T ' | grep -vc '@@VCTX_')" 0
missing=''
for f in $map; do
	printf '%s\n' "$declared" | grep -qx "$f" || missing="$missing $f"
	[ -s "$B/lib/man3/$f.3" ] || missing="$missing $f.3"
done
is "every symbol is declared and has a manual page" "$missing" ""
is "every declared function is exported" "$(printf '%s\n' "$declared" | grep -vxF "$map")" ""
is "manual pages are clean" "$(for p in "$B"/lib/man3/*.3 lib/man/vctx.7; do groff -man -ww -Tutf8 -z "$p"; done 2>&1)" ""
is "static and shared library have the same functions" \
	"$(nm --defined-only "$B/lib/libvctx.a" 2>/dev/null | sed -n 's/.* T \(vctx_.*\)/\1/p' | sort -u | grep -xF "$map" | sort)" "$exported"
is "nothing private is exported" "$(printf '%s\n' "$exported" | grep -v '^vctx_')" ""

# as a stranger would: build, install, find by pkg-config, compile, run; apart from what is being tested
if env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u SAN make -s install-lib B="$tmp/build" DESTDIR="$tmp" prefix=/usr >"$tmp/log" 2>&1; then
	pass "make install-lib"
else
	fail "make install-lib"
	note "$(cat "$tmp/log")"
fi
ok "the header stands for itself in C" gcc -std=c11 -Wall -Wextra -Werror -pedantic -I"$tmp/usr/include" -x c -c -o "$tmp/c.o" - <<<'#include <vctx.h>'
ok "and in C++" sh -c "echo '#include <vctx.h>' | gcc -std=c++11 -Wall -Werror -I'$tmp/usr/include' -x c++ -fsyntax-only -"
is "the version in the pkg-config file" "$(sed -n 's/^Version: //p' "$tmp/usr/lib/pkgconfig/libvctx.pc")" \
	"$(sed -n 's/^VERSION := //p' Makefile)"
printf '#include <stdio.h>\n#include <vctx.h>\nint main(void) { return puts(vctx_library_version()) < 0; }\n' >"$tmp/t.c"
ok "a program links with the shared library" gcc -I"$tmp/usr/include" -o "$tmp/t" "$tmp/t.c" -L"$tmp/usr/lib" -lvctx
is "and runs" "$(LD_LIBRARY_PATH=$tmp/usr/lib "$tmp/t")" "$(sed -n 's/^VERSION := //p' Makefile)"
# the kernel's headers as the series makes them
series=$top/kernel-patches/6.12/series
if [ -f "$series" ]; then
	mkdir "$tmp/kernel"
	applied=0
	while read -r patch; do
		case $patch in '' | '#'*) continue ;; esac
		(cd "$tmp/kernel" && GIT_CEILING_DIRECTORIES=$tmp git apply --include='include/uapi/linux/vserver*.h' \
			"$top/kernel-patches/6.12/$patch") 2>>"$tmp/log" || applied=1
	done <"$series"
	is "the headers can be taken from the series" $applied 0
	for header in vserver.h vserver_netlink.h; do
		ok "the copy of $header is the kernel's" \
			cmp "$tmp/kernel/include/uapi/linux/$header" "lib/include/uapi/linux/$header"
	done
else
	skip "copies of the kernel's headers" "there is no series yet"
fi
for example in lib/examples/*.c; do
	ok "example ${example##*/} is under 100 lines" test "$(wc -l <"$example")" -lt 100
done
done_testing
