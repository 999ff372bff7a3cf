/** Order of versions as systemd-boot has it: UAPI.10 Version Format Specification, `strverscmp_improved`. */

/** Part of a version: a separator, digits or letters. */
const PART = /[~.^-]|[0-9]+|[A-Za-z]+/g;
/** From the lowest: a version that goes on with `~` is older than one that ends there, and so on. */
const RANKS = ['~', '', '-', '^', '.'];
/** Digits are newer than letters, and both than any separator. */
const LETTERS = RANKS.length;
const DIGITS = LETTERS + 1;

/** Negative when `a` is older. An absent version is the oldest. */
export function compareVersions(a = '', b = ''): number {
  const left: readonly string[] = a.match(PART) ?? [];
  const right: readonly string[] = b.match(PART) ?? [];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = compareParts(left[index] ?? '', right[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

function compareParts(a: string, b: string): number {
  const ranks = rank(a) - rank(b);
  if (ranks !== 0) return ranks;
  return rank(a) === DIGITS ? compareNumbers(a, b) : compareText(a, b);
}

function rank(part: string): number {
  const separator = RANKS.indexOf(part);
  if (separator >= 0) return separator;
  return /^\d/.test(part) ? DIGITS : LETTERS;
}

function compareNumbers(a: string, b: string): number {
  const [x, y] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return Math.sign(x.length - y.length) || compareText(x, y);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
