/**
 * Reads a directory tree: names, metadata and extended attributes, some directories at a time. Contents are read by
 * `ingest.ts`, while the scan goes on.
 *
 * Everything is opened relative to the root's descriptor without following a symlink, so a tree that is moved or
 * tampered with while it is read cannot lead out of itself.
 */
import fs from 'node:fs';
import { readDirectory, readLinkAt } from '../../linux/directory.js';
import { openBeneath } from '../../linux/open.js';
import { statAt, statFd, type FileStat } from '../../linux/stat.js';
import { readXattrsAt, readXattrsFd } from '../../linux/xattr.js';
import {
  NO_XATTRS,
  type Directory,
  type Entry,
  type Leaf,
  type RegularFile,
  type Stat,
  type Tree,
  type Xattrs,
} from '../../formats/tree/model.js';
import { ascii, type ByteString } from '../../util/bytes.js';
import { withPauses } from '../../util/pauses.js';
import type { Steps } from '../../util/steps.js';
import type { Progress } from '../../util/progress.js';
import { stampOf } from '../stamp.js';
import { expectThere, treeChanged } from '../tree-changed.js';
import type { SourceFile } from '../work/jobs.js';
import { filterMode, filterXattrs, type XattrMode } from './xattr-mode.js';

export interface ScanOptions {
  readonly xattrs: XattrMode;
  /** Times after this one, in seconds since 1970, become this one. */
  readonly clampMtime?: number | undefined;
  /** Whether times keep their nanoseconds, which images do not hold. */
  readonly nanoseconds?: boolean | undefined;
  /** As the reference `mkcomposefs` scans: nanoseconds, and every name its own inode with one link. */
  readonly asMkcomposefs?: boolean | undefined;
  readonly progress: Progress;
}

/** A file whose content is still to be read. */
export interface PendingFile {
  readonly node: RegularFile;
  readonly source: SourceFile;
}

/** A tree that is being scanned; the root's descriptor stays open until `close`. */
export interface Scan {
  /** Whole when `advance` has said so. */
  readonly tree: Tree;
  readonly rootFd: number;
  /**
   * Reads some more names, for a few milliseconds.
   * @returns whether there is more to read
   * @throws {SyscallError} when something cannot be read; its path is in the message
   * @throws {RootsealError} TREE_CHANGED when something vanishes meanwhile
   */
  advance(): boolean;
  /** The files found since the last call. */
  takeFiles(): readonly PendingFile[];
  /**
   * @param signal ends it; its reason is what is thrown
   * @throws {RootsealError} TREE_CHANGED when names were added or removed since the scan
   */
  confirm(signal?: AbortSignal): Promise<void>;
  close(): void;
}

/** Names that are read between two looks at what else there is to do. */
const NAMES_A_STEP = 128;

/** @throws {SyscallError} when the root cannot be read */
export function scanDirectory(path: string, options: ScanOptions): Scan {
  const { O_RDONLY, O_DIRECTORY } = fs.constants;
  return scanOpenDirectory(fs.openSync(path, O_RDONLY | O_DIRECTORY), options);
}

/**
 * @param rootFd opened for reading; it is closed with the scan
 * @throws {SyscallError} when the root cannot be read
 */
export function scanOpenDirectory(rootFd: number, options: ScanOptions): Scan {
  try {
    return new Scanner(rootFd, options);
  } catch (error) {
    fs.closeSync(rootFd);
    throw error;
  }
}

interface OpenDirectory {
  /** Relative to the root; empty for the root itself. */
  readonly path: ByteString;
  readonly node: Directory;
}

class Scanner implements Scan {
  readonly tree: Tree;
  readonly rootFd: number;
  private files: PendingFile[] = [];
  private readonly options: ScanOptions;
  private readonly linked = new Map<string, Leaf>();
  private readonly directories: { path: ByteString; stamp: string }[] = [];
  private readonly queue: OpenDirectory[] = [];
  private readonly steps: Steps<void>;
  private seen = 1;

  constructor(rootFd: number, options: ScanOptions) {
    this.rootFd = rootFd;
    this.options = options;
    const root = this.makeDirectory(ascii(''), statFd(rootFd), readXattrsFd(rootFd));
    this.tree = { root };
    this.steps = this.readAll();
  }

  advance(): boolean {
    let isMore = true;
    for (let count = 0; isMore && count < NAMES_A_STEP; count++)
      isMore = this.steps.next().done !== true;
    this.options.progress({ task: 'scan', done: this.seen, unit: 'files' });
    return isMore;
  }

  takeFiles(): readonly PendingFile[] {
    const taken = this.files;
    this.files = [];
    return taken;
  }

