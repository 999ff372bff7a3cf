/* Variables of the firmware, as efivarfs shows them (Linux Documentation/filesystems/efivarfs.rst). */
#ifndef ROOTSEAL_EFI_VARIABLES_H
#define ROOTSEAL_EFI_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether a variable of the Boot Loader Interface ("LoaderBootCountPath", ...) exists, made at this boot: a non-volatile one of that
 * name is from somebody else, and does not count. On a machine without EFI none does. The first call mounts efivarfs at its usual
 * place where that has not been done.
 */
bool loader_variable_exists(const char *name);

/* Reads the data of such a variable, at most `capacity` bytes. Returns its size; 0 when there is none made at this boot. */
size_t read_loader_variable(const char *name, uint8_t *data, size_t capacity);

/* Whether the firmware says that Secure Boot is on. */
bool secure_boot_is_on(void);

/* Whether the firmware says that it is not in setup mode, in which everybody can give it keys. */
bool is_user_mode(void);

#endif
