/** Verifier keys as other programs take them: SubjectPublicKeyInfo in PEM (RFC 8410 section 4). */
import { printPem } from '../pem.js';
import type { VerifierKey } from './key.js';

/** SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING of 33 bytes without unused bits }, up to the key. */
const PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Without its last newline. */
export function printVerifierPem({ publicKey }: Pick<VerifierKey, 'publicKey'>): string {
  return printPem('PUBLIC KEY', Buffer.concat([PREFIX, publicKey])).trimEnd();
}
