/** Recomputes an object's digest. */
import fs from 'node:fs';
import { objectPath, type Digest } from '../../util/digest.js';
import { describeError, hasErrno } from '../../util/errors.js';
import { measureVerity } from '../../linux/verity.js';
import type { ObjectProblem, VerifiedObjects, WorkSetup } from './jobs.js';
import { hashContent } from './read.js';

/** Checks each object, and counts the bytes that were read. */
export function verifyObjects(setup: WorkSetup, digests: readonly Digest[]): VerifiedObjects {
  const problems: ObjectProblem[] = [];
  let bytes = 0;
  const count = (size: number): void => {
    bytes += size;
  };
  for (const digest of digests) {
    const problem = verifyObject(setup, digest, count);
    if (problem !== undefined) problems.push(problem);
  }
  return { problems, bytes };
}

/** What is wrong with the object, or nothing. Read errors are findings: a check goes on after them. */
function verifyObject(
  setup: WorkSetup,
  digest: Digest,
  count: (bytes: number) => void,
): ObjectProblem | undefined {
  let fd: number;
  try {
    fd = openObject(setup, digest);
  } catch (error) {
    const problem = hasErrno(error, 'ENOENT') ? 'missing' : 'unreadable';
    return {
      digest,
      problem,
      message: problem === 'missing' ? 'the object is missing' : describeError(error),
    };
  }
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile())
      return { digest, problem: 'corrupt', message: 'the object is not a regular file' };
    const { digest: found, size } = hashContent(fd, stat.size, setup.algorithm);
    count(size);
    if (found !== digest)
      return { digest, problem: 'corrupt', message: `the content has the digest ${found}` };
    if (!setup.requireVerity || measureVerity(fd)?.digest === digest) return undefined;
    return { digest, problem: 'unprotected', message: 'fs-verity is not enabled on the object' };
  } catch (error) {
    return { digest, problem: 'unreadable', message: describeError(error) };
  } finally {
    fs.closeSync(fd);
  }
}

/** Opens an object for reading without following a link in its place. */
export function openObject(setup: WorkSetup, digest: Digest): number {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  return fs.openSync(
    `${setup.objectsDir ?? ''}/${objectPath(digest)}`,
    O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
  );
}
