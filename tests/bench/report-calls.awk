# SPDX-License-Identifier: GPL-2.0-or-later
# report-calls.awk - from what the two machines said to the table: awk -f report-calls.awk BASE VSERVER

/^V / {
	world = $2
	name = $0
	sub(/^V [^ ]* /, "", name)
	sub(/ = .*/, "", name)
	value[FNR == NR ? "base" : "vx", world, name] = $NF
	if (FNR == NR && world == "host")
		call[++calls] = name
	if (FNR != NR && split(world, part, ".") == 2 && name == "memory" && part[1] == "context")
		count[++counts] = part[2]
}

# which machine has measured sleepers of a kind
function where(kind) { return kind == "ns" ? "base" : "vx" }
function has(kernel, world, name) { return (kernel, world, name) in value && value[kernel, world, name] >= 0 }
function get(kernel, world, name) { return has(kernel, world, name) ? value[kernel, world, name] : 0 }

# how much more than the base: instructions and per cent
function more(kernel, world, name,    a, b, d) {
	if (!has(kernel, world, name))
		return "-"
	a = get("base", "host", name)
	b = get(kernel, world, name)
	d = b - a
	if (d > -0.5 && d < 0.5)
		return "0"
	return sprintf(d > -100000 && d < 100000 ? "%+.0f %+.1f%%" : "%+.0f", d, 100 * d / a)
}

# Another number of processes is no peer.
function comparable(name) { return name != "list /proc" }

function average(kernel, world,    i, n, sum) {
	worst = 0
	worst_name = ""
	over = 0
	for (i = 1; i <= calls; i++) {
		if (!has(kernel, world, call[i]) || !comparable(call[i]))
			continue
		base = get("base", "host", call[i])
		d = get(kernel, world, call[i]) - base
		sum += d / base
		n++
		if (d / base > worst) {
			worst = d / base
			worst_name = call[i]
		}
		if (d > 2.5 && d / base > 0.005)
			over++
	}
	return n ? 100 * sum / n : 0
}

function ratio(a, b) { return a && b ? sprintf("%.3f", a / b) : "-" }
function num(x) { return x == "" ? "-" : sprintf("%.0f", x) }
function met(yes) { return yes ? "met" : "NOT MET" }

function goal(what, aim, found, yes) {
	printf "%-58s %-26s %-22s %s\n", what, aim, found, yes
}

