#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lint.sh - static checks of everything that is tracked: shellcheck, manual pages, cppcheck, clang, -fanalyzer.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
B=${B:-build}
bad=0

section() { echo "  LINT     $*"; }
check() { "$@" || bad=1; }

mapfile -t shell < <(git ls-files | while read -r f; do
	[ -f "$f" ] || continue
	case $f in
	*.sh) echo "$f" ;;
	*) case $(head -n 1 "$f" 2>/dev/null | tr -d '\0') in '#!/bin/sh'* | '#!/bin/bash'* | '#!/usr/bin/env bash'*) echo "$f" ;; esac ;;
	esac
done | sort -u)
section "shellcheck, ${#shell[@]} scripts"
check shellcheck -x -S warning "${shell[@]}"

mapfile -t pages < <(git ls-files '*.[1-8]' | xargs -r grep -lE '^\.(TH|Dd)' || :)
section "groff, ${#pages[@]} manual pages"
for p in "${pages[@]}"; do
	warnings=$(groff -man -Tutf8 -ww -z "$p" 2>&1)
	[ -z "$warnings" ] || { printf '%s\n' "$warnings"; bad=1; }
done

section cppcheck
check cppcheck -q --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 \
	--suppress=missingIncludeSystem -Ilib/include -Ilib/include/uapi -Ilib/shared -Ictx-tools/common lib ctx-tools

section clang
check make -s -k B="$B/clang" CC=clang all
section gcc -fanalyzer
check make -s -k B="$B/analyze" CC=gcc OPT='-O2 -fanalyzer' all
exit $bad
