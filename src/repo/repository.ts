/**
 * An opened repository: its directory, its `meta.json` and its lock. What can be done with it lives in the files beside.
 */
import fs from 'node:fs';
import path from 'node:path';
import { lock, type LockKind } from '../linux/lock.js';
import { makeDirectories } from '../linux/make-directories.js';
import type { HashAlgorithm } from '../util/digest.js';
import { hasErrno, RootsealError } from '../util/errors.js';
import { readSmallFile, syncDirectory, writeFileDurable } from './durable.js';
import { DIRECTORIES, LOCK_FILE, META_FILE, REFS_LOCK_FILE, TMP_DIR } from './layout.js';
import { META_MAX_SIZE, parseMeta, printMeta } from './meta.js';

/** A held `flock`; closing it lets others in. */
export interface RepositoryLock {
  release(): void;
}

export class Repository {
  /** Absolute path. */
  readonly path: string;
  readonly algorithm: HashAlgorithm;
  private readonly writable: boolean;

  private constructor(directory: string, algorithm: HashAlgorithm, writable: boolean) {
    this.path = directory;
    this.algorithm = algorithm;
    this.writable = writable;
  }

  /**
   * @throws {RootsealError} REPOSITORY_NOT_FOUND when `directory` holds no `meta.json`
   * @throws {FormatError} when `meta.json` is damaged
   */
  static open(directory: string): Repository {
    const absolute = path.resolve(directory);
    const bytes = readSmallFile(path.join(absolute, META_FILE), META_MAX_SIZE);
    if (bytes === undefined) {
      throw new RootsealError('REPOSITORY_NOT_FOUND', `no repository at ${absolute}`, {
        details: { path: absolute },
        hint: 'make one with `rootseal init DIR`, or name one with --repo',
      });
    }
    const meta = parseMeta(bytes.toString('utf8'));
    return new Repository(absolute, meta.algorithm, meta.writable);
  }

  /** Whether a repository is there, readable or not. */
  static isAt(directory: string): boolean {
    return fs.existsSync(path.join(path.resolve(directory), META_FILE));
  }

  /** Makes a repository, or finishes one whose making was interrupted. Directories get mode 0700. */
  static init(directory: string, algorithm: HashAlgorithm): Repository {
    const absolute = path.resolve(directory);
    if (fs.existsSync(path.join(absolute, META_FILE))) {
      const existing = Repository.open(absolute);
      if (existing.algorithm === algorithm) return existing;
      throw new RootsealError('USAGE', `${absolute} is a ${existing.algorithm} repository already`);
    }
    refuseForeignDirectory(absolute);
    makeDirectories(absolute, 0o700);
    for (const name of DIRECTORIES) makeDirectories(path.join(absolute, name), 0o755);
    for (const name of [LOCK_FILE, REFS_LOCK_FILE])
      fs.closeSync(fs.openSync(path.join(absolute, name), 'a', 0o644));
    // meta.json comes last: without it the directory is not a repository.
    writeFileDurable(
      path.join(absolute, TMP_DIR),
      path.join(absolute, META_FILE),
      printMeta(algorithm),
    );
    syncDirectory(path.dirname(absolute));
    return Repository.open(absolute);
  }

  /** The absolute path of something whose place `layout.ts` gives. */
  file(relative: string): string {
    return `${this.path}/${relative}`;
  }

  /** @throws {RootsealError} READ_ONLY when the repository has a feature that only lets it be read */
  requireWritable(): void {
    if (!this.writable) {
      throw new RootsealError(
        'READ_ONLY',
        `${this.path} has features that this version can only read`,
      );
    }
  }

  /**
   * Waits for the repository lock: shared while objects must stay, exclusive to remove some.
   * @throws {RootsealError} LOCKED when `wait` is false and somebody holds it
   */
  async lock(
    kind: LockKind,
    { wait = true, signal }: { wait?: boolean; signal?: AbortSignal | undefined } = {},
  ): Promise<RepositoryLock> {
    const fd = this.openLockFile(LOCK_FILE);
    if (fd === undefined) return { release: () => undefined };
    try {
      await lock(fd, kind, { wait, signal });
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
    return { release: closeOnce(fd) };
  }

  /** Runs `update` while no other process changes branches or tags. */
  async withRefsLock<T>(update: () => T): Promise<T> {
    const fd = this.openLockFile(REFS_LOCK_FILE);
    try {
      if (fd !== undefined) await lock(fd, 'exclusive', { wait: true });
      return update();
    } finally {
      if (fd !== undefined) fs.closeSync(fd);
    }
  }

  private openLockFile(name: string): number | undefined {
    try {
      return fs.openSync(this.file(name), fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644);
    } catch (error) {
      if (!hasErrno(error, 'EROFS') && !hasErrno(error, 'EACCES')) throw error;
    }
    try {
      return fs.openSync(this.file(name), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    } catch (error) {
      // On a read-only medium nobody can remove objects, so a reader needs no lock.
      if (hasErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }
}

/**
 * Runs `action` while the repository's objects must stay.
 * @param signal ends the waiting for whoever removes some; its reason is what is thrown
 */
export async function withSharedLock<T>(
  repository: Repository,
  action: () => T | Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const held = await repository.lock('shared', { signal });
  try {
    return await action();
  } finally {
    held.release();
  }
}

function closeOnce(fd: number): () => void {
  let open = true;
  return () => {
    if (open) fs.closeSync(fd);
    open = false;
  };
}

/** Files of somebody else are not mixed with a repository; leftovers of an interrupted `init` are ours. */
function refuseForeignDirectory(directory: string): void {
  if (!fs.existsSync(directory)) return;
  const own = new Set([...DIRECTORIES.map((name) => name.split('/')[0]), LOCK_FILE]);
  const foreign = fs.readdirSync(directory).find((name) => !own.has(name));
  if (foreign !== undefined) {
    throw new RootsealError(
      'USAGE',
      `${directory} is not empty: it holds ${JSON.stringify(foreign)}`,
    );
  }
}
