/**
 * Order of versions as systemd-boot has it: UAPI.10 Version Format Specification, `strverscmp_improved` of systemd 257
 * (`src/fundamental/string-util-fundamental.c`), with its odd cases: what follows a separator is not looked at for characters
 * that a version cannot have, nor for the end.
 */

const DROPPED = /[^A-Za-z0-9~^.-]*/y;
const DIGITS = /[0-9]*/y;
const LETTERS = /[A-Za-z]*/y;
/** After `~` and the end: the earlier one is asked for first, and makes a version older. */
const SEPARATORS = ['-', '^', '.'];

/** A version, and how far it was read. */
class Cursor {
  readonly text: string;
  place = 0;

  constructor(text: string) {
    this.text = text;
  }

  get next(): string {
    return this.text.charAt(this.place);
  }

  /** Takes what matches here; `pattern` is sticky. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.place;
    const [taken = ''] = pattern.exec(this.text) ?? [];
    this.place += taken.length;
    return taken;
  }
}

/** Negative when `a` is older. An absent version is the oldest. */
export function compareVersions(a = '', b = ''): number {
  const [left, right] = [new Cursor(a), new Cursor(b)];
  for (;;) {
    left.take(DROPPED);
    right.take(DROPPED);
    const pre = compareSeparator(left, right, '~');
    if (pre !== 0) return pre;
    if (left.next === '' || right.next === '') return compareText(left.next, right.next);
    for (const separator of SEPARATORS) {
      const order = compareSeparator(left, right, separator);
      if (order !== 0) return order;
    }
    const order = compareSegment(left, right);
    if (order !== 0) return order;
  }
}

/** The one that goes on with the separator is older; when both do, it is passed over. */
function compareSeparator(a: Cursor, b: Cursor, separator: string): number {
  const order = Number(a.next !== separator) - Number(b.next !== separator);
  if (order === 0 && a.next === separator) {
    a.place++;
    b.place++;
  }
  return order;
}

/** Numbers are newer than letters. */
function compareSegment(a: Cursor, b: Cursor): number {
  const [x, y] = [a.take(DIGITS), b.take(DIGITS)];
  if (x === '' && y === '') return compareText(a.take(LETTERS), b.take(LETTERS));
  if (x === '' || y === '') return x === '' ? -1 : 1;
  const [m, n] = [x.replace(/^0+/, ''), y.replace(/^0+/, '')];
  return Math.sign(m.length - n.length) || compareText(m, n);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
