# SPDX-License-Identifier: GPL-2.0-or-later
# lib/build.mk - libvctx: static and shared library, examples, installation

LIB_CPPFLAGS := -Ilib/include -Ilib/include/uapi
LIB_SRCS := $(wildcard lib/src/*.c)
SHARED_SRCS := $(wildcard lib/shared/*.c)
LIB_OBJS := $(LIB_SRCS:%.c=$(B)/%.o)
SHARED_OBJS := $(SHARED_SRCS:%.c=$(B)/%.o)
LIB_SOVERSION := 0
LIB_A := $(B)/lib/libvctx.a
LIB_SO := $(B)/lib/libvctx.so.$(LIB_SOVERSION)
LIBSHARED_A := $(B)/lib/libshared.a
# What a program that links libvctx.a needs in addition.
LIB_LIBS := -lmnl
LIB_EXAMPLES := $(patsubst lib/examples/%.c,$(B)/lib/examples/%,$(wildcard lib/examples/*.c))
LIB_MAN3 := $(B)/lib/man3
LIB_MAN7 := $(wildcard lib/man/*.7)

ALL_TARGETS += $(LIB_A) $(LIB_SO) $(LIBSHARED_A) $(LIB_EXAMPLES) $(B)/lib/libvctx.pc $(LIB_MAN3)/.done
INSTALL_TARGETS += install-lib

$(LIB_OBJS) $(SHARED_OBJS): $(B)/%.o: %.c
	@mkdir -p $(@D)
	$(E) "  CC       $@"
	$(Q)$(CC) $(ALL_CFLAGS) -fPIC -fvisibility=hidden $(LIB_CPPFLAGS) -c -o $@ $<

$(LIBSHARED_A): $(SHARED_OBJS)
	$(E) "  AR       $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(LIB_A): $(LIB_OBJS) $(SHARED_OBJS)
	$(E) "  AR       $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(LIB_SO): $(LIB_OBJS) $(SHARED_OBJS) lib/libvctx.map
	$(E) "  LD       $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -shared -Wl,-soname,libvctx.so.$(LIB_SOVERSION) \
		-Wl,--version-script=lib/libvctx.map $(if $(SANFLAGS),,-Wl,-z,defs) \
		-o $@ $(LIB_OBJS) $(SHARED_OBJS) $(LIB_LIBS)
	$(Q)ln -sf libvctx.so.$(LIB_SOVERSION) $(B)/lib/libvctx.so

$(LIB_EXAMPLES): $(B)/lib/examples/%: lib/examples/%.c $(LIB_A)
	@mkdir -p $(@D)
	$(E) "  CCLD     $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIB_CPPFLAGS) -o $@ $< $(LIB_A) $(LIB_LIBS)

$(B)/lib/libvctx.pc: lib/libvctx.pc.in Makefile
	@mkdir -p $(@D)
	$(Q)sed -e 's|@prefix@|$(prefix)|' -e 's|@libdir@|$(libdir)|' \
		-e 's|@includedir@|$(includedir)|' -e 's|@version@|$(VERSION)|' $< > $@

# The manual pages of the functions are their comments in the header.
$(LIB_MAN3)/.done: lib/include/vctx.h lib/man/header2man.awk
	@mkdir -p $(@D)
	$(E) "  MAN      $(LIB_MAN3)"
	$(Q)rm -f $(LIB_MAN3)/*.3 && awk -v out=$(LIB_MAN3) -f lib/man/header2man.awk lib/include/vctx.h && touch $@

.PHONY: install-lib
install-lib: $(LIB_A) $(LIB_SO) $(B)/lib/libvctx.pc $(LIB_MAN3)/.done
	$(E) "  INSTALL  libvctx"
	$(Q)$(INSTALL) -d $(DESTDIR)$(libdir) $(DESTDIR)$(includedir) $(DESTDIR)$(pkgconfigdir) \
		$(DESTDIR)$(mandir)/man3 $(DESTDIR)$(mandir)/man7
	$(Q)$(INSTALL) -m 644 $(LIB_A) $(LIB_SO) $(DESTDIR)$(libdir)/
	$(Q)ln -sf libvctx.so.$(LIB_SOVERSION) $(DESTDIR)$(libdir)/libvctx.so
	$(Q)$(INSTALL) -m 644 lib/include/vctx.h $(DESTDIR)$(includedir)/
	$(Q)$(INSTALL) -m 644 $(B)/lib/libvctx.pc $(DESTDIR)$(pkgconfigdir)/
	$(Q)$(INSTALL) -m 644 $(LIB_MAN3)/*.3 $(DESTDIR)$(mandir)/man3/
	$(Q)$(if $(LIB_MAN7),$(INSTALL) -m 644 $(LIB_MAN7) $(DESTDIR)$(mandir)/man7/,:)
	$(Q)$(if $(DESTDIR),:,ldconfig 2>/dev/null || :)

-include $(LIB_OBJS:.o=.d) $(SHARED_OBJS:.o=.d) $(LIB_EXAMPLES:=.d)
