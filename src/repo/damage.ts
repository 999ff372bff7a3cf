/** Tells what a check may report and go on after from what is a bug. */
import { isInterruption, isNodeError, RootsealError } from '../util/errors.js';

/** Damage and read errors are findings; anything else is a bug or an interruption, and is thrown. */
export function isReadFailure(error: unknown): error is Error {
  return !isInterruption(error) && (error instanceof RootsealError || isNodeError(error));
}
