/** Looks at one thing after another: what cannot be seen is a problem, and hides nothing else. */
import { describeError, isInterruption } from '../../util/errors.js';

export class Attempts {
  /** One sentence for each thing that could not be seen, each once. */
  readonly problems: string[] = [];

  /** @returns what was seen, or `otherwise` */
  sync<T>(otherwise: T, look: () => T): T {
    try {
      return look();
    } catch (error) {
      return this.fail(otherwise, error);
    }
  }

  /** The same for what takes a while. */
  async async<T>(otherwise: T, look: () => Promise<T>): Promise<T> {
    try {
      return await look();
    } catch (error) {
      return this.fail(otherwise, error);
    }
  }

  private fail<T>(otherwise: T, error: unknown): T {
    if (isInterruption(error)) throw error;
    const problem = describeError(error);
    if (!this.problems.includes(problem)) this.problems.push(problem);
    return otherwise;
  }
}