END {
	printf "Last run: calls\n---------------\n\n%s, Linux %s%s; in QEMU, counted, see above.\n\n", date, version, commit ? ", series of " commit : ""

	print "1. Instructions of a call: on the unpatched kernel, and how many more elsewhere"
	print ""
	n = split("host host+1 host+1000 flat fake pid flat+1000 ns", worlds, " ")
	printf "%-23s %8s", "", "unpatch."
	for (i = 1; i <= n; i++)
		printf " %12s", worlds[i]
	print ""
	for (i = 1; i <= calls; i++) {
		printf "%-23s %8.0f", call[i], get("base", "host", call[i])
		for (j = 1; j <= n; j++) {
			if (call[i] == "list /proc" && worlds[j] ~ /1000/)
				printf " %12s", "see 3"
			else
				printf " %12s", more(worlds[j] == "ns" ? "base" : "vx", worlds[j], call[i])
		}
		print ""
	}
	printf "%-23s %8s", "average", ""
	for (j = 1; j <= n; j++)
		printf " %12s", sprintf("%+.2f%%", average(worlds[j] == "ns" ? "base" : "vx", worlds[j]))
	printf "\n%-23s %8s", "worst", ""
	for (j = 1; j <= n; j++) {
		average(worlds[j] == "ns" ? "base" : "vx", worlds[j])
		printf " %12s", sprintf("%+.2f%%", 100 * worst)
	}
	print "\n"

	print "2. Create, enter, end: instructions, all that happens later included"
	print ""
	fork = get("base", "life", "process")
	printf "%-50s %10s %8s\n", "", "", "x fork"
	printf "%-50s %10.0f %8s\n", "fork, exit, wait4; unpatched", fork, ratio(fork, fork)
	printf "%-50s %10.0f %8s\n", "the same, patched, no context yet", get("vx", "life", "process"), ratio(get("vx", "life", "process"), fork)
	printf "%-50s %10.0f %8s\n", "in a new context", get("vx", "life", "context"), ratio(get("vx", "life", "context"), fork)
	printf "%-50s %10.0f %8s\n", "in new namespaces pid mnt uts ipc; unpatched", get("base", "life", "ns"), ratio(get("base", "life", "ns"), fork)
	print ""

	print "3. With N sleeping processes, each in nothing, in a context, in namespaces pid mnt uts ipc (on the unpatched kernel); 1 GiB"
	print ""
	m = split("process context ns", kinds, " ")
	rows = split("memory memory.all life times list list.inside kill.inside dump stats get probe virt_stat", row, " ")
	title["memory"] = "KiB of slab, stack, tables for each"
	title["memory.all"] = "KiB less free memory for each"
	title["life"] = "create, enter, end one more"
	title["times"] = "the same, times fork, exit, wait4"
	for (j = 1; j <= m; j++)
		for (k = 1; k <= counts; k++) {
			w = kinds[j] "." count[k]
			x = where(kinds[j])
			if (has(x, w, "life"))
				value[x, w, "times"] = get(x, w, "life") / get(x, w, "fork")
		}
	title["list"] = "list /proc, host"
	title["list.inside"] = "list /proc, inside another"
	title["kill.inside"] = "kill(-1, 0), inside another"
	title["dump"] = "netlink dump, for each context"
	title["stats"] = "the same of statistics and limits"
	title["get"] = "netlink, ask about one"
	title["probe"] = "signal 0 to a context"
	title["virt_stat"] = "statistics of a context"
	printf "%-36s %-8s", "", "N ="
	for (k = 1; k <= counts; k++)
		printf " %12d", count[k]
	print ""
	for (i = 1; i <= rows; i++)
		for (j = 1; j <= m; j++) {
			if (!has(where(kinds[j]), kinds[j] "." count[1], row[i]))
				continue
			printf "%-36s %-8s", j == 1 || row[i] != last ? title[row[i]] : "", kinds[j]
			last = row[i]
			for (k = 1; k <= counts; k++) {
				x = get(where(kinds[j]), kinds[j] "." count[k], row[i])
				if (row[i] ~ /memory/ && count[k] < 100)
					printf " %12s", "-"
				else
					printf row[i] ~ /memory|times/ ? " %12.2f" : " %12.0f", x
			}
			print ""
		}
	print ""

	print "4. Three guests that want all of a processor, control groups of weight 100, 200, 400 with 6, 3, 1 processes"
	print ""
	printf "%-44s %10s %10s %10s\n", "weight", 100, 200, 400
	for (j = 1; j <= 2; j++)
		printf "%-44s %8.2f %% %8.2f %% %8.2f %%\n", j == 1 ? "processes; unpatched" : "contexts",
			get(j == 1 ? "base" : "vx", "fair", "weight.100"), get(j == 1 ? "base" : "vx", "fair", "weight.200"),
			get(j == 1 ? "base" : "vx", "fair", "weight.400")
	print ""

	top = count[counts]
	low = count[1]
	print "5. Goals; information, nothing fails because of them"
	print ""
	x = get("vx", "context." top, "memory") - get("vx", "process." top, "memory")
	y = get("base", "ns." top, "memory") - get("base", "process." top, "memory")
	goal("idle context over its process, KiB, " top " of them", "2", sprintf("%.2f (ns %.2f)", x, y), met(x <= 2))
	goal("context with a process in a machine of 1 GiB", "10000", top, met(top >= 10000))
	x = get("vx", "life", "context") / fork
	goal("create, enter, end against fork, exit", "1.05", sprintf("%.3f (ns %.2f)", x, get("base", "life", "ns") / fork), met(x <= 1.05))
	x = get("vx", "context." top, "times")
	goal("the same, with " top " contexts present", "1.05", sprintf("%.3f (ns %.2f)", x, get("base", "ns." top, "times")), met(x <= 1.05))
	x = average("vx", "host")
	goal("system calls of the host, no context, average", "+0.1 %", sprintf("%+.2f %%", x), met(x <= 0.1))
	goal("  calls over +0.5 % and 2 instructions", "0", over (over ? " (" worst_name ")" : ""), met(!over))
	x = average("vx", "host+1000")
	goal("the same with 1000 contexts, average", "+0.1 %", sprintf("%+.2f %%", x), met(x <= 0.1))
	goal("  calls over +0.5 % and 2 instructions", "0", over (over ? " (" worst_name ")" : ""), met(!over))
	for (i = 4; i <= 6; i++) {
		x = average("vx", worlds[i])
		goal("system calls inside, " worlds[i] ", average", "+0.3 %", sprintf("%+.2f %%", x), met(x <= 0.3))
		goal("  worst", "+2 %", sprintf("%+.2f %% %s", 100 * worst, worst_name), met(worst <= 0.02))
	}
	for (i = 1; i <= calls; i++) {
		if (call[i] !~ /TCP|UDP/)
			continue
		x = get("vx", "flat", call[i]) / get("base", "host", call[i]) - 1
		goal(call[i] ", inside against the plain host", "+0.3 %", sprintf("%+.2f %%", 100 * x), met(x <= 0.003))
	}
	x = 0
	for (j = 1; j <= 4; j *= 2) {
		y = get("vx", "fair", "weight." 100 * j) / (100 * j / 7) - 1
		x = y < 0 ? (-y > x ? -y : x) : (y > x ? y : x)
	}
	goal("weights 1:2:4, farthest from its share", "3 %", sprintf("%.2f %%", 100 * x), met(x <= 0.03))
	n = split("list.inside kill.inside probe virt_stat get dump stats", row, " ")
	for (i = 1; i <= n; i++) {
		x = get("vx", "context." top, row[i]) / get("vx", "context." low, row[i])
		goal(title[row[i]] ", " top " against " low, "1 (its own processes)", sprintf("%.2f", x), met(x <= 1.1))
	}
	print "\nNot measured here: a whole virtual server by the tool (needs a file system; see tests/vm)."
}
