/** Trees of commits: reading, comparing, writing out. */
import { diffTrees } from '../../formats/tree/diff.js';
import type { RegularFile, Tree as InnerTree } from '../../formats/tree/model.js';
import { archiveOf } from '../../repo/archive.js';
import { checkoutTree } from '../../repo/checkout.js';
import { readContent, readRevision, requireResolved, type Revision } from '../../repo/read-tree.js';
import { withSharedLock, type Repository } from '../../repo/repository.js';
import { toDisplay } from '../../util/bytes.js';
import { RootsealError } from '../../util/errors.js';
import { noProgress } from '../../util/progress.js';
import type { CallOptions, LongCallOptions } from '../call-options.js';
import type { CheckoutReport, ExportOptions } from '../repository-api.js';
import type { CommitTree, PathChange, ReadFileOptions, TreePath } from '../tree-entries.js';
import { call, callEach } from './run-call.js';
import { bytesOf, textOf, TreeView } from './tree-view.js';

const FILE_MAX = 64 << 20;

class CommitView extends TreeView implements CommitTree {
  readonly commit: string;
  readonly #repository: Repository;
  readonly #tree: InnerTree;

  constructor(repository: Repository, { id, tree }: Revision) {
    super(tree);
    this.commit = id;
    this.#repository = repository;
    this.#tree = tree;
  }

  async readFile(path: TreePath, options: ReadFileOptions = {}): Promise<Uint8Array> {
    const { maxBytes = FILE_MAX } = options;
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#open(path, options, maxBytes)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  openFile(path: TreePath, options: CallOptions = {}): AsyncIterable<Uint8Array> {
    return this.#open(path, options, Infinity);
  }

  #open(path: TreePath, options: CallOptions, maxBytes: number): AsyncIterable<Uint8Array> {
    return callEach(options, (signal) => this.#read(this.#file(path, maxBytes), signal));
  }

  async *#read(
    file: RegularFile,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const lock = await this.#repository.lock('shared', { signal });
    try {
      yield* readContent(this.#repository, file, signal);
    } finally {
      lock.release();
    }
  }

  #file(path: TreePath, maxBytes: number): RegularFile {
    const bytes = bytesOf(path);
    const inode = requireResolved(this.#tree, bytes);
    const name = toDisplay(bytes);
    if (inode.kind !== 'file')
      throw new RootsealError('USAGE', `${name} is a ${inode.kind}, not a regular file`);
    if (inode.size > maxBytes)
      throw new RootsealError(
        'USAGE',
        `${name} has ${inode.size} bytes, more than maxBytes, ${maxBytes}`,
      );
    return inode;
  }
}

export function read(
  repository: Repository,
  revision: string,
  options: CallOptions,
): Promise<CommitTree> {
  return call(options, async (signal) => {
    const found = () => readRevision(repository, revision, signal);
    return new CommitView(repository, await withSharedLock(repository, found, signal));
  });
}

export function diff(
  repository: Repository,
  [before, after]: readonly [string, string],
  options: CallOptions,
): Promise<PathChange[]> {
  return call(options, async (signal) => {
    const both = async () =>
      [
        await readRevision(repository, before, signal),
        await readRevision(repository, after, signal),
      ] as const;
    const [one, other] = await withSharedLock(repository, both, signal);
    return diffTrees(one.tree, other.tree).map((change) => ({
      ...change,
      path: textOf(change.path),
    }));
  });
}

export function checkOut(
  repository: Repository,
  revision: string,
  directory: string,
  options: LongCallOptions,
): Promise<CheckoutReport> {
  return call(options, (signal) => {
    const write = async () => {
      const { tree } = await readRevision(repository, revision, signal);
      return checkoutTree(repository, tree, directory, {
        privileged: process.geteuid?.() === 0,
        progress: options.onProgress ?? noProgress,
        signal,
      });
    };
    return withSharedLock(repository, write, signal);
  });
}

export function exportTar(
  repository: Repository,
  revision: string,
  options: ExportOptions,
): AsyncIterable<Uint8Array> {
  const { holes = 'sparse', onProgress = noProgress, onSkip } = options;
  return callEach(options, async function* (signal) {
    const lock = await repository.lock('shared', { signal });
    try {
      const found = await readRevision(repository, revision, signal);
      yield* archiveOf(repository, found, {
        holes,
        progress: onProgress,
        signal,
        onSkip: (path) => onSkip?.(textOf(path)),
      });
    } finally {
      lock.release();
    }
  });
}
