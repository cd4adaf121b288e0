# SPDX-License-Identifier: GPL-2.0-or-later
# init-scripts/build.mk - starting guests with the host

INIT_IN := $(wildcard init-scripts/common/*.sh init-scripts/sysv/* init-scripts/systemd/* init-scripts/monitoring/*.sh)
INIT_MONITORING := $(filter-out %.sh,$(wildcard init-scripts/monitoring/*))
INIT_OUT := $(INIT_IN:%=$(B)/%)

ALL_TARGETS += $(INIT_OUT)
INSTALL_TARGETS += install-init-scripts

$(INIT_OUT): $(B)/%: % Makefile
	@mkdir -p $(@D)
	$(Q)sed -e 's|@sbindir@|$(sbindir)|g' -e 's|@libexecdir@|$(libexecdir)|g' -e 's|@sysconfdir@|$(sysconfdir)|g' \
		-e 's|:-/etc/vservers}|:-$(sysconfdir)/vservers}|' $< > $@

.PHONY: install-init-scripts
install-init-scripts: $(INIT_OUT)
	$(E) "  INSTALL  init-scripts"
	$(Q)$(INSTALL) -d $(DESTDIR)$(libexecdir) $(DESTDIR)$(unitdir) $(DESTDIR)$(sysconfdir)/init.d \
		$(DESTDIR)$(sysconfdir)/default $(DESTDIR)$(sysconfdir)/vservers/.defaults \
		$(DESTDIR)$(datadir)/vctx/monitoring
	$(Q)$(INSTALL) -m 755 $(B)/init-scripts/common/vservers.sh $(B)/init-scripts/monitoring/vserver-metrics.sh \
		$(DESTDIR)$(libexecdir)/
	$(Q)$(INSTALL) -m 644 $(INIT_MONITORING) $(DESTDIR)$(datadir)/vctx/monitoring/
	$(Q)$(INSTALL) -m 755 $(B)/init-scripts/sysv/vservers $(DESTDIR)$(sysconfdir)/init.d/
	$(Q)[ -e $(DESTDIR)$(sysconfdir)/default/vservers ] || \
		$(INSTALL) -m 644 $(B)/init-scripts/sysv/vservers.default $(DESTDIR)$(sysconfdir)/default/vservers
	$(Q)$(INSTALL) -m 644 $(filter $(B)/init-scripts/systemd/%,$(INIT_OUT)) $(DESTDIR)$(unitdir)/
