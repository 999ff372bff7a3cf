/* See foreign_extras.h. */
#include "foreign_extras.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory_tree.h"

#define EXTRAS "/.extra"

/* Of the sections .pcrsig, .pcrpkey, .osrel and .profile (systemd 257, src/boot/stub.c). */
static const char *const of_sections[] = {"tpm2-pcr-signature.json", "tpm2-pcr-public-key.pem", "os-release", "profile"};

static bool is_of_section(int directory, const char *name) {
    struct stat status;
    for (size_t i = 0; i < sizeof of_sections / sizeof of_sections[0]; i++)
        if (strcmp(name, of_sections[i]) == 0)
            return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
    return false;
}

void remove_foreign_extras(void) {
    struct stat status;
    int directory = open(EXTRAS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory != -1 && fstat(directory, &status) == 0)
        remove_contents(directory, status.st_dev, is_of_section);
    else if (directory == -1)
        unlink(EXTRAS);
}
