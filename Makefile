# SPDX-License-Identifier: GPL-2.0-or-later
# vctx - virtual servers on one Linux kernel. 'make help' lists the targets.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

VERSION := 0.1

B ?= build
V ?= 0
# the letters make was called with, as in 'make -ns'
LETTERS := $(filter-out -%,$(firstword $(MAKEFLAGS)))
LETTERS := $(if $(findstring =,$(LETTERS)),,$(LETTERS))
ifeq ($(V),1)
Q :=
E := @:
else
Q := @
E := $(if $(findstring s,$(LETTERS)),@:,@echo)
endif

CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
AR ?= ar
ifeq ($(origin AR),default)
AR := ar
endif
OPT ?= -O2 -g
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wwrite-strings
CFLAGS ?= $(OPT)
# SAN=1: address and undefined behaviour sanitizers; give it a B of its own
ifeq ($(SAN),1)
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DVCTX_VERSION='"$(VERSION)"' $(WARN) $(CFLAGS) $(SANFLAGS) -MMD -MP
ALL_LDFLAGS = $(LDFLAGS) $(SANFLAGS)

# where 'make install' puts things
DESTDIR ?=
prefix ?= /usr/local
bindir ?= $(prefix)/bin
sbindir ?= $(prefix)/sbin
libdir ?= $(prefix)/lib
includedir ?= $(prefix)/include
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
libexecdir ?= $(prefix)/lib/vctx
pkgconfigdir ?= $(libdir)/pkgconfig
completiondir ?= $(datadir)/bash-completion/completions
sysconfdir ?= $(if $(filter /usr/local /usr,$(prefix)),/etc,$(prefix)/etc)
localstatedir ?= $(if $(filter /usr/local /usr,$(prefix)),/var,$(prefix)/var)
unitdir ?= $(if $(filter /usr,$(prefix)),/lib,$(prefix)/lib)/systemd/system
INSTALL ?= install

# make has no way to write a blank in a name
define one_word
$(if $(word 2,$($(1))),$(error $(1)='$($(1))': folders with blanks in their names cannot be used here))
endef
$(foreach v,B DESTDIR prefix bindir sbindir libdir includedir datadir mandir libexecdir pkgconfigdir completiondir \
	sysconfdir localstatedir unitdir,$(call one_word,$(v)))
# what the kernel cannot be built in; library, tools and their tests can
BLANKS_OK := all install uninstall check-unit clean distclean help deps lint
ifneq ($(filter-out $(BLANKS_OK),$(MAKECMDGOALS)),)
ifneq ($(word 2,$(abspath $(B))),)
$(error '$(CURDIR)': the kernel cannot be built in a folder with blanks in its name, use another one or B=DIR)
endif
endif

# The parts append to these and hold the rules:
#   ALL_TARGETS      what 'make all' builds
#   INSTALL_TARGETS  phony targets that install
#   UNIT_TESTS       test programs that speak TAP, run by 'make check-unit'
#   UNIT_DEPS        further files these need
ALL_TARGETS :=
INSTALL_TARGETS :=
UNIT_TESTS :=
UNIT_DEPS :=
CLEAN_FILES :=

-include lib/build.mk
-include ctx-tools/build.mk
-include ctx-tools/vserver/build.mk
-include init-scripts/build.mk
-include templates/build.mk
-include tests/unit/build.mk
-include tests/cli/build.mk
-include tests/bench/build.mk
include kernel-patches/build.mk
include tests/build.mk

# Other flags or other installation folders, which are compiled in: nothing built before is of use. The file tells also
# that a folder is ours: nothing is removed from another one.
FLAGS_NOW := $(VERSION) $(CC) $(OPT) $(CFLAGS) $(LDFLAGS) $(SAN) $(prefix) $(bindir) $(sbindir) $(libdir) $(includedir) \
	$(libexecdir) $(sysconfdir) $(localstatedir)
quoted = '$(subst ','\'',$(1))'
BUILDS_NOTHING := help clean distclean deps
ifneq ($(filter-out $(BUILDS_NOTHING),$(or $(MAKECMDGOALS),all)),)
ifeq ($(findstring n,$(LETTERS)),)
ifneq ($(file <$(B)/.flags),$(FLAGS_NOW))
ifneq ($(shell mkdir -p $(B) 2>/dev/null && test -w $(B) && echo yes),yes)
$(error cannot write to the folder '$(B)': give another one with B=DIR)
endif
# 'make check' and 'make run' install what is missing themselves
ifeq ($(filter-out all install check-unit,$(or $(MAKECMDGOALS),all)),)
HASH := \#
ifneq ($(shell printf '$(HASH)include <%s>\n' libmnl/libmnl.h sys/capability.h | \
	$(CC) $(CFLAGS) -E -x c - >/dev/null 2>&1 && echo yes),yes)
