# SPDX-License-Identifier: GPL-2.0-or-later
# Tests and the images of the test machines.

TREE := $(B)/tree
VMDIR := $(B)/vm
VM_SCRIPTS := tests/vm/mini.sh tests/vm/cc.sh tests/vm/init.c $(wildcard tests/vm/prog/*.[ch])

.PHONY: check check-unit check-kunit check-vm check-series check-patches tree vm-mini vm-debian run

export B UNIT_TESTS BED SCENARIO

check-unit: all $(UNIT_TESTS) $(UNIT_DEPS)
	$(Q)tests/run.sh unit

check-kunit: kernel-um
	$(Q)tests/run.sh kunit

BEDS := $(or $(BED),um qemu debug)
check-vm: $(if $(filter um,$(BEDS)),kernel-um) $(if $(filter qemu,$(BEDS)),kernel-x86_64) \
		$(if $(filter debug,$(BEDS)),kernel-x86_64-debug) vm-mini vm-debian
	$(Q)tests/run.sh vm

check-series: kernel-source
	$(Q)tests/run.sh series

# before the series is handed on: twenty minutes, and not a part of check
check-patches: kernel-source vm-mini
	$(Q)$(KP)/scripts/check-each.sh $(B) $(FIRST)

check: deps all $(UNIT_TESTS) $(UNIT_DEPS)
	$(Q)$(MAKE) kernel-um
	$(Q)$(MAKE) kernel-x86_64
	$(Q)$(MAKE) kernel-x86_64-debug
	$(Q)$(MAKE) vm-mini vm-debian
	$(Q)tests/run.sh unit kunit series vm

# The tools as they would be installed, for the images. TREE_OPTIONAL=1: go on with the last tree that could be made.
tree:
	$(Q)tests/vm/tree.sh $(TREE) $(if $(TREE_OPTIONAL),--optional) -- $(MAKE) -s install B=$(B) \
		DESTDIR=$(abspath $(TREE).new)

vm-mini: tree
	$(Q)tests/vm/cached.sh $(VMDIR)/mini.img tests/vm/mini.sh $(VMDIR)/mini.img $(TREE) -- \
		$(VM_SCRIPTS) $(TREE)

# the Debian guest template and the Debian host; packages once downloaded are kept
export TMPL_CACHE ?= $(abspath $(B)/download/debs)

.PHONY: template template-net template-systemd vm-base
template:
	$(Q)tests/vm/cached.sh $(VMDIR)/debian.tar.zst templates/debian/build.sh $(VMDIR)/debian.tar.zst -- \
		templates/common.sh templates/debian

# with the programs of the scenario net-debian
template-net:
	$(Q)tests/vm/cached.sh $(VMDIR)/debian-net.tar.zst tests/vm/net-template.sh $(VMDIR)/debian-net.tar.zst -- \
		templates/common.sh templates/debian tests/vm/net-template.sh

# with systemd as init
template-systemd:
	$(Q)tests/vm/cached.sh $(VMDIR)/debian-systemd.tar.zst tests/vm/systemd-template.sh $(VMDIR)/debian-systemd.tar.zst -- \
		templates/common.sh tests/vm/systemd-template.sh

vm-base:
	$(Q)tests/vm/cached.sh $(VMDIR)/base.tar tests/vm/host-base.sh $(VMDIR)/base.tar -- \
		templates/common.sh tests/vm/host-base.sh

vm-debian: tree template vm-base
	$(Q)tests/vm/cached.sh $(VMDIR)/debian.img \
		tests/vm/host.sh $(VMDIR)/debian.img $(VMDIR)/base.tar $(TREE) $(VMDIR)/debian.tar.zst -- \
		tests/vm/host.sh tests/vm/host $(VM_SCRIPTS) $(TREE) $(VMDIR)/base.tar.hash $(VMDIR)/debian.tar.zst.hash

# VM=um|qemu
run:
	$(Q)tests/vm/demo.sh "$(or $(VM),um)"
