/* See efi_variables.h. Names and vendors: UEFI 2.10 section 3.3; systemd.io/BOOT_LOADER_INTERFACE. */
#include "efi_variables.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "beneath.h"
#include "mount_api.h"

#define VARIABLES_PATH "/sys/firmware/efi/efivars"
#define GLOBAL_VENDOR "8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define LOADER_VENDOR "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define EFIVARFS_MAGIC 0xde5e81e4UL
/* A file begins with the attributes of the variable, 32 bits, little-endian. */
#define ATTRIBUTES_SIZE 4
/*
 * Those of a variable that firmware or boot loader made at this boot: EFI_VARIABLE_BOOTSERVICE_ACCESS and _RUNTIME_ACCESS, and not
 * _NON_VOLATILE. What the running system makes is non-volatile, stays, and keeps the boot loader from making its own.
 */
static const uint8_t of_this_boot[ATTRIBUTES_SIZE] = {0x06, 0, 0, 0};
#define DATA_MAX 512

/* Returns the directory, or -1 when there are no variables here. */
static int open_variables(void) {
    struct statfs status;
    int place = open(VARIABLES_PATH, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place == -1) return -1;
    if (fstatfs(place, &status) == 0 && (unsigned long)status.f_type == EFIVARFS_MAGIC) return place;
    struct why ignored;
    const struct mount_option options[] = {{"source", "efivarfs"}};
    const struct file_system variables = {"efivarfs", 1, options, ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC};
    int mount = mount_create(&variables, &ignored);
    bool is_attached = mount != -1 && mount_attach(mount, place, VARIABLES_PATH, &ignored);
    if (mount != -1) close(mount);
    close(place);
    return is_attached ? open(VARIABLES_PATH, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

static size_t read_variable(const char *name, const char *vendor, uint8_t *data, size_t capacity) {
    uint8_t bytes[ATTRIBUTES_SIZE + DATA_MAX];
    char file[128];
    size_t size = 0;
    snprintf(file, sizeof file, "%s-%s", name, vendor);
    int variables = open_variables();
    if (variables == -1) return 0;
    bool is_read = read_trusted_file(variables, file, bytes, sizeof bytes, &size);
    close(variables);
    if (!is_read || size <= ATTRIBUTES_SIZE || memcmp(bytes, of_this_boot, ATTRIBUTES_SIZE) != 0) return 0;
    size -= ATTRIBUTES_SIZE;
    if (size > capacity) size = capacity;
    memcpy(data, bytes + ATTRIBUTES_SIZE, size);
    return size;
}

size_t read_loader_variable(const char *name, uint8_t *data, size_t capacity) {
    return read_variable(name, LOADER_VENDOR, data, capacity);
}

bool loader_variable_exists(const char *name) {
    uint8_t data[1];
    return read_loader_variable(name, data, sizeof data) > 0;
}

/* Whether a variable of one byte that the firmware itself makes has this value. */
static bool firmware_says(const char *name, uint8_t value) {
    uint8_t data[2];
    return read_variable(name, GLOBAL_VENDOR, data, sizeof data) == 1 && data[0] == value;
}

bool secure_boot_is_on(void) { return firmware_says("SecureBoot", 1); }

bool is_user_mode(void) { return firmware_says("SetupMode", 0); }
