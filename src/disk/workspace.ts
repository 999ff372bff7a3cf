/**
 * The directory where a disk is built, beside the file that it will be: one rename, and the file is there as a whole.
 *
 * A build that was killed leaves its directory. The next one beside it removes it; whether a build still runs is told
 * by a lock.
 */
import fs from 'node:fs';
import path from 'node:path';
import { tryLock } from '../linux/lock.js';
import { hasErrno, RootsealError } from '../util/errors.js';
import { stopPoint } from '../util/stop-point.js';
import { standsFor } from '../util/temporary-names.js';

const PREFIX = '.rootseal-disk-';
/** A directory this young may be one that its maker has not locked yet, in milliseconds. */
const YOUNG = 10_000;

export class Workspace {
  readonly directory: string;
  /** Where the file will be. */
  private readonly target: string;
  private readonly fd: number;

  private constructor(directory: string, target: string, fd: number) {
    this.directory = directory;
    this.target = target;
    this.fd = fd;
  }

  /** @throws {RootsealError} USAGE when `target` is something else than a file */
  static beside(target: string): Workspace {
    const absolute = path.resolve(target);
    const existing = fs.statSync(absolute, { throwIfNoEntry: false });
    if (existing !== undefined && !existing.isFile())
      throw new RootsealError('USAGE', `${target} is not a regular file`);
    const parent = path.dirname(absolute);
    removeAbandoned(parent);
    const directory = standsFor(fs.mkdtempSync(path.join(parent, PREFIX)), absolute);
    const fd = fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    tryLock(fd, 'exclusive');
    return new Workspace(directory, absolute, fd);
  }

  /** Makes the file durable and gives it its name. */
  publish(name: string): void {
    const file = path.join(this.directory, name);
    const fd = fs.openSync(file, 'r+');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    stopPoint('disk-made');
    fs.renameSync(file, this.target);
    const parent = fs.openSync(path.dirname(this.target), fs.constants.O_RDONLY);
    try {
      fs.fsyncSync(parent);
    } finally {
      fs.closeSync(parent);
    }
  }

  /** Removes whatever is left of the build. */
  remove(): void {
    fs.rmSync(this.directory, { recursive: true, force: true });
    fs.closeSync(this.fd);
  }
}

function removeAbandoned(parent: string): void {
  for (const name of fs.readdirSync(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const directory = path.join(parent, name);
    try {
      removeUnlocked(directory);
    } catch (error) {
      // Somebody else's, or just being removed: not this build's business.
      if (!['ENOENT', 'EACCES', 'EPERM', 'ENOTDIR'].some((errno) => hasErrno(error, errno)))
        throw error;
    }
  }
}

function removeUnlocked(directory: string): void {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
  const fd = fs.openSync(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    const age = Date.now() - fs.fstatSync(fd).ctimeMs;
    if (age > YOUNG && tryLock(fd, 'exclusive'))
      fs.rmSync(directory, { recursive: true, force: true });
  } finally {
    fs.closeSync(fd);
  }
}
