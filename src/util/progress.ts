/**
 * Progress events: what long operations tell whoever listens.
 *
 * `--progress-fd N` writes each event as one JSON line; a terminal shows the latest one.
 */

/** Stable names of steps that take time. */
export type Task =
  | 'scan'
  | 'ingest'
  | 'publish'
  | 'reach'
  | 'checkout'
  | 'export'
  | 'fsck'
  | 'gc'
  | 'fetch'
  | 'fill'
  | 'hash';

/** What they are in words. */
export const TASKS: Readonly<Record<Task, string>> = {
  scan: 'reading the tree',
  ingest: 'reading the tree',
  publish: 'storing objects',
  reach: 'finding what is needed',
  checkout: 'writing files',
  export: 'writing the archive',
  fsck: 'checking objects',
  gc: 'removing objects',
  fetch: 'fetching',
  fill: 'writing the disk',
  hash: 'hashing',
};

/** One step of a long operation. Counts are of `unit`; `total` is absent while it is unknown. */
export interface ProgressEvent {
  readonly task: Task;
  readonly done: number;
  readonly total?: number;
  readonly unit: 'bytes' | 'files' | 'objects' | 'images';
  /** Name of the file that it is about, where several are worked on one after the other. */
  readonly file?: string;
}

export type Progress = (event: ProgressEvent) => void;

/** For callers that do not listen. */
export const noProgress: Progress = () => undefined;
