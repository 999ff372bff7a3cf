/** What somebody tells of a build, from files and directories that he names. */
import type { Commit, GitSource } from '../formats/commit/commit.js';
import {
  BUILD_RECORD_MAX,
  parseBuildRecord,
  type BuildRecord,
} from '../formats/slsa/build-record.js';
import { RootsealError } from '../util/errors.js';
import { parseNamedFile, readNamedFile } from './named-file.js';
import { gitSourceOf } from './provenance.js';

/** @throws {RootsealError} PATH_NOT_FOUND, FORMAT_INVALID */
export function readBuildRecord(file: string): BuildRecord {
  const bytes = readNamedFile(file, BUILD_RECORD_MAX);
  return parseNamedFile(file, () => parseBuildRecord(bytes));
}

/**
 * Where in git the tree of a commit was made from, as somebody says.
 * @throws {RootsealError} USAGE when the directory is not in git, or the commit names another git commit
 */
export async function sourceNamed(directory: string, { source }: Commit): Promise<GitSource> {
  const git = await gitSourceOf(directory, true);
  if (git === undefined)
    throw new RootsealError('USAGE', `${directory} is in no git work tree with a commit`, {
      details: { path: directory },
    });
  const recorded = source?.git?.commit;
  if (recorded === undefined || recorded === git.commit) return git;
  throw new RootsealError(
    'USAGE',
    `${directory} is at the git commit ${git.commit}, and the commit says that its tree was made from ${recorded}`,
    { details: { path: directory } },
  );
}
