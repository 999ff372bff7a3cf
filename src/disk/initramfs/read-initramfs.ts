/**
 * Some files of an initramfs, as the kernel unpacks it: archives one behind the other, each compressed or not. dracut and
 * initramfs-tools put a plain one with microcode first.
 */
import { CpioReader } from '../../formats/read-cpio.js';
import { detectCompression, openDecompressed } from '../../linux/decompress.js';
import { describeError, FormatError, RootsealError } from '../../util/errors.js';

/** Most bytes that are decompressed. */
const PLAIN_SIZE_MAX = 2 ** 30;
const PIECE_SIZE = 1 << 18;

/** What was wanted, by path without a leading slash; or why it cannot be told. */
export type InitramfsFiles =
  { readonly files: ReadonlyMap<string, Buffer> } | { readonly why: string };

/** @param wants as for `CpioReader` */
export async function readInitramfs(
  bytes: Buffer,
  wants: (path: string) => boolean,
): Promise<InitramfsFiles> {
  const reader = new CpioReader(wants);
  try {
    const at = reader.push(bytes);
    if (at < bytes.length) {
      const problem = await readCompressed(bytes.subarray(at), reader);
      if (problem !== undefined) return { why: problem };
    }
    return reader.isComplete ? { files: reader.files } : { why: 'it ends within an archive' };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { why: describeError(error) };
  }
}

/**
 * Whether an initramfs has a file.
 * @param path without a leading slash
 * @returns undefined when that cannot be told: an archive is damaged, or compressed in a way that is not known here
 */
export async function initramfsHas(bytes: Buffer, path: string): Promise<boolean | undefined> {
  const found = new Set<string>();
  const look = await readInitramfs(bytes, (one) => {
    if (one === path) found.add(one);
    return false;
  });
  return found.has(path) || ('why' in look ? undefined : false);
}

/** Says what is wrong, or nothing. */
async function readCompressed(bytes: Buffer, reader: CpioReader): Promise<string | undefined> {
  if (detectCompression(bytes) === 'plain')
    return 'it is compressed in a way that is not known here';
  let size = 0;
  try {
    for await (const chunk of openDecompressed(piecesOf(bytes))) {
      size += chunk.length;
      if (size > PLAIN_SIZE_MAX) return `it has more than ${PLAIN_SIZE_MAX} bytes`;
      if (reader.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)) < chunk.length)
        return 'something that is no archive is in it';
    }
  } catch (error) {
    if (!(error instanceof RootsealError)) throw error;
    // Without the program for it, or damaged; what was padded after the last archive is no damage.
    if (!['UNSUPPORTED', 'FORMAT_INVALID'].includes(error.code)) throw error;
    if (!reader.isComplete || size === 0) return describeError(error);
  }
  return undefined;
}

// eslint-disable-next-line @typescript-eslint/require-await -- what is decompressed comes as a stream
async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE_SIZE) yield bytes.subarray(at, at + PIECE_SIZE);
}
