#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# guest-run.sh - inside the test machine: run the scenarios of the payload one after another.
#
# Standard output is the channel of the results. A line "@@ begin NAME" opens a scenario, "@@ end NAME STATUS
# SECONDS" closes it and "@@ done" says that the machine was still alive after the last one.
here=${0%/*}
cd "$here" || exit 1
chmod +x ./*.bin 2>/dev/null
export VCTX_LIB="$here/lib" VCTX_PROG=/usr/lib/vctx-test
export PATH="$VCTX_PROG:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
for d in /dev/ubdc /dev/vdc; do
	[ -b "$d" ] && export VCTX_DISK="$d"
done

while read -r name limit; do
	echo "@@ begin $name"
	echo "vctx-test: begin $name" >/dev/kmsg
	work=$(mktemp -d /tmp/"$name".XXXXXX)
	start=$(cut -d. -f1 /proc/uptime)
	if [ -f "$name.bin" ]; then
		set -- "$here/$name.bin"
	elif head -n 1 "$name.sh" | grep -q bash; then
		set -- bash "$here/$name.sh"
	else
		set -- /bin/sh "$here/$name.sh"
	fi
	(cd "$work" && exec timeout -s KILL "$limit" "$@" </dev/null 2>"$work/.stderr")
	status=$?
	sed 's/^/# stderr: /' <"$work/.stderr"
	case $status in 137) echo "# killed: not finished after $limit s" ;; esac
	echo "vctx-test: end $name status $status" >/dev/kmsg
	echo "@@ end $name $status $(($(cut -d. -f1 /proc/uptime) - start))"
	cd "$here" || exit 1
	rm -rf "$work" 2>/dev/null
done <plan
echo "@@ done"
