/** Recomputes an object's digest. */
import fs from 'node:fs';
import { measureVerity } from '../../linux/verity.js';
import { describeError } from '../../util/errors.js';
import type { Steps } from '../../util/steps.js';
import { tryOpenObject } from '../object-file.js';
import type { ExpectedObject, ObjectProblem, VerifiedObjects, WorkSetup } from './jobs.js';
import { hashContent } from './read-content.js';

/** Checks each object, and counts the bytes that were read. */
export function* verifyObjects(
  setup: WorkSetup,
  objects: readonly ExpectedObject[],
): Steps<VerifiedObjects> {
  const problems: ObjectProblem[] = [];
  let bytes = 0;
  const count = (size: number): void => {
    bytes += size;
  };
  for (const object of objects) {
    const problem = yield* verifyObject(setup, object, count);
    if (problem !== undefined) problems.push(problem);
    yield;
  }
  return { problems, bytes };
}

/** What is wrong with the object, or nothing. Read errors are findings: a check goes on after them. */
function* verifyObject(
  setup: WorkSetup,
  { digest, sizeMax }: ExpectedObject,
  count: (bytes: number) => void,
): Steps<ObjectProblem | undefined> {
  let fd: number | undefined;
  try {
    const bound = sizeMax === undefined ? undefined : { atMost: sizeMax };
    const opened = tryOpenObject(setup.objectsDir ?? '', digest, bound);
    if (!('fd' in opened)) return { digest, problem: opened.fault, message: opened.what };
    fd = opened.fd;
    const { digest: found, size } = yield* hashContent(fd, opened.size, setup.algorithm);
    count(size);
    if (found !== digest)
      return { digest, problem: 'corrupt', message: `the content has the digest ${found}` };
    if (!setup.requireVerity || measureVerity(fd)?.digest === digest) return undefined;
    return { digest, problem: 'unprotected', message: 'fs-verity is not enabled on the object' };
  } catch (error) {
    return { digest, problem: 'unreadable', message: describeError(error) };
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}
