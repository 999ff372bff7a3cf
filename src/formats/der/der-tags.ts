/** Identifier octets of DER (X.690 8.1.2): universal types, and those of a context. */
export const DER_TAG = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OBJECT_IDENTIFIER: 0x06,
  UTF8_STRING: 0x0c,
  SEQUENCE: 0x30,
  SET: 0x31,
  PRINTABLE_STRING: 0x13,
  TELETEX_STRING: 0x14,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  BMP_STRING: 0x1e,
} as const;

/** `[number]` around another value, or in place of the tag of a constructed one. */
export function contextConstructed(number: number): number {
  return 0xa0 | number;
}

/** `[number]` in place of the tag of a primitive value. */
export function contextPrimitive(number: number): number {
  return 0x80 | number;
}
