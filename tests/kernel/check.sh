#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The series: every patch applies and is clean, and the kernel is the same where the option is off.
exec "$(dirname "$0")/../../kernel-patches/scripts/check.sh" "${B:-build}"
