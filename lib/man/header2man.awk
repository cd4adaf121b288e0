# SPDX-License-Identifier: LGPL-2.1-or-later
# header2man.awk - the manual pages of section 3 from the comments of vctx.h
#
#	awk -v out=DIR -f header2man.awk vctx.h
#
# A comment in kernel-doc form and the declaration behind it become DIR/FUNCTION.3.

function esc(s) {
	gsub(/\\/, "\\e", s)
	gsub(/-/, "\\-", s)
	if (s ~ /^[.']/)
		s = "\\&" s
	return s
}

# running text: @param in italics, names of the interface in bold
function text(s) {
	s = esc(s)
	gsub(/@[a-z_]+/, "\\fI&\\fR", s)
	gsub(/\\fI@/, "\\fI", s)
	gsub(/vctx_[a-z_]+\(\)/, "\\fB&\\fR", s)
	gsub(/VCTX_[A-Z0-9_]+/, "\\fB&\\fR", s)
	return s
}

function flush_page(	file, i) {
	file = out "/" name ".3"
	printf ".\\\" SPDX-License-Identifier: LGPL-2.1-or-later\n" >file
	printf ".TH %s 3 \"\" \"vctx\" \"libvctx\"\n", toupper(name) >file
	printf ".SH NAME\n%s \\- %s\n", name, brief >file
	printf ".SH LIBRARY\nVirtual servers (libvctx, \\-lvctx)\n" >file
	printf ".SH SYNOPSIS\n.nf\n.B #include <vctx.h>\n.PP\n\\fB%s\\fR\n.fi\n", esc(decl) >file
	if (nbody) {
		printf ".SH DESCRIPTION\n" >file
		for (i = 1; i <= nbody; i++)
			print body[i] >file
	}
	if (nparam) {
		printf ".SH PARAMETERS\n" >file
		for (i = 1; i <= nparam; i++)
			printf ".TP\n.I %s\n%s\n", pname[i], ptext[i] >file
	}
	printf ".SH RETURN VALUE\n" >file
	for (i = 1; i <= nret; i++)
		print ret[i] >file
	if (source)
		printf ".SH NOTES\n%s\n", source >file
	printf ".SH HISTORY\nSince vctx %s.\n.SH SEE ALSO\n.BR vctx (7)\n", since >file
	close(file)
}

/^\/\*\*$/ {
	doc = 1
	name = brief = decl = source = ""
	since = "0.1"
	nbody = nparam = nret = 0
	part = "brief"
	next
}

doc == 1 && /^ \*\/$/ {
	doc = 2
	next
}

doc == 1 {
	line = $0
	sub(/^ \* ?/, "", line)
	if (part == "brief") {
		name = line
		sub(/\(\).*/, "", name)
		brief = line
		sub(/^[^-]*- /, "", brief)
		sub(/\.$/, "", brief)
		brief = text(tolower(substr(brief, 1, 1)) substr(brief, 2))
		part = "body"
	} else if (line ~ /^@[a-z_]+:/) {
		part = "param"
		nparam++
		pname[nparam] = substr(line, 2, index(line, ":") - 2)
		sub(/^@[a-z_]+:[ \t]*/, "", line)
		ptext[nparam] = text(line)
	} else if (line ~ /^Return:/) {
		part = "return"
		sub(/^Return:[ \t]*/, "", line)
		line = toupper(substr(line, 1, 1)) substr(line, 2)
		ret[++nret] = text(line)
	} else if (line ~ /^Source:/) {
		part = "source"
		sub(/^Source:[ \t]*/, "", line)
		source = "Source: " text(line)
	} else if (line ~ /^Since:/) {
		since = line
		sub(/^Since:[ \t]*/, "", since)
	} else if (part == "param" && line ~ /^[ \t]/) {
		sub(/^[ \t]+/, "", line)
		ptext[nparam] = ptext[nparam] "\n" text(line)
	} else if (part == "return" && line ~ /^\* -E/) {
		match(line, /-E[A-Z]+/)
		ret[++nret] = ".TP\n.B \\" substr(line, RSTART, RLENGTH)
		sub(/^\* -E[A-Z]+[ \t]*/, "", line)
		ret[++nret] = text(toupper(substr(line, 1, 1)) substr(line, 2))
	} else if (part == "return" && line != "") {
		sub(/^[ \t]+/, "", line)
		ret[++nret] = text(line)
	} else if (part == "source" && line != "") {
		source = source "\n" text(line)
	} else if (line == "") {
		if (part == "param")
			part = "body"
		else if (part == "body" && nbody)
			body[++nbody] = ".PP"
	} else {
		body[++nbody] = text(line)
	}
	next
}

doc == 2 {
	sub(/^[ \t]+/, " ")
	decl = decl $0
	if (decl ~ /;/) {
		sub(/;.*/, ";", decl)
		if (nbody && body[nbody] == ".PP")
			nbody--
		if (name && decl ~ name)
			flush_page()
		doc = 0
	}
}
