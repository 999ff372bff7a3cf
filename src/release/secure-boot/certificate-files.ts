/** Certificates and RSA keys in files, as openssl(1) writes them. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import {
  CERTIFICATE_SIZE_MAX,
  nameOfCertificate,
  parseCertificate,
  type Certificate,
} from '../../formats/x509/certificate.js';
import { pemBodies } from '../../formats/pem.js';
import { FormatError, RootsealError } from '../../util/errors.js';
import { readPassphrase } from '../keys.js';
import { parseNamedFile, readNamedFile } from '../named-file.js';

/** Larger files hold no certificates. */
const FILE_SIZE_MAX = 16 * CERTIFICATE_SIZE_MAX;
const KEY_FILE_MAX = 64 * 1024;

/**
 * The certificates of a file, in PEM or one in DER.
 * @throws {RootsealError} PATH_NOT_FOUND when there is no such file, FORMAT_INVALID when it holds none
 */
export function readCertificates(file: string): readonly Certificate[] {
  const bytes = readNamedFile(file, FILE_SIZE_MAX);
  return parseNamedFile(file, () => {
    if (bytes.length > FILE_SIZE_MAX)
      throw new FormatError('certificates', `more than ${FILE_SIZE_MAX} bytes`);
    const bodies = pemBodies(bytes.toString('latin1'), 'CERTIFICATE');
    // DER begins with the tag of a SEQUENCE. What it is instead, such as a key, no place in it tells.
    if (bodies.length === 0 && bytes[0] !== 0x30)
      throw new FormatError('X.509 certificate', 'expected one in PEM or DER');
    return (bodies.length === 0 ? [bytes] : bodies).map(parseCertificate);
  });
}

/** The only certificate of a file. @throws {RootsealError} FORMAT_INVALID when there are several */
export function readCertificate(file: string): Certificate {
  const [certificate, ...others] = readCertificates(file);
  if (certificate !== undefined && others.length === 0) return certificate;
  throw new RootsealError(
    'FORMAT_INVALID',
    `${file} holds ${others.length + 1} certificates: expected the one of the key`,
    { details: { path: file } },
  );
}

/**
 * The RSA key in a PEM file that belongs to `certificate`.
 * @param passphraseFile only read when the key is encrypted
 * @throws {RootsealError} FORMAT_INVALID when there is no RSA key, USAGE when it is another one, or the passphrase is missing or wrong
 */
export function readRsaKey(
  file: string,
  certificate: Certificate,
  passphraseFile: string | undefined,
): KeyObject {
  const pem = readNamedFile(file, KEY_FILE_MAX);
  const key = pem.toString('latin1').includes('ENCRYPTED')
    ? openEncryptedKey(file, pem, passphraseFile)
    : openKey(file, pem);
  if (key.asymmetricKeyType !== 'rsa')
    throw new RootsealError('FORMAT_INVALID', `${file} is not an RSA key: firmware takes no other`);
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  if (publicKey.equals(certificate.publicKey)) return key;
  throw new RootsealError(
    'USAGE',
    `${file} is not the key of the certificate ${nameOfCertificate(certificate)}`,
  );
}

function openKey(file: string, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // What OpenSSL says of it ("unsupported") does not help.
    throw new RootsealError('FORMAT_INVALID', `${file} holds no private key in PEM`);
  }
}

function openEncryptedKey(
  file: string,
  pem: Buffer,
  passphraseFile: string | undefined,
): KeyObject {
  if (passphraseFile === undefined)
    throw new RootsealError('USAGE', `${file} is encrypted`, {
      hint: 'name a file with its passphrase with --passphrase-file',
    });
  const passphrase = Buffer.from(readPassphrase(passphraseFile));
  try {
    return createPrivateKey({ key: pem, passphrase });
  } catch {
    throw new RootsealError('USAGE', `${file}: the passphrase is wrong or the key is damaged`);
  }
}
