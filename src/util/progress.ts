/**
 * Progress events: what long operations tell whoever listens.
 *
 * `--progress-fd N` writes each event as one JSON line; a terminal shows the latest one of each task.
 */

/** One step of a long operation. Counts are of `unit`; `total` is absent while it is unknown. */
export interface ProgressEvent {
  /** Stable name of the running step: `scan`, `ingest`, `sync`, `image`, `fsck`, `gc`, … */
  readonly task: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: 'bytes' | 'files' | 'objects';
}

export type Progress = (event: ProgressEvent) => void;

/** For callers that do not listen. */
export const noProgress: Progress = () => undefined;
