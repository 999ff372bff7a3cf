/**
 * One line of a composefs-dump(5): its eleven fields, as places in the input, and how each kind of value is read.
 *
 * Nothing is decoded before it is asked for, and one `DumpLine` serves all lines of a dump.
 */
import { fromBytes, toBytes, type ByteString } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import { unescapeBytes } from './escape.js';

export const FORMAT = 'composefs dump';

/** The fields in their order. */
export const FIELDS = [
  'PATH',
  'SIZE',
  'MODE',
  'NLINK',
  'UID',
  'GID',
  'RDEV',
  'MTIME',
  'PAYLOAD',
  'CONTENT',
  'DIGEST',
] as const;

export type FieldName = (typeof FIELDS)[number];

const INDEX = Object.fromEntries(FIELDS.map((name, index) => [name, index])) as Readonly<
  Record<FieldName, number>
>;
const SPACE = 0x20;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
const DASH = 0x2d;
const AT_SIGN = 0x40;

/** Bytes of the input: `[start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The current line of a dump. Columns and lines in errors count from 1. */
export class DumpLine {
  readonly bytes: Buffer;
  /** Number of the current line, from 1. */
  number = 0;
  private lineStart = 0;
  private lineEnd = 0;
  private fieldCount = 0;
  private readonly starts: number[] = FIELDS.map(() => 0);
  private readonly ends: number[] = FIELDS.map(() => 0);
  private readonly escaped: boolean[] = FIELDS.map(() => false);
  /** The first NUL byte of the input, negative when there is none. No line is read beyond it. */
  private readonly firstNul: number;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.firstNul = this.bytes.indexOf(0);
  }

  /**
   * Makes `[start, end)` the current line, which lies after the one before; `end` is the place of its newline or the
   * end of the input.
   *
   * @throws {FormatError} when the line holds a NUL byte
   */
  load(start: number, end: number): void {
    this.number++;
    this.lineStart = start;
    this.lineEnd = end;
    this.fieldCount = 0;
    let at = start;
    for (let field = 0; field < FIELDS.length && at <= end; field++) {
      this.starts[field] = at;
      let escaped = false;
      for (; at < end; at++) {
        const byte = this.bytes[at];
        if (byte === SPACE) break;
        if (byte === BACKSLASH) escaped = true;
      }
      this.escaped[field] = escaped;
      this.ends[field] = at++;
      this.fieldCount = field + 1;
    }
    if (this.firstNul >= start && this.firstNul < end) {
      this.failAt(this.firstNul, this.fieldAt(this.firstNul), 'a raw NUL byte');
    }
  }

  /** Whether the line reaches as far as this field. */
  has(field: FieldName): boolean {
    return INDEX[field] < this.fieldCount;
  }

  /** Where a field is. @throws {FormatError} when the line ends before it */
  span(field: FieldName): Span {
    const index = INDEX[field];
    if (index >= this.fieldCount) {
      this.failAt(this.lineEnd, field, `the line ends before ${field}`);
    }
    return { start: this.starts[index] ?? 0, end: this.ends[index] ?? 0 };
  }

  /** What follows DIGEST and its space: extended attributes. */
  rest(): Span {
    const start = (this.ends[FIELDS.length - 1] ?? 0) + 1;
    const complete = this.fieldCount === FIELDS.length && start < this.lineEnd;
    return complete ? { start, end: this.lineEnd } : { start: this.lineEnd, end: this.lineEnd };
  }

  /** Whether an optional field is set, that is: present and not a lone `-`. */
  isSet(field: FieldName): boolean {
    const { start, end } = this.span(field);
    return end - start !== 1 || this.bytes[start] !== DASH;
  }

  /** Whether MODE starts with the mark of a hard link. */
  isHardLink(): boolean {
    return this.has('MODE') && this.bytes[this.span('MODE').start] === AT_SIGN;
  }

  /** A field without its escapes: a view or a new buffer. */
  content(field: FieldName): Buffer {
    const { start, end } = this.span(field);
    return unescapeBytes(this.bytes, start, end, (message) => this.fail(field, message));
  }

  /** A field without its escapes. @throws {FormatError} when it contains a NUL byte or is empty */
  text(field: FieldName): ByteString {
    const { start, end } = this.span(field);
    if (start === end) this.fail(field, 'it is empty');
    if (this.escaped[INDEX[field]] === false) return this.slice(start, end);
    const content = this.content(field);
    if (content.includes(0)) this.fail(field, 'it contains a NUL byte');
    return fromBytes(content);
  }

  /** The last name of PATH, given as `path`; a string of its own, so that it does not keep the whole path. */
  lastName(path: ByteString): ByteString {
    const length = path.length - 1 - path.lastIndexOf('/');
    const { end } = this.span('PATH');
    if (this.escaped[INDEX.PATH] === false) return this.slice(end - length, end);
    return fromBytes(toBytes(path.slice(path.length - length) as ByteString));
  }

  private slice(start: number, end: number): ByteString {
    return this.bytes.toString('latin1', start, end) as ByteString;
  }

  /** A field that is a decimal number in `[0, max]`, `max` at most 2^53 - 1. */
  decimal(field: FieldName, max: number): number {
    return this.digits(field, this.span(field), { base: 10, max });
  }

  /** The number in MODE, without the mark of a hard link; at most 32 bits. */
  octalMode(): number {
    const { start, end } = this.span('MODE');
    const skip = this.isHardLink() ? 1 : 0;
    return this.digits('MODE', { start: start + skip, end }, { base: 8, max: 0xffffffff });
  }

  /** MTIME as signed seconds and nanoseconds. */
  mtime(): { sec: number; nsec: number } {
    const { start, end } = this.span('MTIME');
    const dot = this.bytes.subarray(start, end).indexOf('.');
    if (dot < 0) this.fail('MTIME', 'expected seconds, a dot and nanoseconds');
    const negative = this.bytes[start] === DASH;
    const seconds = { start: start + (negative ? 1 : 0), end: start + dot };
    const sec = this.digits('MTIME', seconds, { base: 10, max: Number.MAX_SAFE_INTEGER });
    const nanoseconds = { start: start + dot + 1, end };
    const nsec = this.digits('MTIME', nanoseconds, { base: 10, max: 999_999_999 });
    return { sec: negative && sec !== 0 ? -sec : sec, nsec };
  }

  private digits(field: FieldName, span: Span, { base, max }: { base: 8 | 10; max: number }) {
    let value = 0;
    for (let at = span.start; at < span.end; at++) {
      const digit = (this.bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit >= base) {
        this.fail(field, `expected ${base === 8 ? 'an octal' : 'a decimal'} number`);
      }
      value = value * base + digit;
      if (value > max) this.fail(field, `the number is larger than ${max.toString(base)}`);
    }
    if (span.start === span.end) this.fail(field, 'expected a number, found nothing');
    return value;
  }

  /** The column of a field, from 1. */
  column(field: FieldName): number {
    return (this.starts[INDEX[field]] ?? this.lineStart) - this.lineStart + 1;
  }

  /** @throws {FormatError} always, with the place of the field */
  fail(field: FieldName, message: string): never {
    this.failAt(this.lineStart + this.column(field) - 1, field, message);
  }

  /** @throws {FormatError} always; `at` is an offset in the input */
  failAt(at: number, field: string, message: string): never {
    const place = { line: this.number, column: at - this.lineStart + 1, field };
    throw new FormatError(FORMAT, message, place);
  }

  private fieldAt(offset: number): string {
    for (let field = 0; field < this.fieldCount; field++) {
      if (offset <= (this.ends[field] ?? 0)) return FIELDS[field] ?? 'XATTR';
    }
    return 'XATTR';
  }
}
