# SPDX-License-Identifier: GPL-2.0-or-later
# openmetrics.awk - is this OpenMetrics 1.0 text? Says each mistake with its line; exit 1 if there is one.
#
# Strict about what our exporter may use: gauge, counter and info; metadata before samples, families not interleaved,
# no sample twice, names and units fit, label values escaped, "# EOF" and nothing behind it. -v names=1 prints the names
# of all samples.

function bad(what) {
	printf "line %d: %s: %s\n", NR, what, $0
	errors++
}

function begin_family(name) {
	if (name == family)
		return
	if (name in closed)
		bad("the family comes in parts")
	if (family != "")
		closed[family] = 1
	family = name
	type = unit = help = ""
	samples = 0
}

BEGIN {
	name_re = "[a-zA-Z_:][a-zA-Z0-9_:]*"
	number_re = "^([+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?|[+-]Inf|NaN)$"
}

eof { bad("something behind the end") }

/^# EOF$/ {
	eof = 1
	next
}

/^#/ {
	if (!match($0, "^# (TYPE|UNIT|HELP) " name_re " ")) {
		bad("no comment that there is")
		next
	}
	split($0, word, " ")
	begin_family(word[3])
	if (samples)
		bad("metadata behind samples")
	rest = substr($0, RLENGTH + 1)
	if (word[2] == "TYPE") {
		if (type != "")
			bad("a second TYPE")
		if (rest !~ /^(gauge|counter|info)$/)
			bad("unknown type")
		type = rest
		if (type == "counter" && family ~ /_total$/)
			bad("the family of a counter ends in _total")
	} else if (word[2] == "UNIT") {
		if (unit != "")
			bad("a second UNIT")
		unit = rest
		if (unit !~ /^[a-z_]+$/ || substr(family, length(family) - length(unit)) != "_" unit)
			bad("the name does not end in the unit")
	} else {
		if (help != "")
			bad("a second HELP")
		help = rest
		if (rest ~ /\\[^\\n"]/)
			bad("a wrong escape")
	}
	next
}

/^$/ {
	bad("an empty line")
	next
}

{
	line = $0
	if (!match(line, "^" name_re)) {
		bad("no name")
		next
	}
	name = substr(line, 1, RLENGTH)
	line = substr(line, RLENGTH + 1)
	ending = type == "counter" ? "_total" : type == "info" ? "_info" : ""
	if (name != family ending)
		bad("a sample of another family")
	if (type == "" || help == "")
		bad("TYPE or HELP is missing")
	labels = ""
	delete seen_label
	if (substr(line, 1, 1) == "{") {
		line = substr(line, 2)
		while (match(line, /^[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\["\\n])*"/)) {
			one = substr(line, 1, RLENGTH)
			line = substr(line, RLENGTH + 1)
			key = substr(one, 1, index(one, "=") - 1)
			if (key in seen_label)
				bad("a label twice")
			seen_label[key] = 1
			labels = labels "," one
			if (substr(line, 1, 1) != ",")
				break
			line = substr(line, 2)
		}
		if (substr(line, 1, 1) != "}") {
			bad("labels do not end")
			next
		}
		line = substr(line, 2)
	}
	if ((name labels) in seen)
		bad("a sample twice")
	seen[name labels] = 1
	if (substr(line, 1, 1) != " " || substr(line, 2) !~ number_re) {
		bad("no number")
		next
	}
	value = substr(line, 2)
	if (type == "counter" && (value ~ /^-/ || value ~ /Inf|NaN/))
		bad("a counter that cannot be")
	if (type == "info" && value != "1")
		bad("an info that is not 1")
	samples++
	if (names && !(name in printed)) {
		print name
		printed[name] = 1
	}
}

END {
	if (!eof) {
		print "no end"
		errors++
	}
	exit errors > 0
}
