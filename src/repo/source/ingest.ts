/** Sends the contents of a scanned tree through the workers and fills in digests and inline contents. */
import { setImmediate } from 'node:timers/promises';
import type { RegularFile } from '../../formats/tree/model.js';
import { ascii, toBytes } from '../../util/bytes.js';
import { objectPath } from '../../util/digest.js';
import { Background, forEachBounded } from '../../util/async.js';
import type { Progress } from '../../util/progress.js';
import type { IngestedFile } from '../work/jobs.js';
import type { Workers } from '../work/workers.js';
import { INLINE_CONTENT_MAX } from '../inline.js';
import { FileQueue } from './file-queue.js';
import type { PendingFile, Scan } from './scan.js';

/** What storing a tree's contents came to. */
export interface IngestTotals {
  /** Bytes and number of contents that were not in the repository. */
  newBytes: number;
  newObjects: number;
  /** Bytes of contents that were there already, or twice in this tree. */
  sharedBytes: number;
}

export interface IngestOptions {
  /** Their signal is this one. */
  readonly workers: Workers;
  readonly progress: Progress;
  /** Ends it; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Scans and ingests at the same time: while this thread reads directories, the others read contents.
 *
 * @throws {RootsealError} TREE_CHANGED when the tree does not stand still
 */
export async function ingestScan(
  scan: Scan,
  { workers, progress, signal }: IngestOptions,
): Promise<IngestTotals> {
  const totals: IngestTotals = { newBytes: 0, newObjects: 0, sharedBytes: 0 };
  const queue = new FileQueue();
  let done = 0;
  const ingest = async (batch: readonly PendingFile[]): Promise<void> => {
    const sources = batch.map((file) => file.source);
    const results = await workers.ingest(scan.rootFd, sources);
    batch.forEach((file, index) => {
      const result = results[index];
      if (result === undefined) throw new TypeError('a worker left a file out');
      applyResult(file.node, result, totals);
      done += file.source.size;
    });
    // While the scan goes on, it is the scan that is told of.
    if (queue.isWhole) progress({ task: 'ingest', done, total: queue.bytes, unit: 'bytes' });
  };

  const begun = new Background();
  try {
    while (scan.advance()) {
      queue.add(scan.takeFiles());
      workers.expect(queue.files);
      while (workers.hasIdleThread && queue.hasBatch) begun.begin(ingest(queue.take()));
      await setImmediate();
      signal?.throwIfAborted();
      begun.check();
    }
    queue.add(scan.takeFiles());
    queue.isWhole = true;
    await forEachBounded(queue.rest(), workers.depth, ingest);
  } finally {
    await begun.settle();
  }
  begun.check();
  await scan.confirm(signal);
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
