/* See loop_device.h. LOOP_CONFIGURE: Linux 5.8, include/uapi/linux/loop.h. */
#include "loop_device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "control.h"
#include "system_error.h"

/* Others may take the free device between the question and its use. */
#define TRIES_MAX 64

static int loop_failed(struct why *why, const char *subject) {
    refuse_errno(why, WHAT_KERNEL, subject);
    return -1;
}

int attach_loop(int file, char path[LOOP_PATH_SIZE], struct why *why) {
    struct loop_config config = {
        .fd = (unsigned)file,
        .info = {.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR},
    };
    int devices = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    if (devices == -1) return loop_failed(why, "loop devices, which this kernel needs to mount an image");
    int device = -1;
    for (int i = 0; i < TRIES_MAX; i++) {
        long number = control(devices, LOOP_CTL_GET_FREE, NULL);
        if (number < 0) break;
        snprintf(path, LOOP_PATH_SIZE, "/dev/loop%ld", number);
        /* Read-only from the start, so that nobody can write through this descriptor. */
        device = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (device == -1) break;
        if (control(device, LOOP_CONFIGURE, &config) == 0) break;
        int error = errno;
        close(device);
        device = -1;
        errno = error;
        if (error != EBUSY) break;
    }
    int error = errno;
    close(devices);
    errno = error;
    return device == -1 ? loop_failed(why, "loop device") : device;
}
