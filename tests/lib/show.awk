# SPDX-License-Identifier: GPL-2.0-or-later
# show.awk - of a TAP stream, show what failed with its comments; with verbose, everything.
verbose { print "     " $0; fflush(); next }
/^not ok/ && !/# *SKIP/ { print "     " $0; fflush(); show = 1; next }
/^(ok|not ok)/ { show = 0; next }
/^#/ && show { print "     " $0; fflush(); next }
