/**
 * Colour on terminals: `--color` and `--no-color` decide, else NO_COLOR (no-color.org) and what standard output is.
 *
 * The control sequences are put in where text leaves (`src/util/streams.ts`): before, they would be told from those in the
 * text of others by nothing.
 */
import { colourMark } from '../../util/streams.js';

export type Style = 'good' | 'bad' | 'warning' | 'title';
export type Paint = (style: Style, text: string) => string;

/** ECMA-48 "select graphic rendition": what begins a style, and what ends it. A title is bold, since colours mean something. */
const SGR = { good: [32, 39], bad: [31, 39], warning: [33, 39], title: [1, 22] } as const;

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
  return (style, text) => `${colourMark(SGR[style][0])}${text}${colourMark(SGR[style][1])}`;
}
