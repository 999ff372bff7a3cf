/**
 * Colour on terminals: `--color` and `--no-color` decide, else NO_COLOR (no-color.org) and what standard output is.
 *
 * The control sequences are put in where text leaves (`src/util/streams.ts`): before, they would be told from those in the
 * text of others by nothing.
 */
import { colourMark } from '../../util/streams.js';

export type Style = 'good' | 'bad' | 'title';
export type Paint = (style: Style, text: string) => string;

/** ECMA-48 "select graphic rendition": green, red, yellow. */
const SGR = { good: 32, bad: 31, title: 33 } as const;
const DEFAULT_COLOR = 39;

export const noPaint: Paint = (_style, text) => text;

/**
 * @param wanted the option; undefined when it was not given
 * @param isTerminal whether a person sees the text
 */
export function choosePaint(
  wanted: boolean | undefined,
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Paint {
  const byDefault = isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  if (!(wanted ?? byDefault)) return noPaint;
  return (style, text) => `${colourMark(SGR[style])}${text}${colourMark(DEFAULT_COLOR)}`;
}
