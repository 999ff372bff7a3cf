/** Reads an image where many are read at once: what it needs, and nothing about what is wrong with it. */
import fs from 'node:fs';
import { decodeImage } from '../../formats/erofs/read-image.js';
import { digestOf } from '../../formats/fsverity/descriptor.js';
import { sizesOfObjects } from '../../formats/tree/tree-objects.js';
import type { Digest } from '../../util/digest.js';
import { isReadFailure } from '../damage.js';
import { IMAGE_SIZE_MAX } from '../images.js';
import { tryOpenObject } from '../object-file.js';
import type { WorkSetup } from './jobs.js';

/**
 * The objects that an image names, with the sizes that it says; undefined when it is damaged or cannot be read, which the caller
 * looks into.
 */
export function inspectImage(
  setup: WorkSetup,
  digest: Digest,
): ReadonlyMap<Digest, number> | undefined {
  try {
    const opened = tryOpenObject(setup.objectsDir ?? '', digest, { atMost: IMAGE_SIZE_MAX });
    if (!('fd' in opened)) return undefined;
    try {
      const bytes = fs.readFileSync(opened.fd);
      return digestOf(bytes, setup.algorithm) === digest
        ? sizesOfObjects(decodeImage(bytes).tree)
        : undefined;
    } finally {
      fs.closeSync(opened.fd);
    }
  } catch (error) {
    if (isReadFailure(error)) return undefined;
    throw error;
  }
}
