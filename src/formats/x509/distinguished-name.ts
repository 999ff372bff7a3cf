/** Names in certificates (RFC 5280 4.1.2.4): compared as their bytes, shown by their common name. */
import type { DerReader, DerValue } from '../der/der-reader.js';
import { DER_TAG } from '../der/der-tags.js';
import { derOid, derSequence, derSetOf, derUtf8String } from '../der/der-writer.js';
import { OID } from '../der/object-identifier.js';

/** Upper bound of a common name (RFC 5280, appendix A.1: ub-common-name), in characters. */
export const COMMON_NAME_MAX = 64;

/** The last common name of a Name's values. */
export function commonNameOf(name: DerReader): string | undefined {
  let found: string | undefined;
  while (!name.isAtEnd) {
    const relative = name.set('RelativeDistinguishedName');
    while (!relative.isAtEnd) {
      const attribute = relative.sequence('AttributeTypeAndValue');
      const type = attribute.oid('type of a name');
      const value = attribute.any();
      attribute.end('the value of a name');
      if (type === OID.commonName) found = textOf(value) ?? found;
    }
  }
  return found;
}

function textOf({ tag, content }: DerValue): string | undefined {
  switch (tag) {
    case DER_TAG.UTF8_STRING:
      return content.toString('utf8');
    case DER_TAG.PRINTABLE_STRING:
    case DER_TAG.IA5_STRING:
    case DER_TAG.TELETEX_STRING:
      return content.toString('latin1');
    case DER_TAG.BMP_STRING:
      return content.length % 2 === 0
        ? Buffer.from(content).swap16().toString('utf16le')
        : undefined;
    default:
      return undefined;
  }
}

/** DER of a Name that is a common name alone. */
export function nameOf(commonName: string): Buffer {
  return derSequence(derSetOf([derSequence(derOid(OID.commonName), derUtf8String(commonName))]));
}
