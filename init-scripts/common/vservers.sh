#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vservers.sh - start or stop the guests with a mark, in parallel, each after those it depends on
#
# usage: vservers.sh start|stop|restart|condrestart|status [MARK]
#        vservers.sh setup              once after boot: tell the kernel what is configured for all guests
#
# Guests carry marks in apps/init/mark and name others in apps/init/depends. Exit status: 0 all did, 1 none did, 2
# some did; status: 0 all run, 3 some do not.
set -u

VSERVER=${VSERVER:-vserver}
SBINDIR=${SBINDIR:-@sbindir@}
CONFDIR=${VCTX_CONFDIR:-/etc/vservers}
NUMPARALLEL=${NUMPARALLEL:-6}

say() {
	echo "vservers: $*" >&2
}

usage() {
	say "$1"
	echo "usage: vservers start|stop|restart|condrestart|status [MARK]" >&2
	exit 2
}

# words FILE: its lines without comments
words() {
	[ -f "$1" ] && sed 's/#.*//' "$1"
}

# is WORD one of the words behind it?
among() {
	among_word=$1
	shift
	for among_other; do
		[ "$among_word" = "$among_other" ] && return 0
	done
	return 1
}

marked() {
	for dir in "$CONFDIR"/*/; do
		guest=$(basename "$dir")
		case $guest in *~ | *.rpmsave | *.rpmnew | *.rpmorig | *.cfsaved* | *.dpkg-*) continue ;; esac
		if [ -e "$dir/disabled" ] || [ ! -d "$dir" ]; then
			continue
		fi
		# shellcheck disable=SC2046 # the words are wanted
		if among "$1" $(words "$dir/apps/init/mark"); then
			echo "$guest"
		fi
	done
}

# the guests given and all they depend on
with_dependencies() {
	todo=$*
	all=
	while [ -n "$todo" ]; do
		# shellcheck disable=SC2086
		set -- $todo
		guest=$1
		shift
		todo=$*
		# shellcheck disable=SC2086
		among "$guest" $all && continue
		all="$all $guest"
		todo="$todo $(words "$CONFDIR/$guest/apps/init/depends" | tr '\n' ' ')"
		todo=$(echo "$todo" | sed 's/^ *//; s/ *$//')
	done
	echo "$all"
}

# before VERB GUEST: whom of $all it has to wait for
before() {
	if [ "$1" = start ]; then
		words "$CONFDIR/$2/apps/init/depends"
	else
		# shellcheck disable=SC2154
		for other in $all; do
			# shellcheck disable=SC2046
			if among "$2" $(words "$CONFDIR/$other/apps/init/depends"); then
				echo "$other"
			fi
		done
	fi
}

# run VERB for all of $all, in waves: whoever waits for nobody goes next
run() {
	verb=$1
	ok=0
	bad=0
	failed=
	waiting=$all
	while [ -n "$waiting" ]; do
		wave=
		rest=
		given_up=
		for guest in $waiting; do
			ready=yes
			for other in $(before "$verb" "$guest"); do
				# shellcheck disable=SC2086
				if among "$other" $failed; then
					ready=never
				elif [ $ready = yes ] && among "$other" $waiting; then
					ready=no
				fi
			done
			case $ready in
			yes) wave="$wave $guest" ;;
			no) rest="$rest $guest" ;;
			never)
				say "$guest: not started, a guest it depends on has failed"
				failed="$failed $guest"
				given_up=yes
				bad=$((bad + 1))
				;;
			esac
		done
		# whoever waits for one that was given up is next
		if [ -z "$wave$given_up" ] && [ -n "$rest" ]; then
			say "these depend on each other in a circle:$rest"
			bad=$((bad + 1))
			break
		fi
		# shellcheck disable=SC2086
		set -- $wave
		while [ $# -gt 0 ]; do
			n=0
			pids=
			while [ $# -gt 0 ] && [ $n -lt "$NUMPARALLEL" ]; do
				"$VSERVER" --silent --quiet --defaulttty --sync "$1" "$verb" </dev/null &
				pids="$pids $!:$1"
				n=$((n + 1))
				shift
			done
			for job in $pids; do
				if wait "${job%%:*}"; then
					ok=$((ok + 1))
				else
					bad=$((bad + 1))
					# when stopping, whoever is below still has to be stopped
					[ "$verb" = stop ] || failed="$failed ${job#*:}"
				fi
			done
		done
		waiting=$rest
	done
	[ $bad -eq 0 ] && return 0
	[ $ok -eq 0 ] && return 1
	return 2
}

setup() {
	result=0
	if [ ! -e /proc/sys/kernel/vshelper ]; then
		say "this kernel has no virtual servers"
		return 1
	fi
	# who reacts when a guest reboots
	echo "$SBINDIR/vshelper" >/proc/sys/kernel/vshelper || result=1
	# what guests see of /proc, when somebody wants it otherwise than the kernel
	if [ -e "$CONFDIR/.defaults/apps/vprocunhide/files" ]; then
		"$SBINDIR/vprocunhide" --quiet || result=1
	fi
	return $result
}

[ $# -ge 1 ] || usage "nothing to do given"
[ $# -le 2 ] || usage "too many arguments"
mark=${2:-${MARK:-default}}
case $NUMPARALLEL in '' | *[!0-9]* | 0) usage "bad NUMPARALLEL '$NUMPARALLEL'" ;; esac

selected=$(marked "$mark")
case $1 in
start)
	# shellcheck disable=SC2086
	all=$(with_dependencies $selected)
	run start
	;;
stop)
	all=$(echo "$selected" | tr '\n' ' ')
	run stop
	;;
restart)
	all=$(echo "$selected" | tr '\n' ' ')
	run stop
	# shellcheck disable=SC2086
	all=$(with_dependencies $selected)
	run start
	;;
condrestart)
	all=
	for guest in $selected; do
		if "$VSERVER" --silent "$guest" running; then
			all="$all $guest"
		fi
	done
	run condrestart
	;;
setup)
	setup
	;;
status)
	result=0
	for guest in $selected; do
		"$VSERVER" "$guest" status || result=3
	done
	exit $result
	;;
*) usage "unknown action '$1'" ;;
esac
