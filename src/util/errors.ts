/**
 * Every error that rootseal throws on purpose: one class, one closed set of codes.
 *
 * A message says what was being done, what was found and where; it is lower case, has no full stop and never
 * repeats its cause, because the command line prints the whole chain as `a: b: c`.
 */

import { oneLine } from './printable.js';
import {
  describeFailure,
  describeNodeError,
  sentenceOf,
  systemErrorCode,
} from './system-errors.js';
import { withoutTemporaryNames } from './temporary-names.js';

/** The exit status that the command line has for each error code; the table of `docs/man/rootseal.1.md`. */
export const EXIT_STATUS = {
  FAILED: 1,
  PERMISSION_DENIED: 1,
  READ_ONLY: 1,
  TREE_CHANGED: 1,
  USAGE: 2,
  FINDINGS: 3,
  REPOSITORY_NOT_FOUND: 10,
  REVISION_NOT_FOUND: 10,
  OBJECT_NOT_FOUND: 10,
  PATH_NOT_FOUND: 10,
  LOCKED: 11,
  SEAL_MISSING: 12,
  SEAL_INVALID: 12,
  SEAL_UNTRUSTED: 12,
  DIGEST_MISMATCH: 12,
  ATTESTATION_MISSING: 12,
  ATTESTATION_INVALID: 12,
  ATTESTATION_UNTRUSTED: 12,
  NOT_BOOTED: 13,
  UNSUPPORTED: 14,
  NETWORK: 15,
  NO_SPACE: 16,
  FORMAT_INVALID: 17,
  OBJECT_CORRUPT: 17,
  FAILED_HERE: 18,
  UNCHANGED: 77,
  INTERRUPTED: 130,
  TERMINATED: 143,
} as const;

/** Stable name of a kind of failure. */
export type ErrorCode = keyof typeof EXIT_STATUS;

/** Plain data about an error, printed with `--json`. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** What an error may carry besides its code and message. */
export interface ErrorContext {
  readonly cause?: unknown;
  readonly details?: ErrorDetails;
  /** One sentence that says what the user can do about it. */
  readonly hint?: string;
}

/** An expected failure: the message is for people, the code for programs. */
export class RootsealError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = 'RootsealError';
    this.code = code;
    this.details = context.details ?? {};
    this.hint = context.hint;
  }
}

/** Where in an input something is wrong. `offset` in bytes from 0; `line` and `column` from 1. */
export interface FormatPlace {
  readonly offset?: number;
  readonly line?: number;
  readonly column?: number;
  /** The field of the format that is wrong, by its name in the specification. */
  readonly field?: string;
}

/** Bytes or text that do not follow their format. The only error that `src/formats` throws. */
export class FormatError extends RootsealError {
  readonly format: string;
  readonly place: FormatPlace;
  /** The message without format and place. */
  readonly reason: string;

  /**
   * @param format name of the format, e.g. `composefs dump`
   * @param message what was found and what was expected
   */
  constructor(format: string, message: string, place: FormatPlace = {}, cause?: unknown) {
    super('FORMAT_INVALID', `${format}${describePlace(place)}: ${message}`, {
      details: { format, ...place },
      ...(cause === undefined ? {} : { cause }),
    });
    this.name = 'FormatError';
    this.format = format;
    this.place = place;
    this.reason = message;
  }
}

