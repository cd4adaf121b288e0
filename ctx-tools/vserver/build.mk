# SPDX-License-Identifier: GPL-2.0-or-later
# ctx-tools/vserver/build.mk - the program vserver

VSERVER_SRCS := $(wildcard ctx-tools/vserver/*.c)
VSERVER_OBJS := $(VSERVER_SRCS:%.c=$(B)/%.o)
VSERVER := $(B)/ctx-tools/vserver/vserver

ALL_TARGETS += $(VSERVER)
INSTALL_TARGETS += install-vserver

$(VSERVER_OBJS): $(B)/%.o: %.c
	@mkdir -p $(@D)
	$(E) "  CC       $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(CTX_CPPFLAGS) -DVCTX_VDIRBASE='"$(localstatedir)/lib/vservers"' -c -o $@ $<

$(VSERVER): $(VSERVER_OBJS) $(CTX_LINK)
	$(E) "  LD       $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(VSERVER_OBJS) $(CTX_LINK) $(CTX_LIBS)

.PHONY: install-vserver
install-vserver: $(VSERVER)
	$(Q)$(INSTALL) -d $(DESTDIR)$(sbindir) $(DESTDIR)$(sysconfdir)/vservers/.defaults \
		$(DESTDIR)$(libexecdir)/initpost
	$(Q)$(INSTALL) -m 755 $(VSERVER) $(DESTDIR)$(sbindir)/vserver
	$(Q)$(INSTALL) -m 755 ctx-tools/vserver/initpost/* $(DESTDIR)$(libexecdir)/initpost/

-include $(VSERVER_OBJS:.o=.d)
