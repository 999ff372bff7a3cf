/* What is known about the boot that is under way. One for the whole program, in static memory. */
#ifndef ROOTSEAL_BOOT_H
#define ROOTSEAL_BOOT_H

#include "assurance.h"
#include "cmdline.h"
#include "decision.h"
#include "steps.h"
#include "trust_manifest.h"

/* Where mounts are put together before anybody can see them: a file system in memory, mounted for as long as we run. */
#define WORK_PATH "/run/rootseal/work"
/* Where the physical root is in the meantime. */
#define PHYSICAL_PATH WORK_PATH "/physical"

struct boot {
    /* Where the physical root was mounted, and the new root will be: an absolute path. */
    const char *target;

    /* What this boot believes where it is there; and whether it is. */
    struct trust_manifest manifest;
    bool has_manifest;

    struct policy policy;
    struct keyring keys;
    struct revocations revoked;

    struct cmdline cmdline;
    /* Whether `cmdline` was read, so that its image can be named. */
    bool has_cmdline;

    /* Directories and files that are open, or -1. */
    int work;
    int physical;
    int objects;
    int image;
    /* Roots of the mounts that were made, attached below `work`. */
    int root;

    /* The seal's bytes (mode=seal), and what they prove. */
    size_t seal_size;
    uint8_t seal_bytes[NOTE_MAX + 1];
    struct seal_report seal;

    /* What this boot can be relied on for; known at the end. */
    struct assurance assurance;

    struct steps steps;
};

#endif
