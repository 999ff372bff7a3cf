/**
 * Reading DER (ITU-T X.690, 02/2021): one identifier octet, definite lengths in their shortest form, nothing behind what was
 * read. What only BER allows is refused: one document has one spelling, so that what was signed is what is read.
 */
import { FormatError } from '../../util/errors.js';
import { DER_TAG } from './der-tags.js';
import { decodeOid } from './object-identifier.js';

/** One value of a DER document. */
export interface DerValue {
  /** The identifier octet. */
  readonly tag: number;
  readonly content: Buffer;
  /** Identifier, length and content. */
  readonly bytes: Buffer;
  /** Where `bytes` begins in the document, in bytes. */
  readonly offset: number;
}

/** Lengths of more octets are longer than any document. */
const LENGTH_OCTETS_MAX = 4;

/** Reads values that stand in a row, with bounds. */
export class DerReader {
  readonly format: string;
  private readonly bytes: Buffer;
  private readonly base: number;
  private position = 0;

  /**
   * @param format name of the document's format, for errors
   * @param base where `bytes` begins in the document
   */
  constructor(format: string, bytes: Uint8Array, base = 0) {
    this.format = format;
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.base = base;
  }

  get isAtEnd(): boolean {
    return this.position === this.bytes.length;
  }

  /** The values inside a constructed one. */
  inside(value: DerValue): DerReader {
    const headerSize = value.bytes.length - value.content.length;
    return new DerReader(this.format, value.content, value.offset + headerSize);
  }

  /** The next value, of any kind. @throws {FormatError} when there is none, or it is not DER */
  any(): DerValue {
    const { offset } = this;
    const start = this.position;
    const tag = this.octet();
    if ((tag & 0x1f) === 0x1f) throw this.error('a tag of more than one byte', offset);
    const length = this.length();
    if (length > this.bytes.length - this.position)
      throw this.error(`a value of ${length} bytes that ends after what holds it`, offset);
    const content = this.bytes.subarray(this.position, this.position + length);
    this.position += length;
    return { tag, content, bytes: this.bytes.subarray(start, this.position), offset };
  }

  /** Whether a value with this tag comes next. */
  isNext(tag: number): boolean {
    return this.bytes[this.position] === tag;
  }

  /** The next value, which has this tag. */
  next(tag: number, what: string): DerValue {
    if (this.isAtEnd) throw this.error(`${what} is missing`, this.offset);
    const value = this.any();
    if (value.tag === tag) return value;
    throw this.error(
      `expected ${what} (tag ${hex(tag)}), found tag ${hex(value.tag)}`,
      value.offset,
    );
  }

  /** The next value when it has this tag; nothing is read otherwise. */
  optional(tag: number): DerValue | undefined {
    return this.isNext(tag) ? this.any() : undefined;
  }

  /** The values of the SEQUENCE that comes next. */
  sequence(what: string): DerReader {
    return this.inside(this.next(DER_TAG.SEQUENCE, what));
  }

  /** The values of the SET that comes next. */
  set(what: string): DerReader {
    return this.inside(this.next(DER_TAG.SET, what));
  }

  /** An OBJECT IDENTIFIER, as `1.2.840`. */
  oid(what: string): string {
    const value = this.next(DER_TAG.OBJECT_IDENTIFIER, what);
    const oid = decodeOid(value.content);
    if (oid === undefined) throw this.error(`${what} is not an object identifier`, value.offset);
    return oid;
  }

  /** The bytes of an INTEGER in its shortest form (X.690 8.3.2), two's complement. */
  integer(what: string): Buffer {
    const { content, offset } = this.next(DER_TAG.INTEGER, what);
    const [first, second] = content;
    const isShortest =
      first !== undefined &&
      (second === undefined || !(first === 0 ? second < 0x80 : first === 0xff && second >= 0x80));
    if (!isShortest) throw this.error(`${what} is not an integer in its shortest form`, offset);
    return content;
  }

  /** An INTEGER from 0 to 127, as versions are. */
  smallInteger(what: string): number {
    const { offset } = this;
    const content = this.integer(what);
    const [value = 0] = content;
    if (content.length > 1 || value > 0x7f) throw this.error(`${what} is too large`, offset);
    return value;
  }

  /** Refuses what is left. */
  end(what: string): void {
    if (!this.isAtEnd) throw this.error(`there are bytes after ${what}`, this.offset);
  }

  /** An error at this offset of the document. */
  error(message: string, offset: number): FormatError {
    return new FormatError(this.format, message, { offset });
  }

  /** Where the next value begins in the document. */
  private get offset(): number {
    return this.base + this.position;
  }

  private octet(): number {
    const octet = this.bytes[this.position];
    if (octet === undefined) throw this.error('a value that ends too early', this.offset);
    this.position += 1;
    return octet;
  }

  private length(): number {
    const { offset } = this;
    const first = this.octet();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0) throw this.error('a length that is not definite', offset);
    if (count > LENGTH_OCTETS_MAX) throw this.error(`a length of ${count} bytes`, offset);
    let length = 0;
    for (let index = 0; index < count; index += 1) length = length * 256 + this.octet();
    const isShortest = length >= 0x80 && length >= 256 ** (count - 1);
    if (!isShortest) throw this.error('a length that is not in its shortest form', offset);
    return length;
  }
}

function hex(tag: number): string {
  return `0x${tag.toString(16).padStart(2, '0')}`;
}
