# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# common.sh - what the templates share: which package source to use, and how mmdebstrap is called.

tmpl_die() {
	echo "${0##*/}: ${NAME:-template}: $*" >&2
	exit 1
}

# Debian package sources of this machine for the suite $1, as lines of a sources.list
tmpl_sources() {
	apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 2>/dev/null |
		awk -F'|' -v s="$1" '$1 == "Debian" && ($2 == s || index($2, s "-") == 1) { print $3 }' | sort -u
}

# how apt is set up here (proxy, checks), as options of mmdebstrap
tmpl_apt_options() {
	apt-config dump 2>/dev/null |
		grep -E '^Acquire::(http|https|Check|Retries|AllowInsecure)[A-Za-z:-]* "' |
		sed 's/ "\(.*\)";$/ "\1"/'
}

# tmpl_mmdebstrap OUTPUT SUITE VARIANT "PACKAGES" [OPTION...] : sources come from standard input
# Downloaded packages are kept in TMPL_CACHE, when it is set.
tmpl_mmdebstrap() {
	local out=$1 suite=$2 variant=$3 packages=$4 line list log
	local -a options=()

	shift 4
	command -v mmdebstrap >/dev/null || tmpl_die "mmdebstrap is not installed: run 'make deps'"
	list=$(cat)
	[ -n "$list" ] || tmpl_die "apt has no package source of Debian $suite: add one to /etc/apt/sources.list and run 'apt-get update'"
	while read -r line; do
		options+=("--aptopt=$line")
	done < <(tmpl_apt_options)
	if [ -n "${TMPL_CACHE:-}" ]; then
		mkdir -p "$TMPL_CACHE"
		# shellcheck disable=SC2016 # $1 is for the hook
		options+=(
			"--setup-hook=mkdir -p \"\$1/var/cache/apt/archives\"; cp -n '$TMPL_CACHE'/*.deb \"\$1/var/cache/apt/archives/\" 2>/dev/null || :"
			"--skip=download/empty,essential/unlink"
			"--customize-hook=cp -n \"\$1\"/var/cache/apt/archives/*.deb '$TMPL_CACHE/' 2>/dev/null || :"
			"--customize-hook=rm -f \"\$1\"/var/cache/apt/archives/*.deb"
		)
	fi
	log=$out.log
	if ! mmdebstrap --quiet --variant="$variant" --include="$packages" \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-include=/usr/share/doc/*/copyright' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
		--dpkgopt='path-exclude=/usr/share/lintian/*' \
		"${options[@]}" "$@" "$suite" "$out" - <<<"$list" >"$log" 2>&1; then
		rm -f "$out"
		tmpl_die "$(grep -E '^E: ' "$log" | tail -n 1 | cut -c4- || tail -n 1 "$log") (all of it: $log)"
	fi
	rm -f "$log"
}
