/** Bounded concurrency and orderly clean-up. */

/** Calls `task` for every item, at most `limit` at a time; the first error stops the rest from starting. */
export async function forEachBounded<T>(
  items: Iterable<T>,
  limit: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const lane = async (): Promise<void> => {
    while (!failed) {
      const next = iterator.next();
      if (next.done === true) return;
      try {
        await task(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = Array.from({ length: limit }, lane);
  const results = await Promise.allSettled(lanes);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Tasks that were begun and not waited for. */
export class Background {
  private readonly tasks: Promise<void>[] = [];
  private failure: { readonly reason: unknown } | undefined;

  begin(task: Promise<void>): void {
    this.tasks.push(
      task.catch((reason: unknown) => {
        this.failure ??= { reason };
      }),
    );
  }

  /** Throws what the first task that failed has thrown. */
  check(): void {
    if (this.failure !== undefined) throw this.failure.reason;
  }

  /** Waits until no task runs any more, failed or not. */
  async settle(): Promise<void> {
    await Promise.all(this.tasks);
  }
}

/** Clean-up actions, run in the reverse order of their registration. */
export class Cleanup {
  private readonly actions: (() => void | Promise<void>)[] = [];

  defer(action: () => void | Promise<void>): void {
    this.actions.push(action);
  }

  /** Runs every action even when one fails, then throws the first failure. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let action = this.actions.pop(); action !== undefined; action = this.actions.pop()) {
      try {
        await action();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
