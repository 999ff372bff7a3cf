/** Numbers in versions, of any length. */

/** Compares two runs of digits as numbers; an empty one is 0. */
export function compareNumerals(a: string, b: string): number {
  const left = a.replace(/^0+/, '');
  const right = b.replace(/^0+/, '');
  return left.length - right.length || compareUnits(left, right);
}

/** Byte order. */
export function compareUnits(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
