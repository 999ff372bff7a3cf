/** Guards for numbers and shapes that come from outside. */

/** Proves to the compiler that every case was handled. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${String(value)}`);
}

/** Whether `value` is a whole number in `[min, max]`. */
export function isIntegerIn(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
}

/** Whether `value` is an object that is neither null nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const U16_MAX = 0xffff;
export const U32_MAX = 0xffffffff;
