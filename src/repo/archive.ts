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
  const count = new ContentCount(progress, commit.bytes);
  const archive = writeTar(tree, count.content(content), options);
  return withPausesBetween(count.chunks(archive), signal);
}

/** Tells how many bytes of all contents are in the archive, of which large files are only a part for a while. */
class ContentCount {
  private readonly progress: Progress;
  private readonly total: number;
  /** Of the files before the one that is written now. */
  private before = 0;
  private size = 0;
  /** Since that one was begun. */
  private written = 0;

  constructor(progress: Progress, total: number) {
    this.progress = progress;
    this.total = total;
  }

  content(read: TarContent): TarContent {
    return (file, path) => {
      this.before += this.size;
      this.size = file.size;
      this.written = 0;
      return read(file, path);
    };
  }

  async *chunks(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of archive) {
      yield chunk;
      this.written += chunk.length;
      const done = this.before + Math.min(this.written, this.size);
      this.tell(done);
    }
    this.tell(this.total);
  }

  private tell(done: number): void {
    this.progress({ task: 'export', done, total: this.total, unit: 'bytes' });
  }
}
