/** Whole numbers as seals, policies and settings write them. */

/**
 * Parses decimal digits without sign, spaces or leading zeros, at most 2^53-1.
 *
 * @returns nothing when `text` is anything else
 */
export function parseDecimal(text: string): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
