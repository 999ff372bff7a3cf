/** What has to be undone in any case: when the work is done, when it failed, and when a signal ends the process. */
import { describeError } from '../../util/errors.js';

export class UndoSteps {
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
   * @param warn told what could not be undone where nobody can be thrown at: after a failure, which is more important, and when the
   *   process ends
   * @throws what `action` throws, else the first error of undoing
   */
  static async around<T>(
    warn: (line: string) => void,
    action: (steps: UndoSteps) => Promise<T>,
  ): Promise<T> {
    const steps = new UndoSteps();
    const tell = (errors: readonly unknown[]): void => {
      for (const error of errors) warn(`not undone: ${describeError(error)}`);
    };
    const onExit = (): void => {
      tell(steps.undoAll());
    };
    process.once('exit', onExit);
    let result: T;
    try {
      result = await action(steps);
      steps.isSuccess = true;
    } catch (error) {
      process.removeListener('exit', onExit);
      tell(steps.undoAll());
      throw error;
    }
    process.removeListener('exit', onExit);
    const errors = steps.undoAll();
    tell(errors.slice(1));
    for (const error of errors) throw error;
    return result;
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
