#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vserver-metrics.sh - write the metrics of all contexts for the textfile collector of node_exporter
set -eu
dir=${TEXTFILE_DIR:-/var/lib/prometheus/node-exporter}
new=$dir/vserver.prom.$$
trap 'rm -f "$new" "$new.om"' EXIT

# The collector reads the older text format: there the type belongs to the name of the sample, and units are unknown.
"${VSERVER_STAT:-@sbindir@/vserver-stat}" --openmetrics >"$new.om"
awk '
	/^# EOF$/ || /^# UNIT / { next }
	/^# TYPE .* counter$/ { counter[$3] = 1 }
	/^# (TYPE|HELP) / && ($3 in counter) { sub($3, $3 "_total") }
	{ print }
' "$new.om" >"$new"
chmod 644 "$new"
mv "$new" "$dir/vserver.prom"
