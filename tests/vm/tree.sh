#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tree.sh - install the tools into a folder for the images, and leave it alone when nothing changed.
#
# usage: tree.sh FOLDER [--optional] -- COMMAND...     COMMAND installs into FOLDER.new
set -euo pipefail

tree=$1 optional=
shift
if [ "$1" = --optional ]; then
	optional=1
	shift
fi
shift
rm -rf "$tree.new"
mkdir -p "$tree.new"
if ! "$@" >"$tree.log" 2>&1; then
	rm -rf "$tree.new"
	tail -n 15 "$tree.log" >&2
	if [ -n "$optional" ]; then
		echo "tree.sh: warning: the tools do not build: going on with those of the last build" >&2
		mkdir -p "$tree"
		exit 0
	fi
	echo "tree.sh: the tools do not build or install" >&2
	exit 1
fi
if diff -rq --no-dereference "$tree.new" "$tree" >/dev/null 2>&1; then
	rm -rf "$tree.new"
else
	rm -rf "$tree"
	mv "$tree.new" "$tree"
fi
