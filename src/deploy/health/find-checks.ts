/**
 * Where health checks come from (rootseal-health(8)): `health.d/required.d` and `health.d/wanted.d` of the machine and of the
 * image. A file of the machine takes the place of one of the image with the same name; a link to /dev/null takes it away.
 */
import fs from 'node:fs';
import path from 'node:path';
import { isCheckName } from '../../formats/health/health-config.js';
import { CHECKS_MAX, type CheckLevel } from '../../formats/health/health-report.js';
import { hasErrno, RootsealError } from '../../util/errors.js';

/** Whose word counts first. */
export const HEALTH_DIRECTORIES = ['/etc/rootseal', '/usr/lib/rootseal'];
const LEVELS: readonly CheckLevel[] = ['required', 'wanted'];

export interface HealthPlaces {
  /** Directories with `health.d` and `health.conf`, the first of them counting first. */
  readonly directories: readonly string[];
  /** User id of whom the checks must belong to. */
  readonly owner: number;
}

/** Where a machine has its checks, which root alone may write. */
export const HOST_HEALTH: HealthPlaces = { directories: HEALTH_DIRECTORIES, owner: 0 };

export interface Check {
  readonly name: string;
  readonly level: CheckLevel;
  readonly file: string;
  /** Why it cannot be run, and what follows: a failure, or nothing because it is not a check. */
  readonly obstacle?: { readonly result: 'failed' | 'skipped'; readonly why: string };
}

/**
 * Every check, required ones first, each level in the order of names.
 * @throws {RootsealError} when a directory cannot be read, or has too many files
 */
export function findChecks(places: HealthPlaces): Check[] {
  const checks = LEVELS.flatMap((level) => checksOf(level, places));
  if (checks.length > CHECKS_MAX)
    throw new RootsealError('FAILED', `${checks.length} health checks, more than ${CHECKS_MAX}`);
  return checks;
}

function checksOf(level: CheckLevel, { directories, owner }: HealthPlaces): Check[] {
  const files = new Map<string, string>();
  for (const directory of directories) {
    const folder = path.join(directory, 'health.d', `${level}.d`);
    for (const name of namesIn(folder))
      if (!files.has(name)) files.set(name, path.join(folder, name));
  }
  return [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([, file]) => !isMask(file))
    .map(([name, file]) => {
      const obstacle = obstacleOf(name, file, owner);
      return { name, level, file, ...(obstacle === undefined ? {} : { obstacle }) };
    });
}

/** Hidden files and back-up copies of editors are not meant. */
function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder).filter((name) => !name.startsWith('.') && !name.endsWith('~'));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function isMask(file: string): boolean {
  return fs.lstatSync(file).isSymbolicLink() && fs.readlinkSync(file) === '/dev/null';
}

/** A check that somebody else can change would be a way to become root. */
function obstacleOf(name: string, file: string, owner: number): Check['obstacle'] {
  if (!isCheckName(name))
    return { result: 'failed', why: 'its name has other characters than A-Z a-z 0-9 . _ -' };
  const status = fs.statSync(file, { throwIfNoEntry: false });
  if (status === undefined) return { result: 'failed', why: 'it is a link that leads nowhere' };
  if (!status.isFile()) return { result: 'skipped', why: 'it is not a file' };
  if ((status.mode & 0o111) === 0) return { result: 'skipped', why: 'it is not executable' };
  const folder = fs.statSync(path.dirname(fs.realpathSync(file)));
  for (const [what, { uid, mode }] of [
    ['it', status],
    ['its directory', folder],
  ] as const) {
    if (uid !== owner)
      return { result: 'failed', why: `not run: ${what} belongs to user ${uid}, not to ${owner}` };
    if ((mode & 0o022) !== 0)
      return { result: 'failed', why: `not run: others may write to ${what} (${octal(mode)})` };
  }
  return undefined;
}

function octal(mode: number): string {
  return `mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
}
