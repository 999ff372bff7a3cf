/**
 * fs-verity on objects, where the file system has it.
 *
 * Enabling makes the kernel build the Merkle tree and check every later read against it; a digest that is not the
 * object's name would mean that what lies on disk is not what was hashed.
 */
import fs from 'node:fs';
import { openRegularFile } from '../linux/regular-file.js';
import { enableVerity, isVerityUnsupported, measureVerity } from '../linux/verity.js';
import { forEachBounded } from '../util/async.js';
import type { Digest, HashAlgorithm } from '../util/digest.js';
import { hasErrno, RootsealError } from '../util/errors.js';
import type { Progress } from '../util/progress.js';
import { META_FILE } from './layout.js';
import type { Repository } from './repository.js';
import type { Staging } from './staging.js';

/** Requests under way at once: each waits for the disk. */
const PARALLEL_REQUESTS = 8;

/** Enables fs-verity on objects that are about to be published; does nothing where it cannot be had. */
export async function enableOnStaging(
  algorithm: HashAlgorithm,
  staging: Staging,
  progress: Progress,
): Promise<void> {
  const [first, ...rest] = staging.list();
  if (first === undefined || !(await enableOnObject(staging.file(first), first, algorithm))) return;
  let done = 0;
  await forEachBounded(rest, PARALLEL_REQUESTS, async (digest) => {
    await enableOnObject(staging.file(digest), digest, algorithm);
    progress({ task: 'publish', done: ++done, total: rest.length, unit: 'objects' });
  });
}

/**
 * Enables fs-verity on one object and compares the kernel's digest with its name. False where it cannot be had.
 * @throws {RootsealError} DIGEST_MISMATCH when the kernel measures another digest
 */
export async function enableOnObject(
  file: string,
  digest: Digest,
  algorithm: HashAlgorithm,
): Promise<boolean> {
  const opened = openRegularFile(file);
  if (opened === undefined)
    throw new RootsealError(
      'OBJECT_CORRUPT',
      `object ${digest} is damaged: it is not a regular file`,
    );
  const { fd } = opened;
  try {
    await enableUnlessEnabled(fd, algorithm);
    const measured = measureVerity(fd)?.digest;
    if (measured === digest) return true;
    throw new RootsealError(
      'DIGEST_MISMATCH',
      `the kernel measures ${String(measured)}, expected ${digest}`,
      { details: { object: digest, expected: digest, found: measured ?? 'none' } },
    );
  } catch (error) {
    if (isVerityUnsupported(error)) return false;
    throw error;
  } finally {
    fs.closeSync(fd);
  }
}

async function enableUnlessEnabled(fd: number, algorithm: HashAlgorithm): Promise<void> {
  try {
    await enableVerity(fd, algorithm);
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw error;
  }
}

/** Whether the repository's file system and kernel have fs-verity. */
export function hasVerity(repository: Repository): boolean {
  const fd = fs.openSync(repository.file(META_FILE), fs.constants.O_RDONLY);
  try {
    measureVerity(fd);
    return true;
  } catch (error) {
    if (isVerityUnsupported(error)) return false;
    throw error;
  } finally {
    fs.closeSync(fd);
  }
}
