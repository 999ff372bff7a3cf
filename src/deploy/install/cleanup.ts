/** What has to be undone in any case: when the work is done, when it failed, and when a signal ends the process. */
import { describeError } from '../../util/errors.js';
import { streams } from '../../util/streams.js';

export class Cleanup {
  private readonly steps: { readonly undo: () => void; readonly onlyOnFailure: boolean }[] = [];
  private isSuccess = false;

  /** Steps are undone in the reverse order. */
  add(undo: () => void): void {
    this.steps.push({ undo, onlyOnFailure: false });
  }

  onFailure(undo: () => void): void {
    this.steps.push({ undo, onlyOnFailure: true });
  }

  /**
   * Runs `action` and undoes what it added.
   * @throws what `action` throws, else the first error of undoing
   */
  static async around<T>(action: (cleanup: Cleanup) => Promise<T>): Promise<T> {
    const cleanup = new Cleanup();
    const onExit = (): void => {
      for (const error of cleanup.undoAll()) streams.line(`error: ${describeError(error)}`);
    };
    process.once('exit', onExit);
    try {
      const result = await action(cleanup);
      cleanup.isSuccess = true;
      return result;
    } finally {
      process.removeListener('exit', onExit);
      const [first] = cleanup.undoAll();
      if (first !== undefined) cleanup.raise(first);
    }
  }

  /** What failed before is more important than that it could not be undone. */
  private raise(error: unknown): void {
    if (this.isSuccess) throw error;
    streams.line(`note: ${describeError(error)}`);
  }

  private undoAll(): unknown[] {
    const errors: unknown[] = [];
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) {
      if (step.onlyOnFailure && this.isSuccess) continue;
      try {
        step.undo();
      } catch (error) {
        errors.push(error);
      }
    }
    return errors;
  }
}
