/** Progress for programs: one JSON line an event, at most ten a second and task, the last one always. */
import fs from 'node:fs';
import { describeError, hasErrno } from '../../util/errors.js';
import { printableJson } from '../../util/printable.js';
import type { Progress } from '../../util/progress.js';

const INTERVAL_MS = 100;

/**
 * @param onLost told once, with the reason, when nobody can take events any more: work does not fail for that
 */
export function jsonLinesProgress(fd: number, onLost: (reason: string) => void): Progress {
  const shown = new Map<string, number>();
  let isLost = false;
  return (event) => {
    const time = performance.now();
    const isLast = event.done === event.total;
    if (isLost || (!isLast && time - (shown.get(event.task) ?? -Infinity) < INTERVAL_MS)) return;
    shown.set(event.task, time);
    try {
      fs.writeSync(fd, `${printableJson(event)}\n`);
    } catch (error) {
      // A pipe that is full and does not wait: this event is left out.
      if (hasErrno(error, 'EAGAIN')) return;
      isLost = true;
      onLost(describeError(error));
    }
  };
}
