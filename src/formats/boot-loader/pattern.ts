/**
 * Patterns for names of boot entries, as systemd-boot has them (`efi_fnmatch` of systemd 257, `src/boot/efi-string.c`): `*`,
 * `?`, `[abc]`, `[a-z]`, `\x`. A set cannot be negated.
 */

/** One character that a name may have, or any number of any. */
type Token = ((character: string) => boolean) | 'any';

/** Longest pattern, in characters; a longer one matches nothing. */
const PATTERN_MAX = 255;

/**
 * With regard to case: boot loaders fold it before ({@link lowerAscii}). Takes time by the product of both lengths at most.
 * A pattern that ends within a set, or after a backslash, matches nothing.
 */
export function matchesPattern(name: string, pattern: string): boolean {
  const tokens = pattern.length > PATTERN_MAX ? undefined : tokenize(pattern);
  if (tokens === undefined) return false;
  let [token, place] = [0, 0];
  // Where to go on when what follows the last `*` does not match: that took one character too few.
  let [star, resume] = [-1, 0];
  while (place < name.length) {
    const current = tokens[token];
    if (current === 'any') {
      star = token++;
      resume = place;
    } else if (current?.(name.charAt(place)) === true) {
      token++;
      place++;
    } else if (star >= 0) {
      token = star + 1;
      place = ++resume;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === 'any');
}

/** Case as the boot loader folds it: of ASCII letters only. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function tokenize(pattern: string): Token[] | undefined {
  const tokens: Token[] = [];
  for (let place = 0; place < pattern.length; place++) {
    const character = pattern.charAt(place);
    if (character === '*') tokens.push('any');
    else if (character === '?') tokens.push(() => true);
    else if (character === '[') {
      const set = readSet(pattern, place + 1);
      if (set === undefined) return undefined;
      tokens.push(set.has);
      place = set.end;
    } else {
      const wanted = character === '\\' ? pattern.charAt(++place) : character;
      if (wanted === '') return undefined;
      tokens.push((other) => other === wanted);
    }
  }
  return tokens;
}

interface CharacterSet {
  readonly has: (character: string) => boolean;
  /** Where its `]` is. */
  readonly end: number;
}

/** A `]` at the start belongs to the set; a `-` makes a range unless it is first or last, or follows a range. */
function readSet(pattern: string, start: number): CharacterSet | undefined {
  const ranges: (readonly [from: string, to: string])[] = [];
  let canRange = true;
  for (let place = start; place < pattern.length; place++) {
    const character = pattern.charAt(place);
    if (character === ']' && place > start)
      return { has: (one) => ranges.some(([from, to]) => from <= one && one <= to), end: place };
    const from = pattern.charAt(place - 1);
    const isRange: boolean =
      character === '-' && canRange && place > start && pattern.charAt(place + 1) !== ']';
    if (isRange) place++;
    if (pattern.charAt(place) === '\\') place++;
    const to = pattern.charAt(place);
    if (to === '') return undefined;
    ranges.push([isRange ? from : to, to]);
    canRange = !isRange;
  }
  return undefined;
}
