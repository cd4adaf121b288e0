# SPDX-License-Identifier: GPL-2.0-or-later
# tests/cli/build.mk - tests of the command line; scripts that speak TAP

UNIT_TESTS += $(wildcard tests/cli/*.sh)
