/** The part of a list that a page has room for. */

/** Most characters that a list on the page has, markup aside: a name may have thousands. */
const CHARACTERS_MAX = 30_000;

export interface Capped<T> {
  readonly shown: readonly T[];
  /** What there was no room for: in the order of the list. */
  readonly left: readonly T[];
}

/**
 * The first items of a list.
 * @param length of what an item says, in characters
 */
export function capList<T>(
  items: readonly T[],
  max: number,
  length: (item: T) => number,
): Capped<T> {
  let [count, characters] = [0, 0];
  for (const item of items) {
    characters += length(item);
    if (count === max || characters > CHARACTERS_MAX) break;
    count++;
  }
  return { shown: items.slice(0, count), left: items.slice(count) };
}
