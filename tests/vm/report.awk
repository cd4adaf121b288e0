# SPDX-License-Identifier: GPL-2.0-or-later
# report.awk - judge what one test machine said: reads ignore, plan, console and tap, in this order.

# which file this is: an empty one never has a first line, so go by name
{
	name = FILENAME
	sub(/.*\//, "", name)
}

name == "ignore" {
	tab = index($0, "\t")
	ignore[substr($0, 1, tab - 1)] = substr($0, tab + 1)
	next
}

name == "plan" {
	order[++scenarios] = $1
	limit[$1] = $2
	next
}

name == "console" {
	if (match($0, /vctx-test: begin [^ ]+/)) {
		split(substr($0, RSTART, RLENGTH), w, " ")
		now = w[3]
		next
	}
	if ($0 ~ /vctx-test: end /) {
		now = ""
		next
	}
	if ($0 ~ /reboot: Power down/)
		off = 1
	if ($0 ~ /BUG:|BUG at|WARNING:|INFO: possible|possible circular|possible recursive|suspicious RCU|refcount_t|sleeping function called|detected stalls|self-detected stall|Kernel panic|Oops|general protection fault|unreferenced object|blocked for more than|UBSAN|DEBUG_LOCKS_WARN|KCSAN|Unable to handle|Kernel mode fault|unregister_netdevice: waiting|VFS: Busy inodes/) {
		if (now != "" && now in ignore && $0 ~ ignore[now])
			next
		if (++bad[now] <= 5)
			log_of[now] = log_of[now] "#   " $0 "\n"
	}
	next
}

name == "tap" {
	if ($1 == "@@" && $2 == "begin") {
		cur = $3
		begun[cur] = 1
		seen = 0
		notok = 0
		plan = -1
		skipped = 0
		next
	}
	if ($1 == "@@" && $2 == "end") {
		finish($4, $5)
		cur = ""
		next
	}
	if ($1 == "@@" && $2 == "done") {
		alive = 1
		next
	}
	if (cur == "")
		next
	if ($0 ~ /^1\.\.[0-9]+/) {
		plan = substr($1, 4) + 0
		if (plan == 0 && $0 ~ /SKIP/) {
			skipped = 1
			why = $0
			sub(/.*SKIP */, "", why)
		}
		next
	}
	if ($0 ~ /^(not )?ok( |$)/) {
		seen++
		isnot = /^not/
		text = $0
		sub(/^(not )?ok *[0-9]* *(- *)?/, "", text)
		# cmocka writes a skip as "not ok # SKIP"
		if (text ~ /# *SKIP/)
			isnot = 0
		if (isnot)
			notok++
		say(!isnot, cur ": " text)
		next
	}
	print ($0 ~ /^#/ ? $0 : "# " $0)
}

function say(good, text)
{
	total++
	if (!good)
		failures++
	printf "%s %d - %s: %s\n", good ? "ok" : "not ok", base + total, label, text
}

function finish(code, seconds)
{
	ended[cur] = 1
	if (code == 77 || skipped) {
		if (!skipped)
			why = "exit 77"
		if (must == "")
			say(1, cur " # SKIP " why)
		else
			say(0, cur ": must not be skipped here: " why)
		return
	}
	if (code != 0 && !notok)
		say(0, cur ": ended with status " code)
	else if (seen == 0)
		say(0, cur ": said nothing")
	else if (plan < 0)
		say(0, cur ": stopped before its plan")
	else if (plan != seen)
		say(0, cur ": planned " plan " tests, ran " seen)
	say(!(cur in bad), cur ": kernel log is clean")
	if (cur in bad)
		printf "%s", log_of[cur]
	printf "# %s: %s took %d s\n", label, cur, seconds
}

END {
	for (i = 1; i <= scenarios; i++)
		if (!(order[i] in ended)) {
			say(0, order[i] ": " (order[i] in begun ? "the machine died in it" : "the machine died before it"))
			if (order[i] in bad)
				printf "%s", log_of[order[i]]
		}
	if ("" in bad) {
		say(0, "kernel log is clean outside of scenarios")
		printf "%s", log_of[""]
	}
	# once in a thousand boots a signal finds no stack when the machine is off already ("overflowed sigaltstack")
	if (alive && off && label == "um" && (status == 134 || status == 139))
		print "# um: the process of User-Mode Linux died when the machine was off, status " status
	else if (!alive || status != 0)
		say(0, "the machine " (status == 124 || status == 137 ? "was stopped after its time" : "ended with status " status))
	printf "# %s: boot to power-off %s s\n", label, took
	print base + total, failures + 0 >counts
}