$(error '$(CC)' is no compiler, or the headers of libmnl and libcap are missing: run 'make deps' as root)
endif
endif
# under a lock and with another look: somebody else may have begun at the same time
$(shell exec 9>$(B)/.flags.lock; flock 9; \
	[ "$$(cat $(B)/.flags 2>/dev/null)" = $(call quoted,$(FLAGS_NOW)) ] || { \
		[ ! -e $(B)/.flags ] || rm -rf $(B)/lib $(B)/ctx-tools $(B)/init-scripts $(B)/tests; \
		printf '%s\n' $(call quoted,$(FLAGS_NOW)) >$(B)/.flags; })
endif
endif
endif

.PHONY: all install uninstall clean distclean help deps lint

all: $(ALL_TARGETS)

install: all $(INSTALL_TARGETS)

# What an installation puts there, and the folders of its own. Settings that were changed stay, and all of guests.
uninstall:
	$(Q)rm -rf $(B)/uninstall
	$(Q)$(MAKE) -s install B=$(B) DESTDIR=$(abspath $(B))/uninstall
	$(E) "  REMOVE   what 'make install' puts below $(DESTDIR)$(prefix)"
	$(Q)cd $(B)/uninstall && find . ! -type d | while read -r f; do \
		case $$f in */default/*) cmp -s "$$f" "$(DESTDIR)/$$f" || continue ;; esac; \
		rm -f "$(DESTDIR)/$$f" || exit 1; done
	$(Q)cd $(B)/uninstall && find . -depth -type d \( -path '*/vctx*' -o -path '*/vservers*' \) | while read -r d; do \
		[ ! -d "$(DESTDIR)/$$d" ] || rmdir --ignore-fail-on-non-empty "$(DESTDIR)/$$d"; done
	$(Q)rm -rf $(B)/uninstall

# A folder that was never built in is somebody's own.
define is_ours
if [ -d $(B) ] && [ ! -e $(B)/.flags ] && [ -n "$$(ls -A $(B))" ]; then \
	echo "'$(B)' is no folder this project was built in: nothing removed" >&2; exit 1; fi
endef

clean:
	$(Q)$(is_ours)
	$(E) "  CLEAN    $(B) (kernel source and kernels stay)"
	$(Q)if [ -d $(B) ]; then \
		find $(B) -mindepth 1 -maxdepth 1 ! -name linux ! -name kernel ! -name download ! -name .flags \
			-exec rm -rf {} +; fi

distclean:
	$(Q)$(is_ours)
	$(E) "  CLEAN    $(B)"
	$(Q)rm -rf $(B)

deps:
	$(Q)tests/lib/deps.sh

lint:
	$(Q)tests/lint.sh

help:
	@sed -n 's/^#h //p' $(firstword $(MAKEFILE_LIST))

#h vctx: virtual servers on one Linux kernel.
#h
#h   make                  build library and tools below build/
#h   make run              everything from nothing to three running virtual servers and a shell
#h   make run VM=qemu      the same on the x86_64 kernel in QEMU (slower: everything is emulated)
#h   make check            all tests; one level: check-unit, check-kunit, check-vm, check-series
#h   make check-vm BED=um|qemu|debug SCENARIO="name..."       some VM tests only
#h   make check-patches    after each patch of the series: builds with the option on and off, boots (20 minutes); FIRST=N
#h   make install          library and tools; DESTDIR=, prefix=/usr/local; uninstall: removes them again
#h   make deps             install the packages needed (as root)
#h   make kernels          the kernels of the test beds: kernel-um, kernel-x86_64, kernel-x86_64-debug
#h   make kernel KCONFIG=/boot/config-...    kernel package for a real host, see kernel-patches/README
#h   make kernel-footprint what the series changes in existing files
#h   make bench            measurements, see tests/bench/README
#h   make lint             style and static checks
#h   make clean            remove what was built, keep kernels; distclean: everything
#h
#h V=1 shows the commands, B=DIR builds elsewhere, CC=clang uses another compiler, SAN=1 adds sanitizers.
