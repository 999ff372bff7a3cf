/** Lays a directory of the builder's own over the state that a tree begins with (`--state`). */
import { scanDirectory, type Scan } from '../repo/source/scan.js';
import {
  type Directory,
  type Entry,
  type Inode,
  type RegularFile,
  type Tree,
  type Xattrs,
} from '../formats/tree/model.js';
import { walk } from '../formats/tree/walk.js';
import { ascii, toDisplay } from '../util/bytes.js';
import { RootsealError } from '../util/errors.js';
import { pauser } from '../util/pauses.js';
import type { Progress } from '../util/progress.js';
import type { HostFile } from './volume.js';

/** The directories that are state. */
export const STATE_DIRECTORIES = [ascii('etc'), ascii('var')] as const;

/** Attributes that mean the same on another machine. Labels of the builder's own policy do not. */
const KEPT_XATTRS = /^(?:user\.|security\.capability$|system\.posix_acl_)/;

/** What is laid over; its directory stays open until `close`. */
export interface StateOverlay {
  readonly tree: Tree;
  readonly hostFiles: ReadonlyMap<RegularFile, HostFile>;
  /** @throws {RootsealError} TREE_CHANGED when names were added or removed since it was read */
  confirm(): Promise<void>;
  close(): void;
}

export interface OverlayOptions {
  readonly progress: Progress;
  /** Ends the reading; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the overlay. What belongs to the caller becomes root's, other owners stay; later times become `time`.
 * @throws {RootsealError} USAGE when it holds more than `etc` and `var`
 */
export async function readOverlay(
  path: string,
  time: number,
  { progress, signal }: OverlayOptions,
): Promise<StateOverlay> {
  const scan = scanDirectory(path, { xattrs: 'all', clampMtime: time, progress });
  try {
    const pause = pauser(signal);
    while (scan.advance()) await pause.takeIfDue();
    for (const [name, entry] of scan.tree.root.children) {
      if (STATE_DIRECTORIES.some((known) => known === name) && entry.kind === 'directory') continue;
      throw new RootsealError(
        'USAGE',
        `--state ${path}: ${toDisplay(name)} does not belong there; only etc/ and var/`,
      );
    }
    const caller = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
    for (const { entry } of walk(scan.tree)) if (entry.kind !== 'link') adopt(entry, caller);
  } catch (error) {
    scan.close();
    throw error;
  }
  return {
    tree: scan.tree,
    hostFiles: hostFilesOf(scan),
    confirm: () => scan.confirm(signal),
    close: () => {
      scan.close();
    },
  };
}

function adopt(inode: Inode, caller: { readonly uid: number; readonly gid: number }): void {
  if (inode.uid === caller.uid) inode.uid = 0;
  if (inode.gid === caller.gid) inode.gid = 0;
  inode.xattrs = keptXattrs(inode.xattrs);
}

function keptXattrs(xattrs: Xattrs): Xattrs {
  return new Map([...xattrs].filter(([name]) => KEPT_XATTRS.test(name)));
}

function hostFilesOf(scan: Scan): ReadonlyMap<RegularFile, HostFile> {
  const { rootFd } = scan;
  return new Map(
    scan
      .takeFiles()
      .map(({ node, source: { path, stamp } }) => [node, { rootFd, path, stamp }] as const),
  );
}

/** Puts what is in `from` into `into`: directories that both have keep their attributes, anything else is replaced. */
export function overlayDirectory(into: Directory, from: Directory): void {
  const queue: (readonly [Directory, Directory])[] = [[into, from]];
  for (const [target, source] of queue) {
    for (const [name, entry] of source.children) {
      const existing: Entry | undefined = target.children.get(name);
      if (existing?.kind === 'directory' && entry.kind === 'directory')
        queue.push([existing, entry]);
      else target.children.set(name, entry);
    }
  }
}
