# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tap.sh - say what a test found, in the Test Anything Protocol. For sh and bash.
#
#   . "$VCTX_LIB/tap.sh"
#   ok "what holds" command args...          passes when the command succeeds
#   not "what holds" command args...         passes when the command fails (but is found)
#   is "what holds" "$got" "$wanted"         compares two texts
#   like "what holds" "$got" 'regex'         extended regular expression, one line of the text is enough
#   exits "what holds" CODE command args...  compares the exit status
#   pass|fail "what holds"                   a verdict of your own
#   skip "what" "why"                        one test that cannot run here
#   skip_all "why"                           the whole file cannot run here
#   done_testing                             last line: prints the plan, sets the exit status
#   note "text"                              a comment in the output

tap_count=0
tap_failed=0

note() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

pass() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s\n' "$tap_count" "$1"
}

fail() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_count" "$1"
	return 0
}

skip() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

skip_all() {
	printf '1..0 # SKIP %s\n' "$1"
	exit 77
}

# run a command, keep its status and what it said
tap_run() {
	tap_out=$("$@" 2>&1)
	tap_status=$?
}

ok() {
	tap_what=$1
	shift
	tap_run "$@"
	if [ "$tap_status" -eq 0 ]; then
		pass "$tap_what"
	else
		fail "$tap_what"
		note "status $tap_status from: $*"
		[ -z "$tap_out" ] || note "$tap_out"
	fi
}

not() {
	tap_what=$1
	shift
	tap_run "$@"
	case $tap_status in
	0 | 126 | 127)
		fail "$tap_what"
		note "status $tap_status from: $*"
		[ -z "$tap_out" ] || note "$tap_out"
		;;
	*)
		pass "$tap_what"
		;;
	esac
}

exits() {
	tap_what=$1
	tap_want=$2
	shift 2
	tap_run "$@"
	if [ "$tap_status" -eq "$tap_want" ]; then
		pass "$tap_what"
	else
		fail "$tap_what"
		note "status $tap_status, not $tap_want, from: $*"
		[ -z "$tap_out" ] || note "$tap_out"
	fi
}

is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1"
		note "got:    $2"
		note "wanted: $3"
	fi
}

like() {
	if printf '%s\n' "$2" | grep -Eq -- "$3"; then
		pass "$1"
	else
		fail "$1"
		note "got:    $2"
		note "wanted: something like $3"
	fi
}

done_testing() {
	printf '1..%d\n' "$tap_count"
	[ "$tap_failed" -eq 0 ] || exit 1
	exit 0
}
