/** Copies a directory of an image to the disk, with owners, modes and attributes. */
import fs from 'node:fs';
import type { Tree } from '../../formats/tree/model.js';
import { subtree } from '../../formats/tree/subtree.js';
import { checkoutTree } from '../../repo/checkout.js';
import type { Repository } from '../../repo/repository.js';
import type { ByteString } from '../../util/bytes.js';
import type { Progress } from '../../util/progress.js';

export interface CopyOutRequest {
  readonly repository: Repository;
  readonly tree: Tree;
  /** Of the directory in the tree; an empty one is made when it has none. */
  readonly path: ByteString;
  /** Absolute path, where nothing is yet. */
  readonly target: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export async function copyOut(request: CopyOutRequest): Promise<void> {
  const { repository, tree, path, target, progress, signal } = request;
  const part = subtree(tree, path);
  if (part === undefined) {
    fs.mkdirSync(target, { mode: 0o755 });
    return;
  }
  await checkoutTree(repository, part, target, {
    privileged: process.geteuid?.() === 0,
    progress,
    signal,
  });
}
