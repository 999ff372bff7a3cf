/** Paths in a message: a few of them, whatever they are made of. */
import { toDisplay, type ByteString } from '../../util/bytes.js';

const SHOWN_MAX = 3;

/** `/a, /b, /c and 9 more` */
export function shownPaths(paths: readonly ByteString[]): string {
  const shown = paths.slice(0, SHOWN_MAX).map(toDisplay);
  return listed(paths.length > SHOWN_MAX ? [...shown, `${paths.length - SHOWN_MAX} more`] : shown);
}

/** `a`, `a and b`, `a, b and c` */
export function listed(words: readonly string[]): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

/** The verb for so many subjects. */
export function areOrIs(things: readonly unknown[]): 'are' | 'is' {
  return things.length === 1 ? 'is' : 'are';
}
