/* How long the steps of a boot took. */
#ifndef ROOTSEAL_STEPS_H
#define ROOTSEAL_STEPS_H

#include <stddef.h>
#include <stdint.h>

#define STEPS_MAX 24

struct steps {
    size_t count;
    /* Microseconds of CLOCK_MONOTONIC when the last step ended. */
    uint64_t last;
    struct {
        /* Static. */
        const char *name;
        uint64_t microseconds;
    } step[STEPS_MAX];
};

/* Starts the clock. */
void steps_start(struct steps *steps);

/* Ends a step that began where the last one ended. Steps beyond STEPS_MAX are not kept. */
void step_done(struct steps *steps, const char *name);

#endif
