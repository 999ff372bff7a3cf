/** Long work in steps: worker threads do them at once, the main thread with pauses between them (`pauses.ts`). */

/**
 * Work in steps: it may pause wherever it yields. Buffers that others use meanwhile must not be in use there, and what is to be
 * undone when it ends there is undone in `finally`.
 */
export type Steps<T> = Generator<void, T, void>;

/** Does all steps without a pause: in a thread that nobody waits for, or where there are few. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
