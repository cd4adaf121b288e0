#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# promtool.sh - put promtool of Debian's prometheus into FILE; the package, which starts a daemon, is not installed
set -eu
[ -n "${1:-}" ] || { echo "usage: promtool.sh FILE" >&2; exit 2; }
[ ! -x "$1" ] || exit 0
if command -v promtool >/dev/null; then
	ln -sf "$(command -v promtool)" "$1"
	exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
cd "$tmp"
apt-get -q download prometheus >log 2>&1 ||
	{ echo "promtool.sh: apt-get cannot download prometheus ($(tail -n 1 log)): run 'apt-get update'" >&2; exit 1; }
dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xO ./usr/bin/promtool >promtool
chmod 755 promtool
cd - >/dev/null
mkdir -p "$(dirname "$1")"
cp "$tmp/promtool" "$1.new"
mv "$1.new" "$1"
