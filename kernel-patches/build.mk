# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel source with the series, and the kernels of the test beds.

KP := kernel-patches
KSRC := $(B)/linux
JOBS ?= $(shell nproc)

.PHONY: kernels kernel-source kernel-um kernel-x86_64 kernel-x86_64-debug kernel kernel-footprint

# one after the other, whatever -j says: they share the source and the processors
kernels: kernel-source
	$(Q)for k in kernel-um kernel-x86_64 kernel-x86_64-debug; do $(MAKE) $$k || exit 1; done

kernel-source:
	$(Q)$(KP)/scripts/source.sh $(B)

kernel-um: kernel-source
	$(Q)JOBS=$(JOBS) $(KP)/scripts/kernel.sh $(B) um um um vserver kunit

kernel-x86_64: kernel-source
	$(Q)JOBS=$(JOBS) $(KP)/scripts/kernel.sh $(B) x86_64 x86_64 x86_64 vserver

kernel-x86_64-debug: kernel-source
	$(Q)JOBS=$(JOBS) $(KP)/scripts/kernel.sh $(B) x86_64-debug x86_64 x86_64 vserver kunit debug

kernel: kernel-source
	$(Q)JOBS=$(JOBS) $(KP)/scripts/package.sh $(B) "$(KCONFIG)"

kernel-footprint:
	$(Q)$(KP)/scripts/footprint.sh

# what 'make bench' measures, and compares with
.PHONY: kernel-x86_64-bench kernel-x86_64-off
kernel-x86_64-bench: kernel-source
	$(Q)JOBS=$(JOBS) $(KP)/scripts/kernel.sh $(B) x86_64-bench x86_64 x86_64 bench vserver

kernel-x86_64-off: kernel-source
	$(Q)JOBS=$(JOBS) $(KP)/scripts/kernel.sh $(B) x86_64-off x86_64 x86_64 bench vserver off
