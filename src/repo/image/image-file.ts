/** Reads image files, and compares what they name with a directory of objects. */
import fs from 'node:fs';
import path from 'node:path';
import { decodeImage, decodeInSteps, type DecodedImage } from '../../formats/erofs/read-image.js';
import { payloadsOf } from '../../formats/tree/tree-objects.js';
import type { Tree } from '../../formats/tree/model.js';
import { toBytes, type ByteString } from '../../util/bytes.js';
import { RootsealError } from '../../util/errors.js';
import { withPauses } from '../../util/pauses.js';
import { IMAGE_SIZE_MAX } from '../images.js';
import { inFile, readWhole } from '../source/load.js';

/**
 * @param file a file, or `-` for standard input
 * @throws {RootsealError} FORMAT_INVALID, with the file's name
 */
export async function readImageFile(file: string, signal?: AbortSignal): Promise<DecodedImage> {
  const bytes = await readWhole(file, 'an image', signal);
  return inFile(file, () => withPauses(decodeInSteps(bytes), signal));
}

/** Reads the image that is open as `fd`. */
export function readOpenImage(fd: number): DecodedImage {
  const { size } = fs.fstatSync(fd);
  if (size > IMAGE_SIZE_MAX) {
    throw new RootsealError(
      'FORMAT_INVALID',
      `the image has ${size} bytes, more than ${IMAGE_SIZE_MAX}`,
    );
  }
  const bytes = Buffer.alloc(size);
  for (let fill = 0, count = 1; count > 0 && fill < size; fill += count) {
    count = fs.readSync(fd, bytes, fill, size - fill, fill);
  }
  return decodeImage(bytes);
}

/**
 * The objects that a tree names and `objectsDir` does not hold as regular files, in byte order. Their content is not
 * looked at.
 */
export function missingObjects(tree: Tree, objectsDir: string): ByteString[] {
  const directory = Buffer.from(`${path.resolve(objectsDir)}/`);
  fs.closeSync(fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY));
  return payloadsOf(tree).filter((payload) => {
    const file = Buffer.concat([directory, toBytes(payload)]);
    return fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true;
  });
}
