/** Patterns for names of boot entries, as systemd-boot has them (`efi_fnmatch` of systemd 257): `*`, `?`, `[abc]`, `\x`. */

/** One character that a name may have, or any number of any. */
type Token = ((character: string) => boolean) | 'any';

/** Longest pattern, in characters; a longer one matches nothing. */
const PATTERN_MAX = 255;

/** Without regard to case: names on a FAT file system have none. Takes time by the product of both lengths at most. */
export function matchesPattern(name: string, pattern: string): boolean {
  if (pattern.length > PATTERN_MAX) return false;
  const tokens = tokenize(pattern.toLowerCase());
  const text = name.toLowerCase();
  let [token, place] = [0, 0];
  // Where to go on when what follows the last `*` does not match: that took one character too few.
  let [star, resume] = [-1, 0];
  while (place < text.length) {
    const current = tokens[token];
    if (current === 'any') {
      star = token++;
      resume = place;
    } else if (current?.(text.charAt(place)) === true) {
      token++;
      place++;
    } else if (star >= 0) {
      token = star + 1;
      place = ++resume;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === 'any');
}

function tokenize(pattern: string): Token[] {
  const tokens: Token[] = [];
  for (const [token, escaped, set] of pattern.matchAll(/\\(.)|\[([^\]]+)\]|./gs)) {
    if (token === '*') tokens.push('any');
    else if (token === '?') tokens.push(() => true);
    else if (set !== undefined) tokens.push((character) => isInSet(set, character));
    else tokens.push((character) => character === (escaped ?? token));
  }
  return tokens;
}

/** `a-z` is a range. */
function isInSet(set: string, character: string): boolean {
  for (const [part] of set.matchAll(/.-.|./gs)) {
    const [from = '', to = from] = part.length === 3 ? [part.charAt(0), part.charAt(2)] : [part];
    if (character >= from && character <= to) return true;
  }
  return false;
}
