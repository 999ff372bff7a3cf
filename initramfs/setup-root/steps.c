/* See steps.h. */
#include "steps.h"

#include <time.h>

static uint64_t now(void) {
    struct timespec time = {0};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

void steps_start(struct steps *steps) {
    steps->count = 0;
    steps->last = now();
}

void step_done(struct steps *steps, const char *name) {
    uint64_t end = now();
    if (steps->count < STEPS_MAX) {
        steps->step[steps->count].name = name;
        steps->step[steps->count].microseconds = end - steps->last;
        steps->count++;
    }
    steps->last = end;
}
