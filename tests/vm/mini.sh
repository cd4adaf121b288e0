#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mini.sh - make the small test image: mini.sh OUTPUT TOOLS-TREE
#
# An ext4 file system with busybox, the static test programs and, with their libraries, our tools from
# TOOLS-TREE (what 'make install DESTDIR=' made; may be empty). Needs no rights.
set -euo pipefail

out=$1 tools=$2
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d "$(dirname "$out")/mini.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
root=$tmp/root

mkdir -p "$root"/{bin,sbin,dev,proc,sys,run,tmp,root,etc,mnt,var/lib,var/run,usr/bin,usr/sbin,usr/lib/vctx-test,lib64,lib}
chmod 1777 "$root/tmp"
cp "$(command -v busybox)" "$root/bin/busybox"
for applet in $("$root/bin/busybox" --list-full); do
	case $applet in
	linuxrc | sbin/init | bin/busybox) ;;
	*)
		mkdir -p "$root/${applet%/*}"
		ln -sf /bin/busybox "$root/$applet"
		;;
	esac
done

"$here/cc.sh" "$here/init.c" "$root/sbin/init"
for src in "$here"/prog/*.c; do
	[ -f "$src" ] || continue
	name=${src##*/}
	"$here/cc.sh" "$src" "$root/usr/lib/vctx-test/${name%.c}"
done

# a dynamic program and the libraries it asks for
add() {
	local lib

	[ -e "$root$2" ] && [ ! -L "$root$2" ] || { rm -f "$root$2"; mkdir -p "$root${2%/*}"; cp -L "$1" "$root$2"; }
	{ ldd "$1" 2>/dev/null || :; } | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p' |
		while read -r lib; do
			case $lib in "$tools"/*) continue ;; esac
			[ -e "$root$lib" ] || { mkdir -p "$root${lib%/*}"; cp -L "$lib" "$root$lib"; }
		done
}
# The real ones where busybox has less or other options, and of all that run another program: busybox would run
# its applets instead of what is in the path.
for prog in dash bash timeout env nice nohup xargs find chroot setsid sleep mount umount setpriv unshare nsenter \
	ipcs ipcmk ipcrm prlimit tar gzip bzip2 xz zstd ps pgrep pkill ip ss jq mkfs.ext4 mkfs.xfs getfattr setfattr getfacl setfacl keyctl; do
	path=$(PATH=$PATH:/usr/sbin:/sbin command -v "$prog") || continue
	rm -f "$root/bin/$prog" "$root/sbin/$prog" "$root/usr/sbin/$prog" "$root/usr/bin/$prog"
	add "$path" "/usr/bin/$prog"
done
ln -sf /usr/bin/bash "$root/bin/bash"
ln -sf /usr/bin/dash "$root/bin/sh"

if [ -d "$tools" ]; then
	cp -a "$tools/." "$root/"
	while IFS= read -r -d '' prog; do
		LD_LIBRARY_PATH=$(find "$tools" -name 'libvctx.so*' -printf '%h\n' | sort -u | paste -sd:) \
			add "$prog" "${prog#"$tools"}"
	done < <(find "$tools" -type f -perm -u+x ! -name '*.sh' -print0)
	rm -rf "$root"/usr/share/man "$root"/usr/local/share/man
	rm -f "$root"/usr/lib/*.a "$root"/usr/local/lib/*.a
	mkdir -p "$root/etc"
	find "$tools" -name 'libvctx.so*' -printf '%h\n' | sort -u | sed "s|^$tools||" >"$root/etc/ld.so.conf"
	/sbin/ldconfig -r "$root"
fi
printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/tmp:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\ntty:x:5:\nuser:x:1000:\n' >"$root/etc/group"
printf 'passwd: files\ngroup: files\n' >"$root/etc/nsswitch.conf"
ln -sf /proc/mounts "$root/etc/mtab"

size=$(($(du -sm "$root" | cut -f1) + 128))
fake=
[ "$(id -u)" = 0 ] || fake=fakeroot
$fake /sbin/mke2fs -qq -t ext4 -O ^has_journal,project,quota -E root_owner=0:0,lazy_itable_init=0 -L vctx-mini \
	-d "$root" "$tmp/img" "${size}M" >/dev/null
mv "$tmp/img" "$out"
