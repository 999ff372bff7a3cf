/** Edits of bytes, for property tests of what reads them. */
import fc from 'fast-check';

/** One to four edits: a byte changed, removed or inserted, a part repeated, the end cut off. */
export const edits = fc.array(
  fc.record({
    kind: fc.constantFrom('change', 'remove', 'insert', 'repeat', 'cut'),
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(10, 32, 43, 61, 0xe2)),
    length: fc.integer({ min: 1, max: 200 }),
  }),
  { minLength: 1, maxLength: 4 },
);

type Edit = (typeof edits extends fc.Arbitrary<infer T> ? T : never)[number];

/** The bytes after the edits, one after the other. */
export function mutate(bytes: Uint8Array, list: readonly Edit[]): Buffer {
  let result = Buffer.from(bytes);
  for (const { kind, at, byte, length } of list) {
    const index = Math.floor(at * result.length);
    const head = result.subarray(0, index);
    const inserted = Buffer.from([byte]);
    const tails = {
      change: [inserted, result.subarray(index + 1)],
      remove: [result.subarray(index + length)],
      insert: [inserted, result.subarray(index)],
      repeat: [result.subarray(index, index + length), result.subarray(index)],
      cut: [],
    };
    result = Buffer.concat([head, ...tails[kind]]);
  }
  return result;
}
