# SPDX-License-Identifier: GPL-2.0-or-later
# Tests and the images of the test machines.

TREE := $(B)/tree
VM := $(B)/vm
VM_SCRIPTS := tests/vm/mini.sh tests/vm/cc.sh tests/vm/init.c $(wildcard tests/vm/prog/*.[ch])

.PHONY: check check-unit check-root check-kunit check-vm check-series tree vm-mini vm-debian run

# the tools as they would be installed, for the images
tree: all
	$(Q)rm -rf $(TREE).new && mkdir -p $(TREE).new
	$(Q)$(MAKE) -s install B=$(B) DESTDIR=$(abspath $(TREE).new) prefix=/usr >/dev/null
	$(Q)if diff -rq --no-dereference $(TREE).new $(TREE) >/dev/null 2>&1; then \
		rm -rf $(TREE).new; \
	else \
		rm -rf $(TREE); mv $(TREE).new $(TREE); touch $(TREE); \
	fi

vm-mini: tree
	$(Q)tests/vm/cached.sh $(VM)/mini.img tests/vm/mini.sh $(VM)/mini.img $(TREE) -- \
		$(VM_SCRIPTS) $(TREE)
