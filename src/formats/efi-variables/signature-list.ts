/** EFI_SIGNATURE_LIST (UEFI 2.10 section 32.4.1): what the variables PK, KEK, db and dbx are made of. */
import { FormatError } from '../../util/errors.js';
import { decodeGuid, encodeGuid, GUID, GUID_SIZE, type Guid } from './efi-guid.js';

const FORMAT = 'signature list';
/** SignatureType, SignatureListSize, SignatureHeaderSize, SignatureSize */
const HEADER_SIZE = GUID_SIZE + 12;
/** Longest database that is read, in bytes. Vendors' lists of what is revoked have some 20 KiB. */
export const DATABASE_SIZE_MAX = 1024 * 1024;

/** One certificate or hash of a database. */
export interface DatabaseEntry {
  /** One of `GUID.EFI_CERT_…`. */
  readonly type: Guid;
  /** Who has put it there. */
  readonly owner: Guid;
  readonly data: Buffer;
}

/** @throws {FormatError} when the bytes are not signature lists one after the other, and nothing else */
export function parseSignatureLists(bytes: Uint8Array): DatabaseEntry[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length > DATABASE_SIZE_MAX)
    throw new FormatError(FORMAT, `${file.length} bytes, more than ${DATABASE_SIZE_MAX}`);
  const entries: DatabaseEntry[] = [];
  for (let offset = 0; offset < file.length;) {
    const { end, entriesAt, entrySize } = readListHeader(file, offset);
    const type = decodeGuid(file, offset);
    for (let at = entriesAt; at < end; at += entrySize) {
      const data = file.subarray(at + GUID_SIZE, at + entrySize);
      entries.push({ type, owner: decodeGuid(file, at), data });
    }
    offset = end;
  }
  return entries;
}

function readListHeader(file: Buffer, offset: number) {
  const refuse = (what: string) => new FormatError(FORMAT, what, { offset });
  if (offset + HEADER_SIZE > file.length) throw refuse('it ends in the header of a list');
  const size = file.readUInt32LE(offset + GUID_SIZE);
  const entriesAt = offset + HEADER_SIZE + file.readUInt32LE(offset + GUID_SIZE + 4);
  const entrySize = file.readUInt32LE(offset + GUID_SIZE + 8);
  const end = offset + size;
  if (entriesAt > end || end > file.length) throw refuse('a list goes beyond its end');
  if (entrySize <= GUID_SIZE || (end - entriesAt) % entrySize !== 0)
    throw refuse('a list is not made of whole entries');
  return { end, entriesAt, entrySize };
}

/** Lists as efitools makes them: each certificate in one of its own, and hashes that follow each other in one. */
export function encodeSignatureLists(entries: readonly DatabaseEntry[]): Buffer {
  const lists: DatabaseEntry[][] = [];
  for (const entry of entries) {
    const last = lists.at(-1);
    if (last !== undefined && fitsTo(entry, last[0])) last.push(entry);
    else lists.push([entry]);
  }
  return Buffer.concat(lists.map(encodeList));
}

function fitsTo(entry: DatabaseEntry, first: DatabaseEntry | undefined): boolean {
  const isSame = entry.type === first?.type && entry.data.length === first.data.length;
  return isSame && entry.type !== GUID.EFI_CERT_X509;
}

function encodeList(entries: readonly DatabaseEntry[]): Buffer {
  const [first] = entries;
  const entrySize = GUID_SIZE + (first?.data.length ?? 0);
  const header = Buffer.alloc(HEADER_SIZE);
  encodeGuid(first?.type ?? '').copy(header);
  header.writeUInt32LE(HEADER_SIZE + entries.length * entrySize, GUID_SIZE);
  header.writeUInt32LE(entrySize, GUID_SIZE + 8);
  return Buffer.concat([
    header,
    ...entries.flatMap(({ owner, data }) => [encodeGuid(owner), data]),
  ]);
}
