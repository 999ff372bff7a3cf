/**
 * Which parts of a sparse file are stored: GNU tar's old format (`S` headers) and its pax formats 0.0, 0.1 and 1.0
 * (GNU tar manual, "Storing Sparse Files").
 */
import { FormatError } from '../../util/errors.js';
import type { SparseRecords } from './tar-attributes.js';
import { BLOCK_SIZE, decodeNumber, headerNumber, type Header } from './header.js';
import type { TarInput } from './input.js';

/** The stored pieces of a file, in order and apart from each other. */
export interface SparseMap {
  /** Length of the file with its holes, in bytes. */
  readonly realsize: number;
  /** Offset and length of each piece, in turn. */
  readonly pieces: readonly number[];
}

/** A file of more pieces than this is refused. */
export const PIECES_MAX = 1_000_000;

const OLD_SPARSE_OFFSET = 386;
const OLD_SPARSE_COUNT = 4;
const EXTENSION_SPARSE_COUNT = 21;
const PIECE_SIZE = 24;

/**
 * The map of an `S` header and of the extension headers that follow it, which are consumed.
 *
 * @throws {FormatError} when it is damaged
 */
export async function readOldSparse(input: TarInput, header: Header): Promise<SparseMap> {
  const realsize = headerNumber(header, 'realsize', 0, Number.MAX_SAFE_INTEGER);
  const pieces: number[] = [];
  const addPieces = (block: Uint8Array, count: number, offset: number): boolean => {
    for (let index = 0; index < count; index++) {
      const at = index * PIECE_SIZE;
      if (block[at + 12] === 0) break;
      const place = { offset: offset + at, field: 'sparse' };
      pieces.push(decodeNumber(block.subarray(at, at + 12), place));
      pieces.push(decodeNumber(block.subarray(at + 12, at + 24), place));
    }
    return block[count * PIECE_SIZE] !== 0;
  };
  const first = header.block.subarray(OLD_SPARSE_OFFSET);
  let extended = addPieces(first, OLD_SPARSE_COUNT, header.offset + OLD_SPARSE_OFFSET);
  while (extended) {
    checkCount(pieces.length / 2, header.offset);
    const { offset } = input;
    extended = addPieces(await input.exactly(BLOCK_SIZE), EXTENSION_SPARSE_COUNT, offset);
  }
  return { realsize, pieces };
}

/**
 * The map of a file with `GNU.sparse` records. For format 1.0 it is read from the front of the stored data.
 *
 * @param stored bytes of the member in the archive
 * @param offset of the member's header
 * @returns the map, and how many bytes of `stored` it took
 * @throws {FormatError} when it is damaged or of an unknown version
 */
export async function readPaxSparse(
  input: TarInput,
  records: SparseRecords,
  stored: number,
  offset: number,
): Promise<{ map: SparseMap; consumed: number }> {
  const { major, minor, realsize, map, hasMap } = records;
  const place = { offset, field: 'GNU.sparse' };
  if (realsize === undefined) throw new FormatError('tar', 'no real size', place);
  if (major === 1 && minor === 0) {
    const before = input.offset;
    const pieces = await readDataMap(input, stored, offset);
    return { map: { realsize, pieces }, consumed: input.offset - before };
  }
  const isOld = (major ?? 0) === 0 && (minor ?? 0) <= 1;
  if (!isOld || !hasMap)
    throw new FormatError('tar', `unknown version ${major ?? '?'}.${minor ?? '?'}`, place);
  if (map.length % 2 !== 0) throw new FormatError('tar', 'an offset without a length', place);
  return { map: { realsize, pieces: map }, consumed: 0 };
}

/**
 * Checks that the pieces lie in order within the file and are all that is stored.
 *
 * @throws {FormatError} when not
 */
export function checkSparse({ realsize, pieces }: SparseMap, stored: number, offset: number): void {
  const place = { offset, field: 'sparse' };
  let end = 0;
  let total = 0;
  for (let index = 0; index < pieces.length; index += 2) {
    const start = pieces[index] ?? 0;
    const length = pieces[index + 1] ?? 0;
    if (start < end || length < 0 || start + length > realsize)
      throw new FormatError('tar', 'the pieces overlap or leave the file', place);
    end = start + length;
    total += length;
  }
  if (total !== stored)
    throw new FormatError('tar', `the pieces have ${total} bytes, the archive ${stored}`, place);
}

/** Format 1.0: decimal lines (the count, then offset and length in turn), padded to whole blocks. */
async function readDataMap(input: TarInput, stored: number, offset: number): Promise<number[]> {
  const numbers: number[] = [];
  const place = { offset, field: 'sparse' };
  let digits = '';
  let wanted = 1;
  for (let used = 0; numbers.length < wanted; used += BLOCK_SIZE) {
    if (used + BLOCK_SIZE > stored) throw new FormatError('tar', 'the map has no end', place);
    for (const byte of await input.exactly(BLOCK_SIZE)) {
      if (byte !== 0x0a) {
        if (byte < 0x30 || byte > 0x39 || digits.length === 16)
          throw new FormatError('tar', 'the map holds a bad number', place);
        digits += String.fromCharCode(byte);
        continue;
      }
      const value = digits === '' ? Number.NaN : Number.parseInt(digits, 10);
      if (!Number.isSafeInteger(value))
        throw new FormatError('tar', 'the map holds a bad number', place);
      if (numbers.push(value) === 1) {
        checkCount(value, offset);
        wanted = 1 + 2 * value;
      }
      digits = '';
      if (numbers.length === wanted) break;
    }
  }
  return numbers.slice(1);
}

/** The front of a member in format 1.0: what `readDataMap` reads. */
export function formatSparseMap({ pieces }: SparseMap): Buffer {
  const lines = [pieces.length / 2, ...pieces].join('\n');
  const text = Buffer.from(`${lines}\n`, 'latin1');
  const padded = Buffer.alloc(Math.ceil(text.length / BLOCK_SIZE) * BLOCK_SIZE);
  text.copy(padded);
  return padded;
}

function checkCount(count: number, offset: number): void {
  if (count > PIECES_MAX)
    throw new FormatError('tar', `more than ${PIECES_MAX} pieces`, { offset, field: 'sparse' });
}
