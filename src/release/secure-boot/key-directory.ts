/** A directory with the keys of Secure Boot: NAME.key and NAME.crt for PK, KEK and db, in PEM. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { printPem } from '../../formats/pem.js';
import {
  fingerprintOf,
  parseCertificate,
  type Certificate,
} from '../../formats/x509/certificate.js';
import { COMMON_NAME_MAX } from '../../formats/x509/distinguished-name.js';
import { selfSignedCertificate } from '../../formats/x509/self-signed.js';
import { makeDirectories } from '../../linux/make-directories.js';
import { syncDirectory } from '../../repo/durable.js';
import { failureOf, hasErrno, RootsealError } from '../../util/errors.js';
import { readCertificate } from './certificate-files.js';

/** Who signs whom: PK itself and KEK, KEK signs db and dbx, db signs what is started (UEFI 2.10 section 32.3). */
export const KEY_NAMES = ['PK', 'KEK', 'db'] as const;
export type KeyName = (typeof KEY_NAMES)[number];

/** What every firmware takes. */
const RSA_BITS = 2048;
const CIPHER = 'aes-256-cbc';

export interface KeysRequest {
  /** What the certificates are of, as `example.org`: they are called `example.org PK` and so on. */
  readonly name: string;
  /** Seconds since 1970. */
  readonly notBefore: number;
  /** Seconds since 1970. */
  readonly notAfter: number;
  /** Encrypts the keys. */
  readonly passphrase: Uint8Array | undefined;
}

/**
 * Makes three keys with their certificates. The directory appears with all of them, or not at all.
 * @throws {RootsealError} USAGE when there is something in the directory already: a key that is written over is lost
 */
export function generateKeys(directory: string, request: KeysRequest): readonly Certificate[] {
  requireFacts(request);
  const target = path.resolve(directory);
  requireNothingThere(directory, target);
  makeDirectories(path.dirname(target));
  const fresh = `${target}.new-${randomBytes(4).toString('hex')}`;
  fs.mkdirSync(fresh, 0o700);
  try {
    const certificates = KEY_NAMES.map((name) => generateKey(fresh, name, request));
    syncDirectory(fresh);
    renameInto(fresh, target, directory);
    syncDirectory(path.dirname(target));
    return certificates;
  } catch (error) {
    fs.rmSync(fresh, { recursive: true, force: true });
    throw failureOf(directory, error);
  }
}

function requireFacts({ name, notBefore, notAfter }: KeysRequest): void {
  const longest = COMMON_NAME_MAX - ' KEK'.length;
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(name) || name.length > longest)
    throw new RootsealError(
      'USAGE',
      `the name must have 1 to ${longest} printable ASCII characters, and no space around them`,
    );
  if (notAfter <= notBefore)
    throw new RootsealError('USAGE', 'the certificates would end before they begin');
}

function requireNothingThere(directory: string, target: string): void {
  const stat = fs.lstatSync(target, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) throw new RootsealError('USAGE', `${directory} is not a directory`);
  if (fs.readdirSync(target).length > 0) throw notEmpty(directory);
}

function renameInto(fresh: string, target: string, directory: string): void {
  try {
    fs.renameSync(fresh, target);
  } catch (error) {
    throw hasErrno(error, 'ENOTEMPTY') || hasErrno(error, 'EEXIST') ? notEmpty(directory) : error;
  }
}

function notEmpty(directory: string): RootsealError {
  return new RootsealError('USAGE', `${directory} is not empty`, {
    hint: 'name a directory that does not exist: a key is never overwritten',
  });
}

function generateKey(directory: string, name: KeyName, request: KeysRequest): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: RSA_BITS });
  const facts = {
    commonName: `${request.name} ${name}`,
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    publicKey: publicKey.export({ format: 'der', type: 'spki' }),
  };
  const der = selfSignedCertificate(facts, (message) => sign('sha256', message, privateKey));
  const pem = privateKey.export({
    ...{ format: 'pem', type: 'pkcs8' },
    ...(request.passphrase === undefined
      ? {}
      : { cipher: CIPHER, passphrase: Buffer.from(request.passphrase) }),
  });
  writeSecret(path.join(directory, `${name}.key`), pem);
  writeSecret(path.join(directory, `${name}.crt`), printPem('CERTIFICATE', der));
  return parseCertificate(der);
}

function writeSecret(file: string, content: string | Buffer): void {
  fs.writeFileSync(file, content, { flag: 'wx', mode: 0o600, flush: true });
}

/** The certificate NAME.crt of a directory. */
export function readKeyCertificate(directory: string, name: KeyName): Certificate {
  return readCertificate(path.join(directory, `${name}.crt`));
}

/** A certificate, for documents. */
export function documentOfCertificate(certificate: Certificate) {
  const time = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  return {
    name: certificate.commonName ?? null,
    fingerprint: fingerprintOf(certificate),
    notBefore: time(certificate.notBefore),
    notAfter: time(certificate.notAfter),
  };
}
