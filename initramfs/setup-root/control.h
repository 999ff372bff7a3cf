/* ioctl(2) by system call: C libraries do not agree about the type of the request, and warn about its size. */
#ifndef ROOTSEAL_CONTROL_H
#define ROOTSEAL_CONTROL_H

#include <sys/syscall.h>
#include <unistd.h>

/* `argument` as the request wants it. Returns -1 and errno, or what the kernel returns. */
static inline long control(int file, unsigned long request, void *argument) {
    return syscall(SYS_ioctl, file, request, argument);
}

#endif