  close(): void {
    // A directory may be open.
    this.steps.return();
    fs.closeSync(this.rootFd);
  }

  async confirm(signal?: AbortSignal): Promise<void> {
    await withPauses(this.confirmEach(), signal);
  }

  private *confirmEach(): Steps<void> {
    for (const { path, stamp } of this.directories) {
      const now = expectThere(path, () => this.stampOfDirectory(path));
      if (now !== stamp) throw treeChanged(path, 'names were added or removed');
      yield;
    }
  }

  private stampOfDirectory(path: ByteString): string {
    const fd = this.openDirectory(path);
    try {
      return stampOf(statFd(fd));
    } finally {
      fs.closeSync(fd);
    }
  }

  private openDirectory(path: ByteString): number {
    return openBeneath(this.rootFd, path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  }

  /** A step is a name. */
  private *readAll(): Steps<void> {
    for (let next = this.queue.pop(); next !== undefined; next = this.queue.pop())
      yield* this.readEntries(next);
  }

  private *readEntries(directory: OpenDirectory): Steps<void> {
    const fd = expectThere(directory.path, () => this.openDirectory(directory.path));
    try {
      for (const name of readDirectory(fd)) {
        const path = (directory.path === '' ? name : `${directory.path}/${name}`) as ByteString;
        const entry = expectThere(path, () => this.readEntry(fd, name, path));
        directory.node.children.set(name, entry);
        this.seen++;
        yield;
      }
    } finally {
      fs.closeSync(fd);
    }
  }

  private readEntry(dirFd: number, name: ByteString, path: ByteString): Entry {
    const stat = statAt(dirFd, name);
    const key =
      stat.nlink > 1 && stat.type !== 'directory' && !this.asMkcomposefs
        ? `${stat.dev}:${stat.ino}`
        : undefined;
    const known = key === undefined ? undefined : this.linked.get(key);
    if (known !== undefined) return { kind: 'link', target: known };
    const xattrs = readXattrsAt(dirFd, name);
    if (stat.type === 'directory') return this.makeDirectory(path, stat, xattrs);
    const leaf = this.makeLeaf(dirFd, name, path, { stat, xattrs });
    if (key !== undefined) this.linked.set(key, leaf);
    return leaf;
  }

  private makeDirectory(path: ByteString, stat: FileStat, xattrs: Xattrs): Directory {
    const node: Directory = {
      kind: 'directory',
      ...this.makeStat(stat, xattrs),
      children: new Map(),
    };
    this.directories.push({ path, stamp: stampOf(stat) });
    this.queue.push({ path, node });
    return node;
  }

  private makeLeaf(
    dirFd: number,
    name: ByteString,
    path: ByteString,
    found: { stat: FileStat; xattrs: Xattrs },
  ): Leaf {
    const common = this.makeStat(found.stat, found.xattrs);
    const { type, size, rdev } = found.stat;
    switch (type) {
      case 'file':
        return this.makeFile(path, found.stat, common);
      case 'symlink':
        return { kind: 'symlink', ...common, target: readLinkAt(dirFd, name) };
      case 'char':
      case 'block':
        return { kind: type, ...common, rdev, size };
      case 'fifo':
      case 'socket':
        return { kind: type, ...common, size };
      case 'directory':
        throw new TypeError('a directory is not a leaf');
    }
  }

  private makeFile(path: ByteString, stat: FileStat, common: Stat): RegularFile {
    const node: RegularFile = {
      kind: 'file',
      ...common,
      size: stat.size,
      inline: undefined,
      digest: undefined,
      payload: undefined,
    };
    if (stat.size > 0)
      this.files.push({ node, source: { path, size: stat.size, stamp: stampOf(stat) } });
    return node;
  }

  private makeStat(stat: FileStat, xattrs: Xattrs): Stat {
    const clamp = this.options.clampMtime;
    const clamped = clamp !== undefined && stat.mtimeSec >= clamp;
    const kept = filterXattrs(xattrs, this.options.xattrs);
    return {
      // The reference leaves it, be the access list taken or not.
      mode: this.asMkcomposefs ? stat.mode : filterMode({ mode: stat.mode, xattrs }, kept),
      uid: stat.uid,
      gid: stat.gid,
      nlink: 1,
      mtimeSec: clamped ? clamp : stat.mtimeSec,
      mtimeNsec: clamped || !this.keepsNanoseconds ? 0 : stat.mtimeNsec,
      xattrs: kept.size === 0 ? NO_XATTRS : kept,
    };
  }

  private get keepsNanoseconds(): boolean {
    return this.asMkcomposefs || (this.options.nanoseconds ?? false);
  }

  private get asMkcomposefs(): boolean {
    return this.options.asMkcomposefs ?? false;
  }
}
