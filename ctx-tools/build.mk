# SPDX-License-Identifier: GPL-2.0-or-later
# ctx-tools/build.mk - the tools, their manual pages and completions

CTX_CPPFLAGS := $(LIB_CPPFLAGS) -Ilib/shared -Ictx-tools/common \
	-DVCTX_CONFDIR='"$(sysconfdir)/vservers"' -DVCTX_RUNDIR='"$(if $(filter /var,$(localstatedir)),,$(localstatedir))/run/vservers"' \
	-DVCTX_LIBEXECDIR='"$(libexecdir)"'
CTX_COMMON_SRCS := $(wildcard ctx-tools/common/*.c)
CTX_COMMON_OBJS := $(CTX_COMMON_SRCS:%.c=$(B)/%.o)
CTX_COMMON_A := $(B)/ctx-tools/libcommon.a
# What every tool is linked with.
CTX_LINK := $(CTX_COMMON_A) $(LIB_A) $(LIBSHARED_A)
CTX_LIBS := $(LIB_LIBS) -lcap

# One file, one program.
CTX_SBIN := $(patsubst ctx-tools/%.c,%,$(wildcard ctx-tools/*.c))
CTX_PROGRAMS := $(CTX_SBIN:%=$(B)/ctx-tools/%)
# Programs that are known by a second name.
CTX_LINKS := vnamespace:vspace

CTX_MAN8 := $(wildcard ctx-tools/man/*.8)
CTX_MAN5 := $(wildcard ctx-tools/man/*.5)
CTX_COMPLETIONS := $(wildcard ctx-tools/completion/bash/*)

ALL_TARGETS += $(CTX_PROGRAMS)
INSTALL_TARGETS += install-ctx-tools

$(CTX_COMMON_OBJS) $(CTX_PROGRAMS:%=%.o): $(B)/%.o: %.c
	@mkdir -p $(@D)
	$(E) "  CC       $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(CTX_CPPFLAGS) -c -o $@ $<

$(CTX_COMMON_A): $(CTX_COMMON_OBJS)
	$(E) "  AR       $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(CTX_PROGRAMS): %: %.o $(CTX_LINK)
	$(E) "  LD       $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(CTX_LINK) $(CTX_LIBS)
	$(Q)$(foreach l,$(filter %:$(notdir $@),$(CTX_LINKS)),ln -sf $(notdir $@) $(@D)/$(firstword $(subst :, ,$(l)));)

.PHONY: install-ctx-tools
install-ctx-tools: $(CTX_PROGRAMS)
	$(E) "  INSTALL  ctx-tools"
	$(Q)$(INSTALL) -d $(DESTDIR)$(sbindir) $(DESTDIR)$(mandir)/man8 $(DESTDIR)$(mandir)/man5 \
		$(DESTDIR)$(completiondir)
	$(Q)$(INSTALL) -m 755 $(CTX_PROGRAMS) $(DESTDIR)$(sbindir)/
	$(Q)$(foreach l,$(CTX_LINKS),ln -sf $(lastword $(subst :, ,$(l))) $(DESTDIR)$(sbindir)/$(firstword $(subst :, ,$(l)));)
	$(Q)$(if $(CTX_MAN8),$(INSTALL) -m 644 $(CTX_MAN8) $(DESTDIR)$(mandir)/man8/,:)
	$(Q)$(if $(CTX_MAN5),$(INSTALL) -m 644 $(CTX_MAN5) $(DESTDIR)$(mandir)/man5/,:)
	$(Q)$(if $(CTX_COMPLETIONS),$(INSTALL) -m 644 $(CTX_COMPLETIONS) $(DESTDIR)$(completiondir)/,:)

-include $(CTX_COMMON_OBJS:.o=.d) $(CTX_PROGRAMS:=.d)
