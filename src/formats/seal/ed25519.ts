/**
 * Strict Ed25519 (RFC 8032 section 5.1), over noble-ed25519.
 *
 * Libraries disagree about signatures that no honest signer makes: with small-order or mixed-order points one
 * library accepts what another refuses, depending on whether it multiplies by the cofactor. Here such points are
 * refused before the equation is looked at, so that every library gives the same answer for what is left
 * (docs/formats/seal.md, "Ed25519").
 */
import { Point, getPublicKey, hashes, sign, verify } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';

hashes.sha512 = sha512;

/** Size of a public key and of a seed, in bytes. */
export const ED25519_KEY_SIZE = 32;
/** Size of a signature, in bytes. */
export const ED25519_SIGNATURE_SIZE = 64;

/** The public key (32 bytes) of a seed (32 bytes). */
export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  return getPublicKey(seed);
}

/** The signature (64 bytes) of a message by the key with this seed (32 bytes). */
export function ed25519Sign(message: Uint8Array, seed: Uint8Array): Uint8Array {
  return sign(message, seed);
}

/**
 * Whether 32 bytes are the canonical encoding of a point of prime order. Keys and the R of every signature must be:
 * the same test as `crypto_core_ed25519_is_valid_point` of libsodium.
 */
export function isPrimeOrderPoint(encoded: Uint8Array): boolean {
  const point = decodePoint(encoded);
  return point !== undefined && !point.isSmallOrder() && point.isTorsionFree();
}

/**
 * Whether `signature` (64 bytes) is one of `message` by `publicKey` (32 bytes). Never throws; other lengths are
 * just not valid.
 */
export function ed25519Verify(
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (signature.length !== ED25519_SIGNATURE_SIZE || publicKey.length !== ED25519_KEY_SIZE)
    return false;
  // Ed25519 rules 1 and 2 of docs/formats/seal.md: A and R. Rule 3 (S < L) and 4 (the equation) are noble's.
  if (!isPrimeOrderPoint(publicKey) || !isPrimeOrderPoint(signature.subarray(0, ED25519_KEY_SIZE)))
    return false;
  return verify(signature, message, publicKey, { zip215: false });
}

function decodePoint(encoded: Uint8Array): Point | undefined {
  try {
    return Point.fromBytes(encoded, false);
  } catch {
    // Noble has no test without an exception: not a canonical encoding, or not on the curve.
    return undefined;
  }
}
