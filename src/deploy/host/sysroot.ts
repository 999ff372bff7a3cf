/** The physical root of a host: repository, state and ESP, on the running system or anywhere else (docs/formats/sysroot.md). */
import fs from 'node:fs';
import path from 'node:path';
import { makeDirectories } from '../../linux/make-directories.js';
import { AT_FDCWD } from '../../linux/libc.js';
import { lock } from '../../linux/lock.js';
import { changeMount, MOUNT_ATTR_RDONLY } from '../../linux/mount-api.js';
import { enterMountNamespace } from '../../linux/namespace.js';
import { Repository } from '../../repo/repository.js';
import { fromText } from '../../util/bytes.js';
import { hasErrno, RootsealError } from '../../util/errors.js';
import { readBootReport, type BootReport } from './booted.js';
import { findEsp } from './esp-mount.js';

/** Where the boot program leaves the physical root. */
export const SYSTEM_SYSROOT = '/sysroot';
/** Where the boot program leaves its documents. */
export const RUNTIME_DIRECTORY = '/run/rootseal';

export interface SysrootOptions {
  /** Default: that of the running system. */
  readonly sysroot?: string | undefined;
  /** Mount point of the ESP; default: where the running system has it, and `boot` in any other sysroot. */
  readonly boot?: string | undefined;
}

/** Whether `--sysroot` means the running system: it is not given, or names its directory. */
export function isRunningSystem(sysroot: string | undefined): boolean {
  return path.resolve(sysroot ?? SYSTEM_SYSROOT) === SYSTEM_SYSROOT;
}

export class Sysroot {
  /** Absolute path. */
  readonly directory: string;
  /** What is running, when this is the running system's. */
  readonly booted: BootReport | undefined;
  /** Why it is not known what is running: what the boot program left cannot be read. */
  readonly bootedError: Error | undefined;
  /** Whether this is the running system's. */
  readonly isHost: boolean;
  private readonly bootOption: string | undefined;
  private esp: string | undefined;

  private constructor(options: SysrootOptions) {
    this.directory = path.resolve(options.sysroot ?? SYSTEM_SYSROOT);
    this.bootOption = options.boot === undefined ? undefined : path.resolve(options.boot);
    this.isHost = isRunningSystem(options.sysroot);
    try {
      this.booted = this.isHost ? readBootReport(RUNTIME_DIRECTORY) : undefined;
    } catch (error) {
      this.bootedError = error instanceof Error ? error : new TypeError(String(error));
    }
  }

  /** At a directory, whatever is there. @throws {FormatError} when it is not known what is running */
  static at(directory: string): Sysroot {
    return new Sysroot({ sysroot: directory }).requireBooted();
  }

  /**
   * For looking.
   * @throws {FormatError} when it is not known what is running
   * @throws {RootsealError} NOT_BOOTED when it is to be the running system's and that was not started by rootseal;
   *   REPOSITORY_NOT_FOUND when it is any other directory without a repository
   */
  static open(options: SysrootOptions): Sysroot {
    return Sysroot.openToTell(options).requireBooted();
  }

  /** For telling what is wrong: also that it is not known what is running. @throws {RootsealError} as `open`, but for that */
  static openToTell(options: SysrootOptions): Sysroot {
    const sysroot = new Sysroot(options);
    if (sysroot.booted !== undefined || isSysroot(sysroot.directory)) return sysroot;
    if (sysroot.isHost)
      throw new RootsealError('NOT_BOOTED', 'this system was not started by rootseal', {
        hint: 'name the physical root of another one with --sysroot DIR',
      });
    throw new RootsealError(
      'REPOSITORY_NOT_FOUND',
      `${sysroot.directory} is not a sysroot: it has no composefs/meta.json`,
      { details: { path: sysroot.directory } },
    );
  }

  /**
   * For changes. The running system's is mounted read-only; so the process goes on in a mount namespace of its own, where it
   * is not. To be called before anything else: the program may be started again.
   * @throws {RootsealError} as `open`; PERMISSION_DENIED without root
   */
  static openWritable(options: SysrootOptions): Sysroot {
    const sysroot = Sysroot.open(options);
    if (!sysroot.isHost) return sysroot;
    // An automount comes to life in the namespace of the system only.
    if (options.boot === undefined) wakeEsp(sysroot);
    makeSystemWritable();
    return sysroot;
  }

  private requireBooted(): this {
    if (this.bootedError !== undefined) throw this.bootedError;
    return this;
  }

  /** Root directory of the ESP. @throws {RootsealError} PATH_NOT_FOUND when it is not mounted */
  get boot(): string {
    this.esp ??= this.bootOption ?? (this.isHost ? findEsp() : this.file('boot'));
    return this.esp;
  }

  /** @throws {RootsealError} REPOSITORY_NOT_FOUND */
  repository(): Repository {
    return Repository.open(this.file('composefs'));
  }

  /** Absolute path of something below the sysroot. */
  file(relative: string): string {
    return `${this.directory}/${relative}`;
  }

  /**
   * Keeps others from changing deployments while `action` does.
   * @param options `signal` ends the waiting; its reason is what is thrown
   * @throws {RootsealError} LOCKED when somebody is at it and `wait` is false
   */
  async withLock<T>(
    {
      wait = false,
      signal,
    }: { readonly wait?: boolean; readonly signal?: AbortSignal | undefined },
    action: () => Promise<T>,
  ): Promise<T> {
    makeDirectories(this.file('state'), 0o755);
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = fs.constants;
    const fd = fs.openSync(this.file('state/lock'), O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
    try {
      await lock(fd, 'exclusive', { wait, signal });
      return await action();
    } finally {
      fs.closeSync(fd);
    }
  }
}

/**
 * Gives this process a mount namespace in which the running system's physical root is writable. To be called before anything
 * else: the program may be started again.
 */
function makeSystemWritable(): void {
  enterMountNamespace();
  changeMount(AT_FDCWD, fromText(SYSTEM_SYSROOT), { clear: MOUNT_ATTR_RDONLY });
}

/**
 * The same for a command that changes the repository at `directory`, when that is the running system's.
 * @returns nothing; to be called before anything else
 */
export function makeRepositoryWritable(directory: string): void {
  const isSystem = path.resolve(directory) === `${SYSTEM_SYSROOT}/composefs`;
  if (isSystem && readBootReport(RUNTIME_DIRECTORY) !== undefined) makeSystemWritable();
}

function isSysroot(directory: string): boolean {
  try {
    const found = fs.lstatSync(`${directory}/composefs/meta.json`, { throwIfNoEntry: false });
    return found !== undefined;
  } catch (error) {
    if (hasErrno(error, 'EACCES')) return true;
    throw error;
  }
}

function wakeEsp(sysroot: Sysroot): void {
  try {
    sysroot.boot satisfies string;
  } catch (error) {
    // Who needs the ESP is told then; `undeploy` of what is staged, say, does not.
    if (!(error instanceof RootsealError) || error.code !== 'PATH_NOT_FOUND') throw error;
  }
}
