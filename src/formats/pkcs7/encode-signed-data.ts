/** Writing SignedData of PKCS#7 1.5 (RFC 2315): one signer, RSA over SHA-256, the signer's certificate inside. */
import { contextConstructed, DER_TAG } from '../der/der-tags.js';
import {
  DER_NULL,
  derInteger,
  derOctetString,
  derOid,
  derSequence,
  derSetOf,
  derTagged,
  derValue,
} from '../der/der-writer.js';
import { OID } from '../der/object-identifier.js';
import type { Certificate } from '../x509/certificate.js';

export interface SignedParts {
  /** Object identifier of what is signed. */
  readonly contentType: string;
  /** DER of the signed value; undefined when it stays elsewhere. */
  readonly content: Uint8Array | undefined;
  readonly certificate: Certificate;
  /** DER of the SET of attributes that was signed; undefined when the content itself was. */
  readonly attributes: Uint8Array | undefined;
  /** The RSA signature. */
  readonly signature: Uint8Array;
}

/** DER of SignedData, without the ContentInfo around it. */
export function encodeSignedData(parts: SignedParts): Buffer {
  const { contentType, content, certificate } = parts;
  return derSequence(
    VERSION_1,
    derSetOf([SHA256]),
    derSequence(derOid(contentType), content === undefined ? NOTHING : derTagged(0, content)),
    derTagged(0, certificate.der),
    derSetOf([encodeSigner(parts)]),
  );
}

/** SignedData in a ContentInfo. */
export function wrapSignedData(signedData: Uint8Array): Buffer {
  return derSequence(derOid(OID.signedData), derTagged(0, signedData));
}

function encodeSigner({ certificate, attributes, signature }: SignedParts): Buffer {
  return derSequence(
    VERSION_1,
    derSequence(certificate.issuer, derValue(DER_TAG.INTEGER, certificate.serial)),
    SHA256,
    attributes === undefined ? NOTHING : asImplicit(attributes),
    derSequence(derOid(OID.rsaEncryption), DER_NULL),
    derOctetString(signature),
  );
}

/** A SET as `[0] IMPLICIT`: only its first byte is another one. */
function asImplicit(set: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([contextConstructed(0)]), set.subarray(1)]);
}

const VERSION_1 = derInteger(Buffer.from([1]));
const SHA256 = derSequence(derOid(OID.sha256), DER_NULL);
/** A part that is left out. */
const NOTHING = Buffer.alloc(0);
