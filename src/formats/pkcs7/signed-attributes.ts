/** Authenticated attributes of PKCS#7 (RFC 2315 9.2). What is signed is their SET, which says the digest of the content. */
import type { DerReader, DerValue } from '../der/der-reader.js';
import { DER_TAG } from '../der/der-tags.js';
import { derOctetString, derOid, derSequence, derSetOf, derValue } from '../der/der-writer.js';
import { OID } from '../der/object-identifier.js';

export interface SignedAttributes {
  /** DER of the SET: the bytes that are signed. */
  readonly signed: Buffer;
  readonly contentType: string;
  readonly messageDigest: Buffer;
}

/** @param attributes `[0] IMPLICIT` in SignerInfo. @throws {FormatError} when one of the two that must be there is not, once */
export function readAttributes(reader: DerReader, attributes: DerValue): SignedAttributes {
  const list = reader.inside(attributes);
  let contentType: string | undefined;
  let messageDigest: Buffer | undefined;
  while (!list.isAtEnd) {
    const attribute = list.sequence('Attribute');
    const type = attribute.oid('type of an attribute');
    const values = attribute.set('values of an attribute');
    attribute.end('the values of an attribute');
    if (type !== OID.contentType && type !== OID.messageDigest) continue;
    if ((type === OID.contentType ? contentType : messageDigest) !== undefined)
      throw list.error(`the attribute ${type} is there twice`, attributes.offset);
    if (type === OID.contentType) contentType = values.oid('contentType');
    else messageDigest = values.next(DER_TAG.OCTET_STRING, 'messageDigest').content;
    values.end('the value of an attribute');
  }
  if (contentType === undefined || messageDigest === undefined)
    throw list.error('contentType or messageDigest is missing', attributes.offset);
  return { signed: derValue(DER_TAG.SET, attributes.content), contentType, messageDigest };
}

/**
 * DER of the SET of these two attributes alone. No time among them: the same content gives the same bytes, and so the same signature.
 */
export function encodeAttributes(contentType: string, messageDigest: Uint8Array): Buffer {
  return derSetOf([
    derSequence(derOid(OID.contentType), derSetOf([derOid(contentType)])),
    derSequence(derOid(OID.messageDigest), derSetOf([derOctetString(messageDigest)])),
  ]);
}