function describePlace(place: FormatPlace): string {
  const parts: string[] = [];
  if (place.line !== undefined) parts.push(`line ${place.line}`);
  if (place.column !== undefined) parts.push(`column ${place.column}`);
  if (place.offset !== undefined) parts.push(`offset ${place.offset}`);
  if (place.field !== undefined) parts.push(place.field);
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

/** A system call that failed; the only error that `src/linux` throws besides `UNSUPPORTED`. */
export class SyscallError extends RootsealError {
  readonly syscall: string;
  /** Symbolic name, e.g. `ENOSPC`. */
  readonly errno: string;
  readonly subject: string;
  /** What the kernel said besides. */
  readonly said: string | undefined;

  /**
   * @param syscall name as in section 2 of the manual
   * @param errno symbolic name of the error
   * @param subject what it was done to, usually a path
   * @param said the kernel's or our own words for the error, where they say more than its name
   */
  constructor(syscall: string, errno: string, subject: string, said?: string) {
    super(codeOfErrno(errno), sentenceOf({ syscall, errno, subject, said }), {
      details: { syscall, errno, subject },
    });
    this.name = 'SyscallError';
    this.syscall = syscall;
    this.errno = errno;
    this.subject = subject;
    this.said = said;
  }
}

/**
 * The same failure, told of `path`: what the caller named, where the call was made on something that only we know of, such
 * as a file with a temporary name. Other errors are returned as they are.
 */
export function failureOf(path: string, error: unknown): unknown {
  const errno = systemErrorCode(error);
  if (errno === undefined || !(error instanceof SyscallError || isNodeError(error))) return error;
  return new SyscallError(error.syscall ?? 'open', errno, path);
}

const CODE_OF_ERRNO: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EACCES: 'PERMISSION_DENIED',
  EPERM: 'PERMISSION_DENIED',
  EROFS: 'READ_ONLY',
  ENOENT: 'PATH_NOT_FOUND',
  ENOTDIR: 'PATH_NOT_FOUND',
  EOPNOTSUPP: 'UNSUPPORTED',
  ENOTTY: 'UNSUPPORTED',
  ENOSYS: 'UNSUPPORTED',
};

/** The error code that stands for an errno name. */
export function codeOfErrno(errno: string): ErrorCode {
  return CODE_OF_ERRNO[errno] ?? 'FAILED';
}

/** Whether `error` is one of Node's own system errors. */
export function isNodeError(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error &&
    'syscall' in error &&
    typeof (error as NodeJS.ErrnoException).code === 'string'
  );
}

/** Whether `error` is a system call that failed, in Node's or our own form. */
export function isSystemError(error: unknown): boolean {
  return error instanceof SyscallError || isNodeError(error);
}

/** Whether `error` says, in Node's or our own form, that a system call failed with `errno`. */
export function hasErrno(error: unknown, errno: string): boolean {
  if (error instanceof SyscallError) return error.errno === errno;
  return isNodeError(error) && error.code === errno;
}

/** The code of any thrown value: Node's system errors are classified by their errno, a bug is `FAILED`. */
export function errorCodeOf(error: unknown): ErrorCode {
  if (error instanceof RootsealError) return error.code;
  return isNodeError(error) ? codeOfErrno(error.code ?? '') : 'FAILED';
}

/** Whether `error` says that somebody ended the command. */
export function isInterruption(error: unknown): boolean {
  const code = error instanceof RootsealError ? error.code : undefined;
  return code === 'INTERRUPTED' || code === 'TERMINATED';
}

/** The exit status of any thrown value. */
export function exitStatusOf(error: unknown): number {
  return EXIT_STATUS[errorCodeOf(error)];
}

/** `a: b: c` in one line, from the outermost error to its first cause; a path is named once. */
export function describeError(error: unknown): string {
  const messages: string[] = [];
  for (let current = error; current !== undefined && messages.length < 16;) {
    const message = oneLine(withoutTemporaryNames(messageOf(current)));
    const before = messages.at(-1) ?? '';
    const [subject = ''] = message.split(': ', 1);
    const isNamed = subject.includes('/') && before.includes(subject);
    messages.push(isNamed ? message.slice(subject.length + 2) : message);
    current = current instanceof Error ? current.cause : undefined;
  }
  return messages.filter((message) => message !== '').join(': ');
}

function messageOf(error: unknown): string {
  if (error instanceof SyscallError) return describeFailure(error);
  if (error instanceof Error) return describeNodeError(error) ?? error.message;
  return typeof error === 'string' ? error : JSON.stringify(error);
}
