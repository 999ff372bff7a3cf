/** Reading SignedData of PKCS#7 1.5 (RFC 2315), as signatures of firmware files have it: one signer. */
import { FormatError } from '../../util/errors.js';
import { DerReader } from '../der/der-reader.js';
import { contextConstructed, DER_TAG } from '../der/der-tags.js';
import { OID } from '../der/object-identifier.js';
import { parseCertificate, type Certificate } from '../x509/certificate.js';
import { readAttributes, type SignedAttributes } from './signed-attributes.js';

const FORMAT = 'PKCS#7 signature';
/** Longest that is read, in bytes. */
export const SIGNED_DATA_SIZE_MAX = 1024 * 1024;
/** More certificates than a chain could be made of are not read. */
const CERTIFICATES_MAX = 16;

export interface SignedData {
  /** Object identifier of what is signed. */
  readonly contentType: string;
  /** The value that is signed: its content alone, as RFC 2315 9.3 says, and the whole; undefined when it is elsewhere. */
  readonly content: { readonly content: Buffer; readonly bytes: Buffer } | undefined;
  readonly certificates: readonly Certificate[];
  readonly signer: SignerInfo;
}

export interface SignerInfo {
  /** DER of the issuer's Name. */
  readonly issuer: Buffer;
  readonly serial: Buffer;
  readonly digestAlgorithm: string;
  /** Undefined when the signature is of the content itself. */
  readonly attributes: SignedAttributes | undefined;
  readonly signatureAlgorithm: string;
  readonly signature: Buffer;
}

/**
 * @param bytes a ContentInfo that holds SignedData, or SignedData alone, which is what UEFI asks for in variables
 * @throws {FormatError} when it is something else, has another number of signers than one, or bytes after it
 */
export function parseSignedData(bytes: Uint8Array): SignedData {
  if (bytes.length > SIGNED_DATA_SIZE_MAX)
    throw new FormatError(FORMAT, `${bytes.length} bytes, more than ${SIGNED_DATA_SIZE_MAX}`);
  const document = new DerReader(FORMAT, bytes);
  const outer = document.sequence('ContentInfo');
  document.end('the signature');
  return readSignedData(outer.isNext(DER_TAG.OBJECT_IDENTIFIER) ? unwrap(outer) : outer);
}

/** The fields of SignedData inside those of ContentInfo. */
function unwrap(info: DerReader): DerReader {
  const type = info.oid('contentType');
  if (type !== OID.signedData)
    throw new FormatError(FORMAT, `expected signed data, found the content type ${type}`);
  const outer = info.inside(info.next(contextConstructed(0), 'content'));
  info.end('content');
  const fields = outer.sequence('SignedData');
  outer.end('SignedData');
  return fields;
}

function readSignedData(fields: DerReader): SignedData {
  fields.smallInteger('version');
  fields.next(DER_TAG.SET, 'digestAlgorithms');
  const info = fields.sequence('contentInfo');
  const contentType = info.oid('contentType');
  const held = info.optional(contextConstructed(0));
  info.end('content');
  const certificates = fields.optional(contextConstructed(0));
  fields.optional(contextConstructed(1));
  const signers = fields.set('signerInfos');
  fields.end('signerInfos');
  const signer = readSigner(signers.sequence('SignerInfo'));
  signers.end('the only signer');
  return {
    contentType,
    content: held === undefined ? undefined : readHeld(fields.inside(held)),
    certificates: certificates === undefined ? [] : readCertificates(fields.inside(certificates)),
    signer,
  };
}

function readHeld(held: DerReader) {
  const { content, bytes } = held.any();
  held.end('what is signed');
  return { content, bytes };
}

function readCertificates(list: DerReader): Certificate[] {
  const certificates: Certificate[] = [];
  while (!list.isAtEnd) {
    if (certificates.length === CERTIFICATES_MAX)
      throw new FormatError(FORMAT, `more than ${CERTIFICATES_MAX} certificates`);
    certificates.push(parseCertificate(list.next(DER_TAG.SEQUENCE, 'Certificate').bytes));
  }
  return certificates;
}

function readSigner(fields: DerReader): SignerInfo {
  fields.smallInteger('version');
  const identity = fields.sequence('issuerAndSerialNumber');
  const issuer = identity.next(DER_TAG.SEQUENCE, 'issuer').bytes;
  const serial = identity.integer('serialNumber');
  identity.end('serialNumber');
  const digestAlgorithm = fields.sequence('digestAlgorithm').oid('digestAlgorithm');
  const attributes = fields.optional(contextConstructed(0));
  const signatureAlgorithm = fields.sequence('digestEncryptionAlgorithm').oid('algorithm');
  const signature = fields.next(DER_TAG.OCTET_STRING, 'encryptedDigest').content;
  // Countersignatures with times: firmware reads none.
  fields.optional(contextConstructed(1));
  fields.end('encryptedDigest');
  return {
    issuer,
    serial,
    digestAlgorithm,
    attributes: attributes === undefined ? undefined : readAttributes(fields, attributes),
    signatureAlgorithm,
    signature,
  };
}
