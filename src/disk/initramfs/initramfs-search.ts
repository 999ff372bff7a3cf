/**
 * Looks for a file in an initramfs as the kernel unpacks it: archives one behind the other, each compressed or not (Linux 6.12
 * Documentation/driver-api/early-userspace/buffer-format.rst). dracut and initramfs-tools put a plain one with microcode first.
 */
import { openDecompressed } from '../../linux/decompress.js';
import { alignUp } from '../../util/bytes.js';
import { RootsealError } from '../../util/errors.js';

const MAGIC = Buffer.from('070701');
const HEADER_SIZE = 110;
const FILE_SIZE_AT = 54;
const NAME_SIZE_AT = 94;
const FIELD_SIZE = 8;
const TRAILER = 'TRAILER!!!';
/** Longest name that the kernel takes (PATH_MAX), with its NUL. */
const NAME_SIZE_MAX = 4096;

/**
 * @param path without a leading slash, as it stands in the archive
 * @returns undefined when that cannot be told: an archive is damaged, or compressed in a way that is not known here
 */
export async function initramfsHas(bytes: Buffer, path: string): Promise<boolean | undefined> {
  let rest = bytes;
  while (rest.subarray(0, MAGIC.length).equals(MAGIC)) {
    const plain = readPlain(rest, path);
    if (plain === undefined || plain === 'found') return plain === 'found' ? true : undefined;
    rest = withoutZeros(plain);
  }
  return rest.length === 0 ? false : searchCompressed(rest, path);
}

/** Says that the path is there, or what follows the archive; nothing when it is damaged. */
function readPlain(archive: Buffer, path: string): 'found' | Buffer | undefined {
  for (let at = 0; archive.subarray(at, at + MAGIC.length).equals(MAGIC);) {
    const field = (offset: number): number =>
      parseInt(archive.toString('latin1', at + offset, at + offset + FIELD_SIZE), 16);
    const nameSize = field(NAME_SIZE_AT);
    if (nameSize > NAME_SIZE_MAX) return undefined;
    const nameEnd = at + HEADER_SIZE + nameSize;
    const name = archive.toString('utf8', at + HEADER_SIZE, nameEnd - 1);
    if (name === path) return 'found';
    const end = alignUp(alignUp(nameEnd, 4) + field(FILE_SIZE_AT), 4);
    if (name === TRAILER) return archive.subarray(end);
    // A field that is not a number compares as false with everything.
    if (!(end > at && end < archive.length)) return undefined;
    at = end;
  }
  return undefined;
}

function withoutZeros(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start === -1 ? Buffer.alloc(0) : bytes.subarray(start);
}

/** A name stands behind its header, whose last field is zero, and ends with a NUL: in a content it would hardly be so. */
async function searchCompressed(bytes: Buffer, path: string): Promise<boolean | undefined> {
  const wanted = Buffer.from(`00000000${path}\0`);
  let isCpio: boolean | undefined;
  let tail = Buffer.alloc(0);
  try {
    for await (const chunk of openDecompressed(piecesOf(bytes))) {
      const text = Buffer.concat([tail, chunk]);
      if (isCpio === undefined && text.length >= MAGIC.length)
        isCpio = text.subarray(0, MAGIC.length).equals(MAGIC);
      if (isCpio === false) return undefined;
      if (text.includes(wanted)) return true;
      tail = text.subarray(Math.max(0, text.length - wanted.length));
    }
  } catch (error) {
    // Without the program for it, or with something else behind the archive.
    if (error instanceof RootsealError && ['UNSUPPORTED', 'FORMAT_INVALID'].includes(error.code))
      return undefined;
    throw error;
  }
  return isCpio === true ? false : undefined;
}

const PIECE_SIZE = 1 << 18;

// eslint-disable-next-line @typescript-eslint/require-await -- what is decompressed comes as a stream
async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE_SIZE) yield bytes.subarray(at, at + PIECE_SIZE);
}
