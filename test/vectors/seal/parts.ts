/** What the seal vectors are made of: three signers, a good text, and signatures that no honest signer makes. */
import { createHash } from 'node:crypto';
import { Point } from '@noble/ed25519';
import {
  printVerifierKey,
  signerKeyFromSeed,
  verifierOf,
  type SignerKey,
} from '../../../src/formats/seal/key.js';
import { printSignature, signText, type NoteSignature } from '../../../src/formats/seal/note.js';

export const IMAGE = `v1-sha256-12:${'5e'.repeat(32)}`;
export const OTHER_IMAGE = `v0-sha512-12:${'a1'.repeat(64)}`;
export const COMMIT = 'c0'.repeat(32);
export const SEQUENCE = 1795428000;

/** Order of the base point (RFC 8032 section 5.1). */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
/** A point of order 8. */
export const TORSION = Point.fromHex(
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
);

const signer = (name: string, byte: number) => signerKeyFromSeed(name, Buffer.alloc(32, byte));

export const release = signer('release.example.org', 1);
export const build = signer('build.example.org', 2);
export const audit = signer('audit.example.org', 3);
/** The key of `release` under another name. */
export const alias = signer('alias.example.org', 1);

export const keyLine = (key: SignerKey): string => printVerifierKey(verifierOf(key));

/** A key file. */
export const keysOf = (...keys: SignerKey[]): string =>
  keys.map((key) => `${keyLine(key)}\n`).join('');

/** The lines of a seal text, each replaceable. */
export function textWith(changes: Readonly<Record<string, string>> = {}): string {
  const lines: Record<string, string> = {
    header: 'rootseal seal v1\n',
    name: 'name: debian-trixie\n',
    version: 'version: 2026.11.23\n',
    sequence: `sequence: ${SEQUENCE}\n`,
    image: `image: ${IMAGE}\n`,
    commit: `commit: ${COMMIT}\n`,
    ...changes,
  };
  return Object.values(lines).join('');
}

export const TEXT = textWith();

/** A note of a text and the signatures of these keys over it. */
export function sealed(text: string, ...keys: SignerKey[]): string {
  return note(text, ...keys.map((key) => signText(text, key)));
}

export function note(text: string, ...signatures: NoteSignature[]): string {
  return `${text}\n${signatures.map(printSignature).join('')}`;
}

/** The signature with one bit of it changed. */
export function flipped(signature: NoteSignature, index: number): NoteSignature {
  const bytes = Uint8Array.from(signature.signature);
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  return { ...signature, signature: bytes };
}

/** The signature with L added to S: the same number modulo L, and not canonical. */
export function withLargeS(signature: Uint8Array): Uint8Array {
  const s = numberLE(signature.subarray(32)) + L;
  return Buffer.concat([signature.subarray(0, 32), bytesLE(s)]);
}

/** A parsed-apart secret key, to sign as no honest signer does. */
export function secretScalar(seed: Uint8Array): bigint {
  const hash = createHash('sha512').update(seed).digest();
  hash[0] = (hash[0] ?? 0) & 248;
  hash[31] = ((hash[31] ?? 0) & 127) | 64;
  return numberLE(hash.subarray(0, 32)) % L;
}

/**
 * Signs with a point added to R and to A. Verifiers that multiply by the cofactor accept the result.
 *
 * @returns public key and signature
 */
export function signTwisted(
  message: Uint8Array,
  seed: Uint8Array,
  twist: { readonly r?: Point; readonly a?: Point },
): { readonly publicKey: Uint8Array; readonly signature: Uint8Array } {
  const a = secretScalar(seed);
  const r = numberLE(createHash('sha512').update('nonce').update(message).digest()) % L;
  const zero = Point.ZERO;
  const publicKey = Point.BASE.multiply(a)
    .add(twist.a ?? zero)
    .toBytes();
  const R = Point.BASE.multiply(r)
    .add(twist.r ?? zero)
    .toBytes();
  return {
    publicKey,
    signature: Buffer.concat([R, bytesLE((r + challenge(R, publicKey, message) * a) % L)]),
  };
}

/** A signature with R = the identity: r = 0. It satisfies the equation. */
export function signWithZeroNonce(message: Uint8Array, key: SignerKey): Uint8Array {
  const R = Point.ZERO.toBytes();
  const k = challenge(R, key.publicKey, message);
  return Buffer.concat([R, bytesLE((k * secretScalar(key.seed)) % L)]);
}

function challenge(R: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint {
  return numberLE(createHash('sha512').update(R).update(publicKey).update(message).digest()) % L;
}

function numberLE(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function bytesLE(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}
