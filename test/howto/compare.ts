/**
 * Compares what a command printed with what the page shows. What is another on each machine and each day is made the
 * same first: ids, keys, signatures, sizes, durations, large counts, times, kernel releases. Everything else, each word, must
 * be as it is. `…` in the page stands for any text of a line, and alone on its line for any number of lines that are indented as it is.
 */

/** What is replaced, in this order, by a name that says what was there. Lengths stay, so that a cut id does not pass. */
const PLACES: readonly (readonly [pattern: RegExp, place: string])[] = [
  [/\b[0-9a-f]{128}\b/g, '<id 128>'],
  [/\b[0-9a-f]{64}\b/g, '<id 64>'],
  [/\b[0-9a-f]{2}\/[0-9a-f]{62}\b/g, '<object path>'],
  [/\b[0-9a-f]{12}\b/g, '<id 12>'],
  [/\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}(?![A-Za-z0-9+/=])/g, '+<key id>+<key>'],
  [/\+[0-9a-f]{8}\b/g, '+<key id>'],
  [/(?<= )[A-Za-z0-9+/]{91}=(?!\S)/g, '<signature>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>'],
  [/ *\b\d+(?:\.\d+)? (?:B|kB|MB|GB|KiB|MiB|GiB)\b/g, ' <size>'],
  [/\b\d+(?:\.\d+)? (?:ms|s)\b/g, '<duration>'],
  [/\b\d+ (?:seconds?|minutes?|hours?) ago\b|\bjust now\b/g, '<ago>'],
  [/ *\b\d{3,}(?= (?:files|objects)\b)/g, ' <count>'],
  [/\b\d+\.\d+\.\d+(?:-\d+)?\+deb\d+(?:\.\d+)?(?:\+\d+)?-[a-z0-9-]+/g, '<kernel>'],
];

const ANY = '…';

/** Compares two texts; the result is empty, or says which shown line has no equal and what there was. */
export function compareOutput(shown: readonly string[], printed: string): string {
  const lines = linesOf(printed);
  const problem = matchFrom(shown.map(withPlaces), lines.map(withPlaces));
  if (problem === undefined) return '';
  const wanted = shown[problem.shown] ?? '(the end)';
  return `the page shows: ${wanted}\nbut there was:  ${lines[problem.printed] ?? '(the end)'}`;
}

/** Blanks at the end of a line are not seen, and trailing empty lines neither. */
function linesOf(text: string): string[] {
  return text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n+$/, '')
    .split('\n');
}

/** A line in which what may differ is named instead. */
export function withPlaces(line: string): string {
  return PLACES.reduce((text, [pattern, place]) => text.replace(pattern, place), line.trimEnd());
}

interface Mismatch {
  readonly shown: number;
  readonly printed: number;
}

/** The mismatch that lies farthest in the page, if there is one. */
function matchFrom(
  shown: readonly string[],
  printed: readonly string[],
  from: Mismatch = { shown: 0, printed: 0 },
): Mismatch | undefined {
  const wanted = shown[from.shown];
  const line = printed[from.printed];
  if (wanted === undefined) return line === undefined ? undefined : from;
  if (wanted.trim() === ANY) return matchAny(shown, printed, from);
  if (line === undefined || !equals(wanted, line)) return from;
  return matchFrom(shown, printed, { shown: from.shown + 1, printed: from.printed + 1 });
}

/** Tries each number of lines for the `…`. */
function matchAny(
  shown: readonly string[],
  printed: readonly string[],
  from: Mismatch,
): Mismatch | undefined {
  let farthest = from;
  const indent = (shown[from.shown] ?? '').replace(ANY, '');
  for (let skip = from.printed; skip <= printed.length; skip++) {
    if (skip > from.printed && printed[skip - 1]?.startsWith(indent) !== true) break;
    const problem = matchFrom(shown, printed, { shown: from.shown + 1, printed: skip });
    if (problem === undefined) return undefined;
    if (problem.shown > farthest.shown) farthest = problem;
  }
  return farthest;
}

function equals(wanted: string, line: string): boolean {
  const parts = wanted.split(ANY).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(line);
}
