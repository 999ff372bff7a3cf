/* `devices DIRECTORY MAJOR MINOR` prints the device that this one lies on, with DIRECTORY in the place of /sys/dev/block. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "underlying_device.h"

int main(int count, char **words) {
    if (count != 4) return 2;
    dev_t device = makedev((unsigned)strtoul(words[2], NULL, 10), (unsigned)strtoul(words[3], NULL, 10));
    device = underlying_device(words[1], device);
    printf("%u:%u\n", major(device), minor(device));
    return 0;
}
