/** The rules for a directory that is to become an image. */
import { DirectoryFiles } from '../image-files.js';
import type { LintFinding } from './lint-finding.js';
import { lintImage, lintTrust } from './lint.js';

/**
 * @param kernel release of the kernel to start, where there are several
 * @throws {RootsealError} PATH_NOT_FOUND when there is no such directory
 */
export function lintDirectory(
  directory: string,
  kernel: string | undefined,
): Promise<LintFinding[]> {
  return withFiles(directory, (files) => lintImage({ files, kernel }));
}

/** Only what an initramfs takes along: policy, keys, revocations. @throws {RootsealError} as `lintDirectory` */
export function lintDirectoryTrust(directory: string): Promise<LintFinding[]> {
  return withFiles(directory, (files) => lintTrust(files, undefined));
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
