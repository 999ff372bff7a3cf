/** Errors as callers see them. */
export {
  describeError,
  exitStatusOf,
  RootsealError,
  type ErrorCode,
  type ErrorContext,
  type ErrorDetails,
} from '../util/errors.js';
