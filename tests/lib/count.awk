# SPDX-License-Identifier: GPL-2.0-or-later
# count.awk - count a TAP stream: "passed failed skipped why". A program that ends badly without saying which test
# failed, or before its plan, is one failure more.
{ sub(/\r$/, "") }
/^(not )?ok( |$)/ {
	seen++
	if (/# *SKIP/)
		skipped++
	else if (/^not/)
		failed++
	else
		passed++
}
/^1\.\.[0-9]+/ {
	plans++
	plan += substr($1, 4)
	if ($0 ~ /^1\.\.0/)
		empty = 1
}
END {
	if (status == 77 || (empty && !seen && status == 0)) {
		if (must)
			failed++
		else
			skipped++
		why = "all skipped"
	} else if (status != 0 && !failed) {
		failed++
		why = "ended with status " status
	} else if (!plans || plan != seen) {
		failed++
		why = plans ? "planned " plan " tests, ran " seen + 0 : "no plan"
	}
	print passed + 0, failed + 0, skipped + 0, why
}
