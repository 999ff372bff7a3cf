# `make install DESTDIR=TREE`: what the boot needs, in the operating system tree TREE. An initramfs that is made there
# afterwards, when the tree says whom it trusts, looks for a sealed root and refuses others. So that no running system gets there by
# mistake, DESTDIR must be given.

INSTALLED := $(DESTDIR)/usr/lib/rootseal
INITRAMFS_TOOLS := $(DESTDIR)/usr/share/initramfs-tools
DRACUT := $(DESTDIR)/usr/lib/dracut/modules.d/90rootseal
UNITS := $(DESTDIR)/usr/lib/systemd/system

.PHONY: install check-tree install-program install-initramfs-tools install-dracut
install: install-program install-initramfs-tools install-dracut

check-tree:
	@if [ -z "$(DESTDIR)" ]; then echo "make install: DESTDIR= must name a tree; / is this system" >&2; exit 1; fi

install-program: check-tree $(if $(PREBUILT),,program)
	install -D -m 0755 $(or $(PREBUILT),$(BUILD)/rootseal-setup-root) $(INSTALLED)/rootseal-setup-root

install-initramfs-tools: install-program
	install -D -m 0644 initramfs-tools/functions $(INSTALLED)/initramfs-tools-functions
	install -D -m 0755 initramfs-tools/hook $(INITRAMFS_TOOLS)/hooks/rootseal
	install -D -m 0755 initramfs-tools/local-bottom $(INITRAMFS_TOOLS)/scripts/local-bottom/rootseal

# The units are used inside of an initramfs only; the dracut module takes them from where a distribution keeps units.
install-dracut: install-program
	install -D -m 0644 -t $(UNITS) ../systemd/rootseal-setup-root.service ../systemd/rootseal-refused.service
	install -D -m 0755 dracut/module-setup.sh $(DRACUT)/module-setup.sh
	install -D -m 0644 ../systemd/no-shell.conf $(DRACUT)/no-shell.conf
