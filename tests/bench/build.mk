# SPDX-License-Identifier: GPL-2.0-or-later
# What things cost: instructions and memory, see tests/bench/README.
#
#   make bench [PARTS="calls net"] [COUNTS="10 100 1000 10000"] [SAVE=1]     SAVE: put the table into tests/bench/README
#   make bench-run                                        the same with the kernels as they are

BENCH := $(B)/bench

.PHONY: bench bench-run
bench:
	$(Q)$(MAKE) kernel-x86_64-off
	$(Q)$(MAKE) kernel-x86_64-bench
	$(Q)$(MAKE) bench-run

bench-run: $(BENCH)/init $(BENCH)/nothing
	$(Q)B=$(B) SAVE=$(SAVE) PARTS='$(PARTS)' tests/bench/run.sh $(COUNTS)

$(BENCH)/init: $(wildcard tests/bench/*.[ch]) $(wildcard lib/include/uapi/linux/*.h) tests/bench/build.mk
	$(E) "  CC       $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) -O2 -static -Ilib/include/uapi -o $@ \
		$(filter-out tests/bench/nothing.c,$(wildcard tests/bench/*.c))

$(BENCH)/nothing: tests/bench/nothing.c tests/bench/build.mk
	$(E) "  CC       $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARN) -O2 -static -nostdlib -fno-asynchronous-unwind-tables -o $@ $<
