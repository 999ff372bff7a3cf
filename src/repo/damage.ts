/** Tells what a check may report and go on after from what is a bug. */
import { isNodeError, RootsealError } from '../util/errors.js';

/** Damage and read errors are findings; anything else is a bug and is thrown. */
export function isReadFailure(error: unknown): error is Error {
  return error instanceof RootsealError || isNodeError(error);
}
