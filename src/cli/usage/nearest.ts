/** Which known word a mistyped one may have been. */

/** The most letters that may be wrong, missing, too many or exchanged with their neighbour. */
const DISTANCE_MAX = 2;

/** The nearest of some words; undefined when none is near: of a short word half must be right. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.min(DISTANCE_MAX, Math.floor(word.length / 2));
  let found: string | undefined;
  let best = limit + 1;
  for (const one of known) {
    if (Math.abs(one.length - word.length) > limit) continue;
    const distance = distanceOf(word, one);
    if (distance < best) [found, best] = [one, distance];
  }
  return found;
}

/** Optimal string alignment: insertions, deletions, substitutions, and exchanges of neighbours. */
export function distanceOf(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  // Outside of the table nothing is cheaper.
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= b.length; column++) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1;
      const isExchange = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + change,
        isExchange ? at(row - 2, column - 2) + 1 : Infinity,
      );
    }
  }
  return at(a.length, b.length);
}
