/** Progress for programs: one JSON line an event, at most ten a second and task, the last one always. */
import fs from 'node:fs';
import type { Progress } from '../../util/progress.js';

const INTERVAL_MS = 100;

export function jsonLinesProgress(fd: number): Progress {
  const shown = new Map<string, number>();
  return (event) => {
    const time = performance.now();
    const isLast = event.done === event.total;
    if (!isLast && time - (shown.get(event.task) ?? -Infinity) < INTERVAL_MS) return;
    shown.set(event.task, time);
    fs.writeSync(fd, `${JSON.stringify(event)}\n`);
  };
}
