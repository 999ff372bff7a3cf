/**
 * The 512-byte tar header: POSIX.1-2017 ustar (pax, "ustar Interchange Format") and GNU tar's own variant (tar.h).
 *
 *     offset size field       offset size field       offset size field
 *          0  100 name           157  100 linkname       337    8 devminor
 *        100    8 mode           257    6 magic          345  155 prefix (ustar only)
 *        108    8 uid            263    2 version        386   96 sparse (GNU: 4 of offset[12], numbytes[12])
 *        116    8 gid            265   32 uname          482    1 isextended (GNU)
 *        124   12 size           297   32 gname          483   12 realsize (GNU)
 *        136   12 mtime          329    8 devmajor
 *        148    8 chksum
 *        156    1 typeflag
 */
import { fromBytes, type ByteString } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';

/** Everything in a tar is padded to blocks of this many bytes. */
export const BLOCK_SIZE = 512;

interface Field {
  readonly offset: number;
  readonly width: number;
}

const FIELDS = {
  name: { offset: 0, width: 100 },
  mode: { offset: 100, width: 8 },
  uid: { offset: 108, width: 8 },
  gid: { offset: 116, width: 8 },
  size: { offset: 124, width: 12 },
  mtime: { offset: 136, width: 12 },
  chksum: { offset: 148, width: 8 },
  typeflag: { offset: 156, width: 1 },
  linkname: { offset: 157, width: 100 },
  magic: { offset: 257, width: 8 },
  uname: { offset: 265, width: 32 },
  gname: { offset: 297, width: 32 },
  devmajor: { offset: 329, width: 8 },
  devminor: { offset: 337, width: 8 },
  prefix: { offset: 345, width: 155 },
  realsize: { offset: 483, width: 12 },
} as const satisfies Record<string, Field>;

/** `magic` and `version` together. */
const POSIX_MAGIC = 'ustar\x0000';
const POSIX_PREFIX = 'ustar\0';
const GNU_MAGIC = 'ustar  \0';

/** Header fields that hold a number. */
export type NumberField =
  'mode' | 'uid' | 'gid' | 'size' | 'mtime' | 'chksum' | 'devmajor' | 'devminor' | 'realsize';

/** A header whose checksum is right. Its numbers are decoded when they are asked for. */
export interface Header {
  /** Where the header begins in the archive. */
  readonly offset: number;
  readonly block: Uint8Array;
  readonly dialect: 'ustar' | 'gnu' | 'v7';
  /** One byte; NUL is given as `0`. */
  readonly typeflag: ByteString;
  /** `prefix/name` where the dialect has a prefix. */
  readonly name: ByteString;
  readonly linkname: ByteString;
}

/** Whether a block holds only zeros. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/**
 * Decodes a header. The result keeps `block`.
 *
 * @param block 512 bytes, not all zero
 * @param offset of the block in the archive
 * @throws {FormatError} when the checksum is wrong
 */
export function decodeHeader(block: Uint8Array, offset: number): Header {
  checkChecksum(block, offset);
  const magic = fromBytes(slice(block, FIELDS.magic));
  const dialect = magic === GNU_MAGIC ? 'gnu' : magic.startsWith(POSIX_PREFIX) ? 'ustar' : 'v7';
  const name = text(block, FIELDS.name);
  const prefix = dialect === 'ustar' ? text(block, FIELDS.prefix) : '';
  const typeflag = fromBytes(slice(block, FIELDS.typeflag));
  return {
    offset,
    block,
    dialect,
    typeflag: typeflag === '\0' ? ('0' as ByteString) : typeflag,
    name: prefix === '' ? name : (`${prefix}/${name}` as ByteString),
    linkname: text(block, FIELDS.linkname),
  };
}

/**
 * A number of the header.
 *
 * @throws {FormatError} when it is not a number or outside `[min, max]`
 */
export function headerNumber(header: Header, name: NumberField, min: number, max: number): number {
  const place = { offset: header.offset + FIELDS[name].offset, field: name };
  const value = decodeNumber(slice(header.block, FIELDS[name]), place);
  if (value >= min && value <= max) return value;
  throw new FormatError('tar', `${value} is not between ${min} and ${max}`, place);
}

/** The name of owner or group, which may be empty; Unix V7 has none. */
export function headerOwner(header: Header, name: 'uname' | 'gname'): ByteString {
  return header.dialect === 'v7' ? ('' as ByteString) : text(header.block, FIELDS[name]);
}

/** Whether a block has the magic of a header, be its checksum right or wrong. Headers of Unix V7 have none. */
export function hasMagic(block: Uint8Array): boolean {
  return fromBytes(slice(block, FIELDS.magic)).startsWith('ustar');
}

