/** RSA keys and certificates for tests of Secure Boot. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
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
