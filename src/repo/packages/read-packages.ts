/** The installed packages of a tree, from the databases of its package managers. */
import { APK_INSTALLED_MAX, parseApkInstalled } from '../../formats/packages/apk-installed.js';
import { DPKG_STATUS_MAX, parseDpkgStatus } from '../../formats/packages/dpkg-status.js';
import { requirePackageCount, type Package } from '../../formats/packages/package.js';
import { PACMAN_DESC_MAX, parsePacmanDesc } from '../../formats/packages/pacman-desc.js';
import { FormatError } from '../../util/errors.js';
import { withPauses } from '../../util/pauses.js';
import { readRevision } from '../read-tree.js';
import type { Repository } from '../repository.js';
import { contentFiles, type ContentFiles } from './content-files.js';
import { readRpmPackages } from './rpm-database.js';

/**
 * Where dpkg's database is: where rootseal's images have it, because `/var` belongs to the machine, and dpkg's own place. The first
 * that is there counts.
 */
const DPKG_DIRECTORIES = ['/usr/lib/sysimage/dpkg', '/var/lib/dpkg'];
const APK_FILES = ['/usr/lib/apk/db/installed', '/lib/apk/db/installed'];
const PACMAN_DIRECTORIES = ['/usr/lib/sysimage/lib/pacman/local', '/var/lib/pacman/local'];

/**
 * The packages of a tree, those of each manager in the order of its database.
 *
 * @returns undefined when the tree has no package database that is known
 * @throws {FormatError} for a database that is not what its package manager writes
 * @throws {RootsealError} UNSUPPORTED for a database of rpm when the program rpm is not installed
 */
export async function readPackages(
  files: ContentFiles,
  signal?: AbortSignal,
): Promise<Package[] | undefined> {
  const found = [
    await readDpkg(files, signal),
    await readApk(files, signal),
    await readPacman(files),
    await readRpmPackages(files, signal),
  ].filter((list) => list !== undefined);
  return found.length === 0 ? undefined : found.flat();
}

/**
 * The packages of a commit.
 * @param revision a branch, tag or commit id
 * @throws {RootsealError} as `readRevision` and `readPackages`
 */
export async function packagesOfRevision(
  repository: Repository,
  revision: string,
  signal?: AbortSignal,
): Promise<Package[] | undefined> {
  const { tree } = await readRevision(repository, revision, signal);
  return readPackages(contentFiles(repository, tree, signal), signal);
}

async function readDpkg(
  files: ContentFiles,
  signal: AbortSignal | undefined,
): Promise<Package[] | undefined> {
  for (const directory of DPKG_DIRECTORIES) {
    const paths = [`${directory}/status`, ...distrolessFiles(files, `${directory}/status.d`)];
    const present = paths.filter((path) => files.resolve(path)?.kind === 'file');
    if (present.length === 0) continue;
    const packages: Package[] = [];
    let left = DPKG_STATUS_MAX;
    for (const path of present) {
      const bytes = await files.read(path, left);
      left -= bytes.length;
      for (const item of await withPauses(parseDpkgStatus(bytes), signal)) packages.push(item);
    }
    requirePackageCount(packages.length, 'dpkg status');
    return packages;
  }
  return undefined;
}

/** A paragraph for each package; beside it `NAME.md5sums`. */
function distrolessFiles(files: ContentFiles, directory: string): string[] {
  return files
    .names(directory)
    .filter((name) => !name.endsWith('.md5sums'))
    .map((name) => `${directory}/${name}`);
}

async function readApk(
  files: ContentFiles,
  signal: AbortSignal | undefined,
): Promise<Package[] | undefined> {
  const path = APK_FILES.find((candidate) => files.resolve(candidate)?.kind === 'file');
  return path === undefined
    ? undefined
    : withPauses(parseApkInstalled(await files.read(path, APK_INSTALLED_MAX)), signal);
}

async function readPacman(files: ContentFiles): Promise<Package[] | undefined> {
  for (const directory of PACMAN_DIRECTORIES) {
    const names = files
      .names(directory)
      .filter((name) => files.resolve(`${directory}/${name}/desc`)?.kind === 'file');
    if (names.length === 0) continue;
    requirePackageCount(names.length, 'pacman local database');
    const packages: Package[] = [];
    for (const name of names) {
      const path = `${directory}/${name}/desc`;
      packages.push(inFile(path, parsePacmanDesc, await files.read(path, PACMAN_DESC_MAX)));
    }
    return packages;
  }
  return undefined;
}

/** Names the file in the error: there is one for each package. */
function inFile<T>(path: string, parse: (bytes: Buffer) => T, bytes: Buffer): T {
  try {
    return parse(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(path, error.reason, error.place, error);
  }
}
