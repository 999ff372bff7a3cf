/** Reads an image where many are read at once: what it needs, and nothing about what is wrong with it. */
import fs from 'node:fs';
import { decodeImage } from '../../formats/erofs/read.js';
import { digestOf } from '../../formats/fsverity/descriptor.js';
import { objectsOf } from '../../formats/tree/objects.js';
import type { Digest } from '../../util/digest.js';
import { isReadFailure } from '../damage.js';
import { IMAGE_SIZE_MAX } from '../images.js';
import type { WorkSetup } from './jobs.js';
import { openObject } from './verify.js';

/** The objects that an image names; undefined when it is damaged or cannot be read, which the caller looks into. */
export function inspectImage(setup: WorkSetup, digest: Digest): readonly Digest[] | undefined {
  try {
    const fd = openObject(setup, digest);
    try {
      if (fs.fstatSync(fd).size > IMAGE_SIZE_MAX) return undefined;
      const bytes = fs.readFileSync(fd);
      return digestOf(bytes, setup.algorithm) === digest
        ? objectsOf(decodeImage(bytes).tree)
        : undefined;
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    if (isReadFailure(error)) return undefined;
    throw error;
  }
}
