/** RSA keys and certificates for tests of Secure Boot. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { printPem } from '../../src/formats/pem.js';
import { parseCertificate, type Certificate } from '../../src/formats/x509/certificate.js';
import { selfSignedCertificate } from '../../src/formats/x509/self-signed.js';

export const NOT_BEFORE = Date.parse('2026-01-01T00:00:00Z') / 1000;
export const NOT_AFTER = Date.parse('2036-01-01T00:00:00Z') / 1000;

export interface TestKey {
  readonly privateKey: KeyObject;
  readonly certificate: Certificate;
  /** RSA PKCS#1 v1.5 over SHA-256. */
  readonly sign: (message: Uint8Array) => Buffer;
}

export function makeTestKey(commonName: string, modulusLength = 2048): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
  const signMessage = (message: Uint8Array) => sign('sha256', message, privateKey);
  const facts = {
    ...{ commonName, notBefore: NOT_BEFORE, notAfter: NOT_AFTER },
    publicKey: publicKey.export({ format: 'der', type: 'spki' }),
  };
  const certificate = parseCertificate(selfSignedCertificate(facts, signMessage));
  return { privateKey, certificate, sign: signMessage };
}

/** Options that sign a unified kernel image with a key that is made for it, in `directory`. */
export function newSigner(directory: string, name: string): string[] {
  const { certificate, privateKey } = makeTestKey(name);
  const [cert, key] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
  fs.writeFileSync(cert, printPem('CERTIFICATE', certificate.der));
  fs.writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  return ['--cert', cert, '--key', key];
}
