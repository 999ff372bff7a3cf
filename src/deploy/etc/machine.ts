/** `/etc` as the machine has it: what is in its state directory, seen as the running system sees it. */
import fs from 'node:fs';
import { digestOf } from '../../formats/fsverity/descriptor.js';
import type { EtcMount } from '../../formats/seal/policy.js';
import { walk, lookup } from '../../formats/tree/walk.js';
import { inodeOf, type Entry, type RegularFile, type Tree } from '../../formats/tree/model.js';
import type { LocalFiles } from '../../repo/checkout.js';
import { readContent } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { scanOpenDirectory, type Scan } from '../../repo/source/scan.js';
import type { SourceFile } from '../../repo/work/jobs.js';
import { hashContent } from '../../repo/work/read-content.js';
import { openUnchanged } from '../../repo/work/unchanged.js';
import type { HashAlgorithm } from '../../util/digest.js';
import { RootsealError } from '../../util/errors.js';
import { pauser, withPauses } from '../../util/pauses.js';
import { atOnce, type Steps } from '../../util/steps.js';
import { noProgress } from '../../util/progress.js';
import { openDirectoryBeneath, type DirectoryBeneath } from '../host/beneath.js';
import { overlayView } from './etc-overlay.js';

const CHUNK_SIZE = 1 << 20;

/** A tree, some files of which lie in a directory on the disk that is open. */
export class MachineEtc {
  /** Its root is `/etc`. */
  readonly tree: Tree;
  private readonly scan: Scan | undefined;
  private readonly files: Map<RegularFile, SourceFile>;
  private readonly algorithm: HashAlgorithm;
  private readonly identities = new Map<RegularFile, string>();

  constructor(
    tree: Tree,
    algorithm: HashAlgorithm,
    found?: { readonly scan: Scan; readonly files: Map<RegularFile, SourceFile> },
  ) {
    this.tree = tree;
    this.algorithm = algorithm;
    this.scan = found?.scan;
    this.files = found?.files ?? new Map<RegularFile, SourceFile>();
  }

  /** Undefined when all contents are in the repository. */
  get local(): LocalFiles | undefined {
    return this.scan && { rootFd: this.scan.rootFd, files: this.files };
  }

  /** Another inode with the same content. */
  copied(copy: RegularFile, original: RegularFile): void {
    const source = this.files.get(original);
    if (source !== undefined) this.files.set(copy, source);
  }

  /**
   * The same text for the same content, whether in an image or on the disk.
   * @throws {RootsealError} TREE_CHANGED when a file is not any more what it was
   */
  identify(file: RegularFile): string {
    return atOnce(this.identifyInSteps(file));
  }

  /** `identify` for whoever cannot wait for a large file: a step is a piece of it. */
  *identifyInSteps(file: RegularFile): Steps<string> {
    const known = this.identities.get(file);
    if (known !== undefined) return known;
    const identity = yield* this.computeIdentity(file);
    this.identities.set(file, identity);
    return identity;
  }

  /** A file's content in chunks, from the disk or from the repository. */
  async *content(
    repository: Repository,
    file: RegularFile,
  ): AsyncGenerator<Buffer, void, undefined> {
    const source = this.files.get(file);
    if (source === undefined || this.scan === undefined) {
      yield* readContent(repository, file);
      return;
    }
    const fd = openUnchanged(this.scan.rootFd, source);
    try {
      for (let left = source.size; left > 0;) {
        const chunk = Buffer.allocUnsafe(Math.min(left, CHUNK_SIZE));
        const count = fs.readSync(fd, chunk, 0, chunk.length, source.size - left);
        if (count === 0) return;
        left -= count;
        yield chunk.subarray(0, count);
      }
    } finally {
      fs.closeSync(fd);
    }
  }

  close(): void {
    this.scan?.close();
  }

  private *computeIdentity(file: RegularFile): Steps<string> {
    if (file.digest !== undefined) return file.digest;
    if (file.inline !== undefined) return digestOf(file.inline, this.algorithm);
    const source = this.files.get(file);
    if (source === undefined || this.scan === undefined) return file.payload ?? '';
    const fd = openUnchanged(this.scan.rootFd, source);
    try {
      return (yield* hashContent(fd, source.size, this.algorithm)).digest;
    } finally {
      fs.closeSync(fd);
    }
  }
}

export interface MachineEtcRequest {
  readonly repository: Repository;
  /** `/etc` of the image that the machine runs. */
  readonly base: Tree;
  /** The deployment's `etc`; undefined when it has none. */
  readonly directory: DirectoryBeneath | undefined;
  readonly mode: EtcMount;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @throws {RootsealError} PATH_NOT_FOUND when it is gone; FORMAT_INVALID when a link leads to it; TREE_CHANGED when it does not stand still; UNSUPPORTED for an overlay
 *   that is not as the boot program mounts it
 */
export async function openMachineEtc(request: MachineEtcRequest): Promise<MachineEtc> {
  const { repository, base, mode } = request;
  const rootFd = openPlace(request);
  if (rootFd === undefined) return new MachineEtc(base, repository.algorithm);
  const options = { xattrs: 'all', nanoseconds: true, progress: noProgress } as const;
  const scan = scanOpenDirectory(rootFd, options);
  try {
    const files = new Map<RegularFile, SourceFile>();
    const pause = pauser(request.signal);
    for (let more = true; more;) {
      more = scan.advance();
      for (const { node, source } of scan.takeFiles()) files.set(node, source);
      await pause.takeIfDue();
    }
    const seen = mode === 'overlay' ? overlayView(base, scan.tree) : undefined;
    const tree = seen === undefined ? scan.tree : await withPauses(seen, request.signal);
    await withPauses(dropSockets(tree, base), request.signal);
    return new MachineEtc(tree, repository.algorithm, { scan, files });
  } catch (error) {
    scan.close();
    throw error;
  }
}

/**
 * Opens the directory that changes are in, if the mode leaves any. The boot program makes the upper directory when it is
 * missing.
 */
function openPlace({ directory, mode }: MachineEtcRequest): number | undefined {
  if (directory === undefined || mode === 'transient' || mode === 'none') return undefined;
  const fd = openDirectoryBeneath(directory);
  if (fd === undefined) {
    const path = `${directory.root}/${directory.path}`;
    throw new RootsealError('PATH_NOT_FOUND', `${path} is missing`, { details: { path } });
  }
  if (mode === 'bind') return fd;
  fs.closeSync(fd);
  return openDirectoryBeneath({ ...directory, path: `${directory.path}/upper` });
}

/** A socket belongs to a running program, and is not a change of anybody's, unless the image has one there. */
function* dropSockets(tree: Tree, base: Tree): Steps<void> {
  for (const { path, entry, parent } of walk(tree)) {
    yield;
    if (inodeOf(entry).kind !== 'socket' || isSocket(lookup(base, path))) continue;
    parent?.children.delete(path.slice(path.lastIndexOf('/') + 1) as typeof path);
  }
}

function isSocket(entry: Entry | undefined): boolean {
  return entry !== undefined && inodeOf(entry).kind === 'socket';
}
