/* What the stub of a unified kernel image puts into the initramfs from files that lie beside it, unsigned (systemd-stub(7), /.extra). */
#ifndef ROOTSEAL_FOREIGN_EXTRAS_H
#define ROOTSEAL_FOREIGN_EXTRAS_H

/* Removes /.extra, but for the files that the stub makes of sections of the image itself. */
void remove_foreign_extras(void);

#endif
