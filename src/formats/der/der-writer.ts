/** Writing DER (ITU-T X.690, 02/2021). Each function gives the bytes of one value, identifier and length included. */
import { contextConstructed, DER_TAG } from './der-tags.js';
import { encodeOid } from './object-identifier.js';

/** A value of any tag. */
export function derValue(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([tag]), encodeLength(content.length), content]);
}

export function derSequence(...values: readonly Uint8Array[]): Buffer {
  return derValue(DER_TAG.SEQUENCE, Buffer.concat(values));
}

/** SET OF: its values in the order of their bytes (X.690 11.6). */
export function derSetOf(values: readonly Uint8Array[]): Buffer {
  return derValue(DER_TAG.SET, Buffer.concat([...values].sort((a, b) => Buffer.compare(a, b))));
}

/** `[number] EXPLICIT` around values. */
export function derTagged(number: number, ...values: readonly Uint8Array[]): Buffer {
  return derValue(contextConstructed(number), Buffer.concat(values));
}

export function derOid(oid: string): Buffer {
  return derValue(DER_TAG.OBJECT_IDENTIFIER, encodeOid(oid));
}

/** A number of any length that is not negative, from its bytes, the highest first. */
export function derInteger(magnitude: Uint8Array): Buffer {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start += 1;
  const shortest = magnitude.subarray(start);
  const isNegative = (shortest[0] ?? 0) >= 0x80;
  return derValue(
    DER_TAG.INTEGER,
    isNegative ? Buffer.concat([Buffer.from([0]), shortest]) : shortest,
  );
}

export function derOctetString(content: Uint8Array): Buffer {
  return derValue(DER_TAG.OCTET_STRING, content);
}

/** Whole bytes as a BIT STRING. */
export function derBitString(content: Uint8Array): Buffer {
  return derValue(DER_TAG.BIT_STRING, Buffer.concat([Buffer.from([0]), content]));
}

export function derUtf8String(text: string): Buffer {
  return derValue(DER_TAG.UTF8_STRING, Buffer.from(text, 'utf8'));
}

export const DER_NULL = derValue(DER_TAG.NULL, Buffer.alloc(0));
export const DER_TRUE = derValue(DER_TAG.BOOLEAN, Buffer.from([0xff]));

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const octets: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256);
  return Buffer.from([0x80 | octets.length, ...octets]);
}
