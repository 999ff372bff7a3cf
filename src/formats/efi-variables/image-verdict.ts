/** Whether firmware with Secure Boot starts a file, by its databases (UEFI 2.10 section 32.6.3.3). */
import { createHash } from 'node:crypto';
import { FormatError } from '../../util/errors.js';
import { peHash } from '../authenticode/pe-hash.js';
import { signatureOf, verifySignature } from '../authenticode/verify-pe.js';
import { nameOfCertificate, parseCertificate, type Certificate } from '../x509/certificate.js';
import { GUID } from './efi-guid.js';
import type { DatabaseEntry } from './signature-list.js';

export interface SignatureDatabases {
  /** What is allowed. */
  readonly db: readonly DatabaseEntry[];
  /** What is forbidden, whatever `db` says. */
  readonly dbx: readonly DatabaseEntry[];
}

export type ImageVerdict =
  | {
      readonly isAccepted: true;
      /** The certificate of db that vouches for it; undefined when db has its hash. */
      readonly certificate: Certificate | undefined;
    }
  | {
      readonly isAccepted: false;
      /** What firmware has against it, as `its hash is in dbx`. */
      readonly reason: string;
    };

/** Kinds of hashes of files in a database, and the digest of each. */
const IMAGE_HASHES: readonly (readonly [string, string])[] = [
  [GUID.EFI_CERT_SHA1, 'sha1'],
  [GUID.EFI_CERT_SHA256, 'sha256'],
  [GUID.EFI_CERT_SHA384, 'sha384'],
  [GUID.EFI_CERT_SHA512, 'sha512'],
];

/** Kinds of hashes of what issuers sign in certificates; a time follows, from which on it is revoked. */
const CERTIFICATE_HASHES: readonly (readonly [string, string])[] = [
  [GUID.EFI_CERT_X509_SHA256, 'sha256'],
  [GUID.EFI_CERT_X509_SHA384, 'sha384'],
  [GUID.EFI_CERT_X509_SHA512, 'sha512'],
];

/**
 * Stricter than firmware where firmwares differ: one forbidden signature, or certificate in a signature, forbids the file, whatever time
 * dbx tells; only signatures over SHA-256 allow it; and a damaged signature beside a good one forbids it.
 */
export function judgeImage(bytes: Uint8Array, { db, dbx }: SignatureDatabases): ImageVerdict {
  try {
    const forbidden = whyForbidden(bytes, dbx);
    if (forbidden !== undefined) return { isAccepted: false, reason: forbidden };
    const certificate = verifySignature(bytes, certificatesOf(db));
    if (certificate !== undefined) return { isAccepted: true, certificate };
    if (hasHash(db, GUID.EFI_CERT_SHA256, peHash(bytes)))
      return { isAccepted: true, certificate: undefined };
    const isSigned = signatureOf(bytes).length > 0;
    const reason = isSigned ? 'no certificate of db vouches for it' : 'it is not signed';
    return { isAccepted: false, reason };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { isAccepted: false, reason: error.message };
  }
}

function whyForbidden(bytes: Uint8Array, dbx: readonly DatabaseEntry[]): string | undefined {
  for (const [type, algorithm] of IMAGE_HASHES) {
    const isAsked = dbx.some((entry) => entry.type === type);
    if (isAsked && hasHash(dbx, type, peHash(bytes, algorithm))) return 'its hash is in dbx';
  }
  const forbidden = certificatesOf(dbx);
  for (const signature of signatureOf(bytes)) {
    const by =
      signature.signedBy(forbidden) ??
      signature.certificates.find((certificate) => isForbidden(certificate, dbx));
    if (by !== undefined) return `the certificate ${nameOfCertificate(by)} is in dbx`;
  }
  return undefined;
}

function isForbidden(certificate: Certificate, dbx: readonly DatabaseEntry[]): boolean {
  const isListed = (type: string, data: Buffer) =>
    dbx.some((entry) => entry.type === type && entry.data.subarray(0, data.length).equals(data));
  if (isListed(GUID.EFI_CERT_X509, certificate.der)) return true;
  return CERTIFICATE_HASHES.some(([type, algorithm]) =>
    isListed(type, createHash(algorithm).update(certificate.signed).digest()),
  );
}

function hasHash(entries: readonly DatabaseEntry[], type: string, hash: Buffer): boolean {
  return entries.some((entry) => entry.type === type && entry.data.equals(hash));
}

/** The certificates of a database; what cannot be read as one vouches for nothing. */
export function certificatesOf(entries: readonly DatabaseEntry[]): Certificate[] {
  return entries
    .filter(({ type }) => type === GUID.EFI_CERT_X509)
    .flatMap(({ data }) => {
      try {
        return [parseCertificate(data)];
      } catch (error) {
        if (error instanceof FormatError) return [];
        throw error;
      }
    });
}