/** Whether a block is a header with the right checksum. */
export function isHeader(block: Uint8Array): boolean {
  const stored = digitsOf(slice(block, FIELDS.chksum));
  return stored !== undefined && checksumsOf(block).includes(stored);
}

/**
 * A number in octal digits, or, when the first bit is set, in GNU's big-endian two's complement ("base-256").
 * An empty field is 0.
 *
 * @param bytes at most 12 bytes
 * @throws {FormatError} when it is neither, or beyond 2^53 - 1
 */
export function decodeNumber(
  bytes: Uint8Array,
  place: { readonly offset: number; readonly field: string },
): number {
  const first = bytes[0] ?? 0;
  if (first >= 0x80) {
    let value = BigInt((first & 0x7f) - ((first & 0x40) << 1));
    for (const byte of bytes.subarray(1)) value = (value << 8n) | BigInt(byte);
    const result = Number(value);
    if (Number.isSafeInteger(result)) return result;
    throw new FormatError('tar', 'the number is beyond 2^53 - 1', place);
  }
  const value = digitsOf(bytes);
  if (value === undefined) throw new FormatError('tar', 'not an octal number', place);
  return value;
}

function digitsOf(bytes: Uint8Array): number | undefined {
  const digits = /^ *([0-7]*)(?:[ \0]|$)/.exec(fromBytes(bytes))?.[1];
  return digits === '' ? 0 : digits === undefined ? undefined : Number.parseInt(digits, 8);
}

/** What the writer puts in a header. */
export interface HeaderFields {
  readonly name: ByteString;
  readonly prefix: ByteString;
  readonly typeflag: string;
  readonly linkname: ByteString;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly devmajor: number;
  readonly devminor: number;
}

/** Names that a header holds, in bytes. */
export const HEADER_NAME_SIZE = FIELDS.name.width;
export const HEADER_PREFIX_SIZE = FIELDS.prefix.width;

/** The largest number that a header field of the writer holds: octal digits and a NUL. */
export function headerMaximum(name: NumberField): number {
  return 8 ** (FIELDS[name].width - 1) - 1;
}

/**
 * A ustar header block.
 *
 * @throws {FormatError} when a value does not fit its field
 */
export function encodeHeader(fields: HeaderFields): Buffer {
  const block = Buffer.alloc(BLOCK_SIZE);
  for (const name of ['name', 'prefix', 'linkname'] as const) {
    if (fields[name].length > FIELDS[name].width)
      throw new FormatError('tar', 'the text does not fit the header', { field: name });
    block.write(fields[name], FIELDS[name].offset, 'latin1');
  }
  for (const name of ['mode', 'uid', 'gid', 'size', 'mtime', 'devmajor', 'devminor'] as const) {
    if (fields[name] < 0 || fields[name] > headerMaximum(name))
      throw new FormatError('tar', `${fields[name]} does not fit the header`, { field: name });
    const digits = fields[name].toString(8).padStart(FIELDS[name].width - 1, '0');
    block.write(digits, FIELDS[name].offset, 'latin1');
  }
  block.write(fields.typeflag, FIELDS.typeflag.offset, 'latin1');
  block.write(POSIX_MAGIC, FIELDS.magic.offset, 'latin1');
  block.fill(0x20, FIELDS.chksum.offset, FIELDS.chksum.offset + FIELDS.chksum.width);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0`, FIELDS.chksum.offset, 'latin1');
  return block;
}

function slice(block: Uint8Array, field: Field): Uint8Array {
  return block.subarray(field.offset, field.offset + field.width);
}

function text(block: Uint8Array, field: Field): ByteString {
  const bytes = slice(block, field);
  const end = bytes.indexOf(0);
  return fromBytes(end === -1 ? bytes : bytes.subarray(0, end));
}

function checkChecksum(block: Uint8Array, offset: number): void {
  const place = { offset: offset + FIELDS.chksum.offset, field: 'chksum' };
  const stored = decodeNumber(slice(block, FIELDS.chksum), place);
  const sums = checksumsOf(block);
  if (!sums.includes(stored))
    throw new FormatError('tar', `the checksum is ${stored}, not ${sums[0]}`, place);
}

/** POSIX asks for a sum of unsigned characters; some historic writers summed signed ones. */
function checksumsOf(block: Uint8Array): readonly [unsigned: number, signed: number] {
  const { offset: start, width } = FIELDS.chksum;
  let unsigned = 0x20 * width;
  let signed = unsigned;
  for (let index = 0; index < BLOCK_SIZE; index++) {
    if (index >= start && index < start + width) continue;
    const byte = block[index] ?? 0;
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  return [unsigned, signed];
}
