/** Progress for people: one line that is written over, shown only when the work takes longer than a second. */
import type { Progress, ProgressEvent } from '../../util/progress.js';
import { formatBytes } from './units.js';

const DELAY_MS = 1000;
const INTERVAL_MS = 100;
const ERASE_LINE = '\r\x1b[K';

export interface TerminalProgress {
  readonly show: Progress;
  /** Makes room for another line. */
  readonly clear: () => void;
}

export function terminalProgress(stream: NodeJS.WriteStream): TerminalProgress {
  const started = performance.now();
  let last = 0;
  let visible = false;
  const clear = (): void => {
    if (visible) stream.write(ERASE_LINE);
    visible = false;
  };
  process.once('exit', clear);
  return {
    clear,
    show: (event) => {
      const time = performance.now();
      if (time - started < DELAY_MS || time - last < INTERVAL_MS) return;
      last = time;
      visible = true;
      stream.write(`${ERASE_LINE}${describe(event)}`);
    },
  };
}

function describe(event: ProgressEvent): string {
  const count = (value: number): string =>
    event.unit === 'bytes' ? formatBytes(value) : `${value} ${event.unit}`;
  if (event.total === undefined || event.total === 0) return `${event.task}: ${count(event.done)}`;
  const percent = Math.floor((100 * event.done) / event.total);
  return `${event.task}: ${percent} % of ${count(event.total)}`;
}
