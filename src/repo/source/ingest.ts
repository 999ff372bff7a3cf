/** Sends the contents of a scanned tree through the workers and fills in digests and inline contents. */
import type { RegularFile } from '../../formats/tree/model.js';
import { ascii, toBytes } from '../../util/bytes.js';
import { objectPath } from '../../util/digest.js';
import { forEachBounded } from '../../util/async.js';
import type { Progress } from '../../util/progress.js';
import type { IngestedFile } from '../work/jobs.js';
import type { Workers } from '../work/workers.js';
import { INLINE_CONTENT_MAX } from '../inline.js';
import type { PendingFile, Scan } from './scan.js';

/** A batch ends at whichever of these it reaches first. */
const BATCH_FILES = 64;
const BATCH_BYTES = 4 << 20;
/** From this size on, files go first and alone, so that no thread starts a long one when the others are done. */
const LARGE_FILE = 1 << 20;

/** What storing a tree's contents came to. */
export interface IngestTotals {
  /** Bytes and number of contents that were not in the repository. */
  newBytes: number;
  newObjects: number;
  /** Bytes of contents that were there already, or twice in this tree. */
  sharedBytes: number;
}

/** @throws {RootsealError} TREE_CHANGED when the tree does not stand still */
export async function ingestScan(
  scan: Scan,
  workers: Workers,
  progress: Progress,
): Promise<IngestTotals> {
  const totals: IngestTotals = { newBytes: 0, newObjects: 0, sharedBytes: 0 };
  const total = scan.files.reduce((sum, file) => sum + file.source.size, 0);
  let done = 0;
  await forEachBounded(batches(scan.files), workers.depth, async (batch) => {
    const results = await workers.ingest(
      scan.rootFd,
      batch.map((file) => file.source),
    );
    batch.forEach((file, index) => {
      const result = results[index];
      if (result === undefined) throw new TypeError('a worker left a file out');
      applyResult(file.node, result, totals);
      done += file.source.size;
    });
    progress({ task: 'ingest', done, total, unit: 'bytes' });
  });
  scan.confirm();
  return totals;
}

function applyResult(node: RegularFile, result: IngestedFile, totals: IngestTotals): void {
  node.inline = result.inline === undefined ? undefined : toBytes(result.inline);
  if (result.digest === undefined) return;
  node.digest = result.digest;
  node.payload = ascii(objectPath(result.digest));
  if (result.isNew) {
    totals.newBytes += node.size;
    totals.newObjects++;
  } else if (node.size > INLINE_CONTENT_MAX) totals.sharedBytes += node.size;
}

function* batches(files: readonly PendingFile[]): Generator<PendingFile[], void, undefined> {
  const large = files.filter((file) => file.source.size >= LARGE_FILE);
  for (const file of large.sort((a, b) => b.source.size - a.source.size)) yield [file];
  let batch: PendingFile[] = [];
  let bytes = 0;
  for (const file of files) {
    if (file.source.size >= LARGE_FILE) continue;
    batch.push(file);
    bytes += file.source.size;
    if (batch.length < BATCH_FILES && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
