/* Mounting overlayfs from open directories. */
#ifndef ROOTSEAL_LAYERS_H
#define ROOTSEAL_LAYERS_H

#include "why.h"

/* "/proc/self/fd/", a number and a NUL. */
#define FD_PATH_SIZE 32

/* All are descriptors of attached directories, or -1 for none. */
struct layers {
    int lower;
    /* Objects: a data-only layer. */
    int data;
    /* Changes, and an empty directory beside them. Without these the mount is read-only. */
    int upper;
    int work;
    /* Every content must have the fs-verity digest that `lower` names. */
    bool requires_verity;
    /* Whether `lower` may say where the contents of its files are. Never with an `upper` from a disk. */
    bool follows_redirects;
    /* First column of /proc/mounts. Static. */
    const char *source;
    /* ATTR_ bits besides read-only. */
    unsigned attributes;
};

/* A path that leads to exactly what is open. */
void fd_path(int file, char path[FD_PATH_SIZE]);

/* Returns the descriptor of a mount that is not attached yet; -1 with a refusal. */
int mount_layers(const struct layers *layers, struct why *why);

#endif
