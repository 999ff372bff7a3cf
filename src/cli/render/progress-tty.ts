/** Progress for people: one line that is written over, shown only when the work takes longer than a second. */
import type { Progress, ProgressEvent } from '../../util/progress.js';
import type { Streams } from '../../util/streams.js';
import { formatBytes } from './units.js';

const DELAY_MS = 1000;
const INTERVAL_MS = 100;

export function terminalProgress(streams: Streams): Progress {
  const started = performance.now();
  let last = 0;
  process.once('exit', () => {
    streams.eraseProgress();
  });
  return (event) => {
    const time = performance.now();
    if (time - started < DELAY_MS || time - last < INTERVAL_MS) return;
    last = time;
    streams.progress(describe(event));
  };
}

/** Tasks in words; others are the names of their commands. */
const WORDS: Readonly<Record<string, string>> = {
  fetch: 'fetching',
  fill: 'writing the disk',
  ingest: 'reading the tree',
  scan: 'reading the tree',
};

function describe(event: ProgressEvent): string {
  const count = (value: number): string =>
    event.unit === 'bytes' ? formatBytes(value) : `${value} ${event.unit}`;
  const task = WORDS[event.task] ?? event.task;
  if (event.total === undefined || event.total === 0) return `${task}: ${count(event.done)}`;
  const percent = Math.floor((100 * event.done) / event.total);
  return `${task}: ${percent} % of ${count(event.total)}`;
}
