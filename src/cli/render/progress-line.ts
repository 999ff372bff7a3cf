/** What the progress line says: pure, from events, times and a width. */
import stringWidth from 'string-width';
import { oneLine } from '../../util/printable.js';
import { TASKS, type ProgressEvent } from '../../util/progress.js';
import { formatBytes } from './units.js';

/** How long what happened counts, in milliseconds: a rate that follows every chunk cannot be read. */
const MEMORY_MS = 4000;
/** Less has been seen of the work than a guess could be made from. */
const SEEN_MS = 2000;
/** What is further away is not worth a guess. */
const LEFT_MAX_S = 100 * 3600;

/** How fast something goes: the mean of what was seen, in which the last seconds count most. */
export class Rate {
  private readonly began: number;
  private time: number;
  private done: number;
  /** Amount and milliseconds, both fading at the same speed, so that their quotient is a rate from the beginning on. */
  private amount = 0;
  private span = 0;

  /**
   * @param time milliseconds of any clock that never goes back
   * @param done what was done by then
   */
  constructor(time: number, done: number) {
    this.began = time;
    this.time = time;
    this.done = done;
  }

  add(time: number, done: number): void {
    const passed = time - this.time;
    if (passed <= 0) return;
    const fading = Math.exp(-passed / MEMORY_MS);
    this.amount = this.amount * fading + Math.max(0, done - this.done);
    this.span = this.span * fading + passed;
    this.time = time;
    this.done = done;
  }

  /** For each second; undefined while nothing was seen. */
  get perSecond(): number | undefined {
    return this.span === 0 ? undefined : (1000 * this.amount) / this.span;
  }

  /** Seconds until `total`; undefined where that would be no more than a guess. */
  secondsTo(total: number): number | undefined {
    const { perSecond } = this;
    if (perSecond === undefined || perSecond <= 0 || this.time - this.began < SEEN_MS)
      return undefined;
    const left = Math.max(0, total - this.done) / perSecond;
    return left > LEFT_MAX_S ? undefined : left;
  }
}

/** The line for an event; never wider than `columns`. */
export function progressLine(event: ProgressEvent, rate: Rate, columns: number): string {
  const { task, done, total, unit, file } = event;
  const label = file === undefined ? TASKS[task] : `${TASKS[task]} ${oneLine(file)}`;
  const isPart = total !== undefined && total > 0;
  const count = isPart
    ? `${Math.min(100, Math.floor((100 * done) / total))} % of ${amount(total, unit)}`
    : amount(done, unit);
  const { perSecond } = rate;
  const speed =
    perSecond === undefined || perSecond < 1 ? '' : `${amount(Math.round(perSecond), unit)}/s`;
  const left = isPart && done < total ? rate.secondsTo(total) : undefined;
  const time = left === undefined ? '' : `${formatTime(left)} left`;
  return fitLine(label, { count, speed, time }, columns);
}

/** The line for work that tells nothing of itself. */
export function workingLine(doing: string, milliseconds: number, columns: number): string {
  return cutToWidth(`${doing}: ${formatTime(Math.floor(milliseconds / 1000))}`, columns);
}

/** The longest that fits: first the rate goes, then the time; a label that is too long is cut. */
function fitLine(
  label: string,
  { count, speed, time }: { readonly count: string; readonly speed: string; readonly time: string },
  columns: number,
): string {
  const lines = [[count, speed, time], [count, time], [count]].map(
    (parts) => `${label}: ${parts.filter((part) => part !== '').join(', ')}`,
  );
  const fitting = lines.find((line) => stringWidth(line) <= columns);
  if (fitting !== undefined) return fitting;
  const room = columns - stringWidth(`: ${count}`);
  return room < 1 ? cutToWidth(label, columns) : `${cutToWidth(label, room)}: ${count}`;
}

/** As much of the beginning as `columns` cells of a terminal hold; a character of two cells is never halved. */
export function cutToWidth(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let width = 0;
  let cut = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += stringWidth(segment);
    if (width > columns) break;
    cut += segment;
  }
  return cut;
}

/** `12 s`, `3 min`, `2 h 05 min`; never less than a second. */
function formatTime(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 100) return `${whole} s`;
  const minutes = Math.ceil(whole / 60);
  if (minutes < 100) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

function amount(value: number, unit: ProgressEvent['unit']): string {
  if (unit === 'bytes') return formatBytes(value);
  return `${value} ${value === 1 ? unit.slice(0, -1) : unit}`;
}
