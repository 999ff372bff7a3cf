/** What is said of an error: a sentence and perhaps a hint for people, one document with `--json`. */
import { describeError, errorCodeOf, isNodeError, RootsealError } from '../util/errors.js';
import type { ErrorDetails } from '../util/errors.js';
import { printableJson } from '../util/printable.js';
import { streams } from '../util/streams.js';

/** Tells it on standard error. */
export function reportError(error: unknown, json: boolean): void {
  const message = describeError(error);
  const hint = error instanceof RootsealError ? error.hint : undefined;
  if (json) {
    const code = errorCodeOf(error);
    const told = {
      code,
      message,
      details: detailsOf(error),
      ...(hint === undefined ? {} : { hint }),
    };
    streams.line(printableJson({ version: 1, error: told }));
    return;
  }
  streams.line(`error: ${message}`);
  if (hint !== undefined) streams.line(`hint: ${hint}`);
  // Anything else is a bug: whoever reports it needs the place.
  const isExpected = error instanceof RootsealError || isNodeError(error);
  if (!isExpected && error instanceof Error) streams.lines(error.stack ?? '');
}

function detailsOf(error: unknown): ErrorDetails {
  if (error instanceof RootsealError) return error.details;
  if (!isNodeError(error)) return {};
  const { syscall = '', code = '', path } = error;
  return { syscall, errno: code, ...(path === undefined ? {} : { subject: path }) };
}
