#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# cached.sh - run a command that makes a file, unless it was made from the same inputs already.
#
# usage: cached.sh FILE COMMAND... -- INPUT...     inputs are files and directories
set -euo pipefail

file=$1
shift
cmd=()
while [ "$1" != -- ]; do
	cmd+=("$1")
	shift
done
shift
mkdir -p "$(dirname "$file")"
hash=$({
	for input; do
		if [ -d "$input" ]; then
			find "$input" -printf '%P %y %m %l\n' | LC_ALL=C sort
			find "$input" -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
		elif [ -e "$input" ]; then
			sha256sum "$input"
		fi
	done
} | sha256sum | cut -c1-64)
if [ -e "$file" ] && [ "$(cat "$file.hash" 2>/dev/null)" = "$hash" ]; then
	exit 0
fi
rm -f "$file.hash"
"${cmd[@]}"
echo "$hash" >"$file.hash"
