/** The files of a scan that wait for a thread, in batches that are worth a message. */
import type { PendingFile } from './scan.js';

/** A batch ends at whichever of these it reaches first. */
const BATCH_FILES = 64;
const BATCH_BYTES = 4 << 20;

/** Files from this size on are batches of their own. */
const LARGE_FILE = 1 << 20;

export class FileQueue {
  /** Whether no more files will come. */
  isWhole = false;
  /** How many files were added, and their bytes. */
  files = 0;
  bytes = 0;
  private readonly large: PendingFile[] = [];
  private readonly batches: PendingFile[][] = [];
  private open: PendingFile[] = [];
  private openBytes = 0;

  add(files: readonly PendingFile[]): void {
    for (const file of files) {
      this.files++;
      this.bytes += file.source.size;
      if (file.source.size >= LARGE_FILE) this.large.push(file);
      else this.addSmall(file);
    }
  }

  /** Whether a batch is full. */
  get hasBatch(): boolean {
    return this.large.length > 0 || this.batches.length > 0;
  }

  /** A full batch; to be asked for only where there is one. */
  take(): readonly PendingFile[] {
    const large = this.large.pop();
    return large === undefined ? (this.batches.pop() ?? []) : [large];
  }

  /** All that is left, the largest files first, so that no thread starts a long one when the others are done. */
  *rest(): Generator<readonly PendingFile[], void, undefined> {
    for (const file of this.large.sort((a, b) => b.source.size - a.source.size)) yield [file];
    yield* this.batches;
    if (this.open.length > 0) yield this.open;
  }

  private addSmall(file: PendingFile): void {
    this.open.push(file);
    this.openBytes += file.source.size;
    if (this.open.length < BATCH_FILES && this.openBytes < BATCH_BYTES) return;
    this.batches.push(this.open);
    this.open = [];
    this.openBytes = 0;
  }
}
