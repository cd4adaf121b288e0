# SPDX-License-Identifier: GPL-2.0-or-later
# tests/unit/build.mk - cmocka tests; each test_NAME.c is one program

UNIT_SRCS := $(wildcard tests/unit/test_*.c)
UNIT_PROGRAMS := $(UNIT_SRCS:%.c=$(B)/%)
UNIT_FAKE_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard tests/unit/fake/*.c))
UNIT_TESTS += $(UNIT_PROGRAMS)

# vserver() goes to the fake kernel.
UNIT_WRAP := -Wl,--wrap=syscall,--wrap=opendir,--wrap=openat,--wrap=poll,--wrap=unlinkat,--wrap=write \
	-Wl,--wrap=mnl_socket_open2,--wrap=mnl_socket_sendto,--wrap=mnl_socket_recvfrom,--wrap=mnl_socket_setsockopt \
	-Wl,--wrap=if_indextoname

$(UNIT_PROGRAMS:%=%.o) $(UNIT_FAKE_OBJS): $(B)/%.o: %.c
	@mkdir -p $(@D)
	$(E) "  CC       $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(CTX_CPPFLAGS) -Ictx-tools/vserver -Itests/unit/fake -c -o $@ $<

$(UNIT_PROGRAMS): %: %.o $(UNIT_FAKE_OBJS) $(UNIT_EXTRA) $(CTX_LINK)
	$(E) "  LD       $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(UNIT_WRAP) -o $@ $< $(UNIT_FAKE_OBJS) $(UNIT_EXTRA) \
		$(CTX_LINK) $(CTX_LIBS) -lcmocka

# Parts of vserver itself.
UNIT_VSERVER_NET := $(B)/ctx-tools/vserver/net.o $(B)/ctx-tools/vserver/guest.o
$(B)/tests/unit/test_vserver_net: $(UNIT_VSERVER_NET)
$(B)/tests/unit/test_vserver_net: UNIT_EXTRA := $(UNIT_VSERVER_NET)

# Tools on a machine that is not there, see tests/unit/world/world.c: for tests of the command line.
UNIT_WORLD_TOOLS := vlimit vserver-stat vtop vmon vserver-capacity
UNIT_WORLD := $(UNIT_WORLD_TOOLS:%=$(B)/tests/unit/world/%)
UNIT_DEPS += $(UNIT_WORLD)

# Real parsers for what is made for others.
UNIT_PROMTOOL := $(B)/download/bin/promtool
UNIT_DEPS += $(UNIT_PROMTOOL)
$(UNIT_PROMTOOL): | deps
	$(E) "  FETCH    promtool"
	$(Q)tests/lib/promtool.sh $@

$(B)/tests/unit/world/world.o: tests/unit/world/world.c
	@mkdir -p $(@D)
	$(E) "  CC       $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(CTX_CPPFLAGS) -Itests/unit/fake -c -o $@ $<

$(UNIT_WORLD): $(B)/tests/unit/world/%: $(B)/ctx-tools/%.o $(B)/tests/unit/world/world.o $(UNIT_FAKE_OBJS) $(CTX_LINK)
	$(E) "  LD       $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(UNIT_WRAP) -o $@ $< $(B)/tests/unit/world/world.o $(UNIT_FAKE_OBJS) \
		$(CTX_LINK) $(CTX_LIBS)

-include $(B)/tests/unit/world/world.d $(UNIT_PROGRAMS:=.d) $(UNIT_FAKE_OBJS:.o=.d)
