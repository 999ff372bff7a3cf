/** Errors as callers see them. */
export {
  describeError,
  EXIT_STATUS,
  exitStatusOf,
  RootsealError,
  type ErrorCode,
  type ErrorContext,
  type ErrorDetails,
} from '../util/errors.js';
