/** The rules for a directory that is to become an image. */
import { DirectoryFiles } from '../image-files.js';
import type { LintFinding } from './lint-finding.js';
import { lintRelease, lintTrust } from './lint.js';
import type { LintRequest } from './lint-request.js';
import { releaseSubject } from './release-subject.js';
import { scanWholeTree } from './whole-tree.js';

/** @throws {RootsealError} PATH_NOT_FOUND when there is no such directory, TREE_CHANGED */
export function lintDirectory(directory: string, request: LintRequest): Promise<LintFinding[]> {
  return withFiles(directory, async (files) => {
    const whole = await scanWholeTree(directory, request);
    try {
      const { kernel, last, now } = request;
      const latest = request.latest ?? now;
      const uki = () => Promise.resolve(undefined);
      const subject = releaseSubject({ files, kernel, whole, uki, last, latest, now });
      return await lintRelease(subject, request.skip);
    } finally {
      whole.close();
    }
  });
}

/** Only what an initramfs takes along: policy, keys, revocations. @throws {RootsealError} as `lintDirectory` */
export function lintDirectoryTrust(directory: string): Promise<LintFinding[]> {
  return withFiles(directory, lintTrust);
}

async function withFiles(
  directory: string,
  look: (files: DirectoryFiles) => Promise<LintFinding[]>,
): Promise<LintFinding[]> {
  const files = new DirectoryFiles(directory);
  try {
    return await look(files);
  } finally {
    files.close();
  }
}
