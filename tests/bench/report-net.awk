# SPDX-License-Identifier: GPL-2.0-or-later
# report-net.awk - the network part of the table: awk -f report-net.awk BASE VSERVER

/^V / {
	world = $2
	name = $0
	sub(/^V [^ ]* /, "", name)
	sub(/ = .*/, "", name)
	value[FNR == NR ? "base" : "vx", world, name] = $NF
	if (FNR == NR && world == "host")
		test[++tests] = name
	if (FNR != NR && split(world, part, ".") == 2 && part[1] == "nx" && name == "memory")
		count[++counts] = part[2]
}

function has(kernel, world, name) { return (kernel, world, name) in value }
function get(kernel, world, name) { return has(kernel, world, name) ? value[kernel, world, name] : 0 }
function kernel_of(world) { return world ~ /^(ns|veth|ipvlan|macvlan|netns|device)/ ? "base" : "vx" }

# how much more than elsewhere: instructions and per cent
function more(kernel, world, base_world, name,    a, b, d) {
	if (!has(kernel, world, name))
		return "-"
	a = get("base", base_world, name)
	b = get(kernel, world, name)
	d = b - a
	if (d > -0.5 && d < 0.5)
		return "0"
	return sprintf(d > -100000 && d < 100000 ? "%+.0f %+.1f%%" : "%+.0f %+.0f%%", d, 100 * d / a)
}

function compare(base_world, list,    worlds, n, i, j) {
	n = split(list, worlds, " ")
	printf "%-23s %8s", "", "unpatch."
	for (i = 1; i <= n; i++)
		printf " %13s", worlds[i]
	print ""
	for (i = 1; i <= tests; i++) {
		printf "%-23s %8.0f", test[i], get("base", base_world, test[i])
		for (j = 1; j <= n; j++)
			printf " %13s", more(kernel_of(worlds[j]), worlds[j], base_world, test[i])
		print ""
	}
	print ""
}

function row(title, who, kernel, prefix, name, form,    k) {
	printf "%-40s %-15s", title, who
	for (k = 1; k <= counts; k++) {
		if (has(kernel, prefix count[k], name) && !(name ~ /memory/ && count[k] < 100))
			printf " %12s", sprintf(form, get(kernel, prefix count[k], name))
		else
			printf " %12s", "-"
	}
	print ""
}

function head(    k) {
	printf "%-40s %-15s", "", "N ="
	for (k = 1; k <= counts; k++)
		printf " %12d", count[k]
	print ""
}

function met(yes) { return yes ? "met" : "NOT MET" }

function goal(what, aim, found, yes) {
	printf "%-62s %-18s %-26s %s\n", what, aim, found, yes
}

# the worst of the tests that match, in a place, against the plain host
function worst(world, base_world, like, unlike,    i, d) {
	worst_d = -1
	for (i = 1; i <= tests; i++) {
		if (test[i] !~ like || test[i] ~ unlike || !has("vx", world, test[i]) || !has("base", base_world, test[i]))
			continue
		d = get("vx", world, test[i]) / get("base", base_world, test[i]) - 1
		if (d > worst_d) {
			worst_d = d
			worst_name = test[i]
		}
	}
}

function path_goal(what, like, unlike,    found, n, i, worlds, d, name, where) {
	n = split("in/lo host/lo in host between host to host", worlds, " ")
	d = -1
	for (i = 1; i < n; i += 2) {
		worst(worlds[i], worlds[i + 1], like, unlike)
		if (worst_d > d) {
			d = worst_d
			name = worst_name
			where = worlds[i]
		}
	}
	if (d == -1)
		return
	goal(what, "+0.3 %", sprintf("%+.2f %% %s%s", 100 * d, where, name ~ /v6/ ? ", v6" : ""), met(d <= 0.003))
}

function flat(what, kernel, prefix, name, aim,    x) {
	if (!has(kernel, prefix low, name) || !has(kernel, prefix top, name))
		return
	x = get(kernel, prefix top, name) / get(kernel, prefix low, name)
	goal(what ", " top " against " low, aim, sprintf("%.2f", x), met(x <= aim))
}

