# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# stage.sh - run the steps of something long: say what is done, show that it moves, and how long it took.
#
#   stage_total=7
#   stage "title" LOG command args...     one line when finished; on failure the end of LOG, and return 1
# A function stage_progress, if there is one, prints what to show behind the title while the command runs.

stage_number=0
stage_total=${stage_total:-0}

stage() {
	local title=$1 log=$2 start=$EPOCHREALTIME pid status=0 shown='' now tick=0 head
	shift 2

	stage_number=$((stage_number + 1))
	head="[$stage_number/$stage_total] $title"
	mkdir -p "$(dirname "$log")"
	[ -t 1 ] || printf '%s ...\n' "$head"
	"$@" </dev/null >"$log" 2>&1 &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		tick=$((tick + 1))
		now=
		[ "$(type -t stage_progress)" != function ] || now=$(stage_progress "$log")
		if [ -t 1 ]; then
			printf '\r\033[K%s  %d s  %s' "$head" $((tick / 5)) "$now"
			sleep 0.2
		else
			sleep 0.2
			if [ $((tick % 150)) -eq 0 ] && [ "$now" != "$shown" ]; then
				printf '    %d s  %s\n' $((tick / 5)) "$now"
				shown=$now
			fi
		fi
	done
	wait "$pid" || status=$?
	now=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
	[ ! -t 1 ] || printf '\r\033[K'
	if [ "$status" -ne 0 ]; then
		printf '%s  FAILED after %s s\n' "$head" "$now"
		tail -n 12 "$log" | sed 's/^/    /'
		echo "    all of it: $log"
		return 1
	fi
	printf '%s  %s s\n' "$head" "$now"
}
