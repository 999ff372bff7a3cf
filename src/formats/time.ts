/** Moments as the documents of rootseal write them: `YYYY-MM-DDThh:mm:ssZ` (RFC 3339, UTC). */
import { text } from './shape.js';

/** Says what is wrong with a time, or nothing when it is `YYYY-MM-DDThh:mm:ssZ` and exists (RFC 3339, UTC). */
export function timeProblem(time: string): string | undefined {
  const good = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time);
  const parsed = good ? Date.parse(time) : NaN;
  if (Number.isNaN(parsed) || new Date(parsed).toISOString() !== time.replace('Z', '.000Z'))
    return 'a time is written YYYY-MM-DDThh:mm:ssZ';
  return undefined;
}

/** Writes seconds since 1970 as a commit's time. Good from year 0 to 9999. */
export function printTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** Seconds since 1970 of a time that has no `timeProblem`. */
export function timeSeconds(time: string): number {
  return Date.parse(time) / 1000;
}

/** The rule of a field that holds a time. */
export const time = text(timeProblem);