END {
	printf "Last run: net\n-------------\n\n%s, Linux %s%s; in QEMU, counted, see above.\n\n",
		date, version, commit ? ", series of " commit : ""

	print "5. The network: instructions of client and server on the unpatched kernel, and how many more elsewhere"
	print ""
	print "Over the loopback, 127.0.0.1 and ::1"
	print ""
	compare("host/lo", "host/lo host+1/lo in/lo in+1000/lo ns/lo")
	print "Over another address"
	print ""
	compare("host", "host host+1 in between to between+1000 veth ipvlan macvlan")

	top = count[counts]
	low = count[1]
	print "6. One more guest network, when there are N: two addresses in a context; a namespace with veth on a bridge, two addresses"
	print ""
	head()
	row("KiB of slab, stack, tables for each", "context", "vx", "nx.", "memory", "%.2f")
	row("", "namespace", "base", "netns.", "memory", "%.2f")
	row("KiB less free memory for each", "context", "vx", "nx.", "memory.all", "%.2f")
	row("", "namespace", "base", "netns.", "memory.all", "%.2f")
	row("create, enter, give, end", "context", "vx", "nx.", "life", "%.0f")
	row("", "namespace", "base", "netns.", "life", "%.0f")
	row("the same in a new process, with context", "context", "vx", "nx.", "guest", "%.0f")
	row("fork, exit, wait4", "", "vx", "nx.", "fork", "%.0f")
	print ""

	print "7. Give an address and take it away, when N are given; for comparison: to a device, on the unpatched kernel"
	print ""
	head()
	row("IPv4", "context", "vx", "nx.", "give", "%.0f")
	row("", "device", "base", "device.", "give", "%.0f")
	row("IPv6", "context", "vx", "nx.", "give, v6", "%.0f")
	row("", "device", "base", "device.", "give, v6", "%.0f")
	print ""

	print "8. N sockets on one port: of contexts, on \"any\"; for comparison: each on its address, on the unpatched kernel"
	print ""
	head()
	n = split("TCP connect:TCP connect, inside:UDP 1 byte:UDP 1 byte, inside:TCP bind, listen:UDP bind", names, ":")
	for (v = 0; v < 2; v++)
		for (i = 1; i <= n; i++) {
			name = names[i] (v ? ", v6" : "")
			row(name, "contexts", "vx", "many.", name, "%.0f")
			if (name !~ /inside/)
				row("", "addresses", "base", "many.", name, "%.0f")
		}
	print ""

	print "9. Goals of the network; information, nothing fails because of them"
	print ""
	path_goal("TCP 1 byte, back, the worst of in/lo, in, between, to", "TCP 1 byte", "^$")
	path_goal("UDP 1 byte, back, the worst of them", "UDP", "^$")
	path_goal("TCP connect, close, the worst of them", "connect", "^$")
	path_goal("TCP 1 MiB, the worst of them", "MiB", "no copy")
	path_goal("TCP 1 MiB, no copy, the worst of them", "no copy", "^$")
	if (has("vx", "nx." top, "memory"))
		goal("KiB of memory for a guest network, " top " of them", "1", sprintf("%.2f", get("vx", "nx." top, "memory")),
		     met(get("vx", "nx." top, "memory") <= 1))
	if (has("vx", "nx." low, "life"))
		goal("instructions to create, enter, give, end it", "10000", sprintf("%.0f", get("vx", "nx." low, "life")),
		     met(get("vx", "nx." low, "life") <= 10000))
	flat("create, enter, give, end", "vx", "nx.", "life", 1.1)
	flat("give and take an IPv4 address", "vx", "nx.", "give", 1.1)
	flat("give and take an IPv6 address", "vx", "nx.", "give, v6", 1.1)
	for (v = 0; v < 2; v++)
		for (i = 1; i <= n; i++) {
			name = names[i] (v ? ", v6" : "")
			flat(name, "vx", "many.", name, 1.1)
		}
}
