/** fs-verity of any file, in a repository or not (`rootseal verity`). */
import fs from 'node:fs';
import { enableVerity, measureVerity, type VerityMeasurement } from '../linux/verity.js';
import type { Digest, HashAlgorithm } from '../util/digest.js';
import { RootsealError } from '../util/errors.js';
import { withPauses } from '../util/pauses.js';
import { noProgress, type Progress } from '../util/progress.js';
import { hashContent } from './work/read-content.js';

export interface DigestOptions {
  readonly progress?: Progress;
  /** Ends it; its reason is what is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * The digest that fs-verity would give a file; the kernel is not asked.
 * @throws {RootsealError} TREE_CHANGED when the file becomes shorter while it is read
 */
export async function digestOfFile(
  file: string,
  algorithm: HashAlgorithm,
  { progress = noProgress, signal }: DigestOptions = {},
): Promise<Digest> {
  const fd = openFile(file);
  try {
    const { size } = fs.fstatSync(fd);
    const hashing = hashContent(fd, size, algorithm, (_, count, position) => {
      progress({ task: 'hash', done: position + count, total: size, unit: 'bytes', file });
    });
    const hashed = await withPauses(hashing, signal);
    if (hashed.size === size) return hashed.digest;
    throw new RootsealError('TREE_CHANGED', `${file}: the file changed while it was read`);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Enables fs-verity on a file; one that has it already is left as it is.
 * @returns what the kernel holds the file to from now on
 * @throws {RootsealError} UNSUPPORTED when the kernel or the file system has no fs-verity
 */
export async function enableOnFile(
  file: string,
  algorithm: HashAlgorithm,
): Promise<VerityMeasurement> {
  const fd = openFile(file);
  try {
    await enableVerity(fd, algorithm);
    const measured = measureVerity(fd);
    if (measured !== undefined) return measured;
    throw new RootsealError(
      'FAILED',
      `${file}: the kernel enabled fs-verity but does not measure the file`,
    );
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * @returns undefined when the file has no fs-verity
 * @throws {RootsealError} UNSUPPORTED when the kernel or the file system has no fs-verity
 */
export function measureFile(file: string): VerityMeasurement | undefined {
  const fd = openFile(file);
  try {
    return measureVerity(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function openFile(file: string): number {
  // O_NONBLOCK: a fifo must not hang us. Links are followed: it is the caller who named them.
  const fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  if (fs.fstatSync(fd).isFile()) return fd;
  fs.closeSync(fd);
  throw new RootsealError('USAGE', `${file} is not a regular file`);
}
