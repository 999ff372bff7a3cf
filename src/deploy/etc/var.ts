/** The first content of `/var`: that of the image. Afterwards it is the machine's. */
import fs from 'node:fs';
import path from 'node:path';
import { makeDirectories } from '../../linux/make-directories.js';
import type { Tree } from '../../formats/tree/model.js';
import type { Repository } from '../../repo/repository.js';
import { ascii } from '../../util/bytes.js';
import type { Progress } from '../../util/progress.js';
import { copyOut } from './copy-out.js';
import { placeDirectory } from './place.js';

export interface VarRequest {
  readonly repository: Repository;
  readonly tree: Tree;
  /** Absolute path of `state/os/<name>/var`. */
  readonly directory: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** Does nothing when it is there. */
export async function fillVar({
  repository,
  tree,
  directory,
  progress,
  signal,
}: VarRequest): Promise<void> {
  if (fs.existsSync(directory)) return;
  makeDirectories(path.dirname(directory), 0o755);
  await placeDirectory(
    directory,
    (temporary) =>
      copyOut({ repository, tree, path: ascii('/var'), target: temporary, progress, signal }),
    signal,
  );
}
