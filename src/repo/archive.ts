/** A commit as a tar archive, every content verified. */
import type { Commit } from '../formats/commit/commit.js';
import type { Tree } from '../formats/tree/model.js';
import { writeTar, type TarContent, type TarWriteOptions } from '../formats/tar/write-archive.js';
import { withPausesBetween } from '../util/pauses.js';
import type { Progress } from '../util/progress.js';
import { contentWithHoles } from './object-content.js';
import { readContent } from './read-tree.js';
import type { Repository } from './repository.js';

export interface ArchiveOptions extends TarWriteOptions {
  /** How long runs of zeros are written: not at all, in GNU tar's sparse format, or whole. */
  readonly holes: 'sparse' | 'zeros';
  readonly progress: Progress;
  /** Ends it; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The archive in chunks. The caller holds the shared lock until the last one.
 * @throws {RootsealError} OBJECT_NOT_FOUND or OBJECT_CORRUPT
 */
export function archiveOf(
  repository: Repository,
  { tree, commit }: { readonly tree: Tree; readonly commit: Commit },
  { holes, progress, signal, ...options }: ArchiveOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const content: TarContent =
    holes === 'sparse'
      ? contentWithHoles(repository, signal)
      : (file) => readContent(repository, file, signal);
  const archive = writeTar(tree, counted(progress, commit.bytes, content), options);
  return withPausesBetween(archive, signal);
}

/** Tells how many bytes of all contents are done whenever the next one is asked for. */
function counted(progress: Progress, total: number, content: TarContent): TarContent {
  let done = 0;
  return (file, path) => {
    progress({ task: 'export', done, total, unit: 'bytes' });
    done += file.size;
    return content(file, path);
  };
}
