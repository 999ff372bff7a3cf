/**
 * Image digests as text that says what it is: `v1-sha256-12:<hex>`.
 *
 * The parts are the composefs image format version, the hash, and the base-2 logarithm of the Merkle tree's block
 * size (always 4096). This is the spelling of the `composefs.digest=` kernel argument.
 */
import { DIGEST_SIZE, isDigest, type Digest, type HashAlgorithm } from '../util/digest.js';
import { FormatError } from '../util/errors.js';

/** The digest of a composefs image, with what is needed to recompute it. */
export interface TypedDigest {
  /** composefs image format version. */
  readonly formatVersion: 0 | 1;
  readonly algorithm: HashAlgorithm;
  /** fs-verity digest of the image. */
  readonly digest: Digest;
}

/** Longest text of a typed digest, in bytes. */
export const TYPED_DIGEST_MAX = 'v1-sha512-12:'.length + 2 * DIGEST_SIZE.sha512;

/**
 * Parses `v<0|1>-<sha256|sha512>-12:<hex>`; the digits are lower-case.
 *
 * @throws {FormatError} when `text` is anything else
 */
export function parseTypedDigest(text: string): TypedDigest {
  const parts =
    text.length > TYPED_DIGEST_MAX ? null : /^v([01])-(sha256|sha512)-12:([0-9a-f]+)$/.exec(text);
  const algorithm: HashAlgorithm = parts?.[2] === 'sha512' ? 'sha512' : 'sha256';
  const digest = parts?.[3] ?? '';
  if (!isDigest(digest, algorithm))
    throw new FormatError(
      'image digest',
      `expected v1-sha256-12:<64 hex digits> or another format version and hash, found ${JSON.stringify(text.slice(0, 200))}`,
    );
  return { formatVersion: parts?.[1] === '0' ? 0 : 1, algorithm, digest };
}

/** The text of a typed digest; each has exactly one. */
export function printTypedDigest(digest: TypedDigest): string {
  return `v${digest.formatVersion}-${digest.algorithm}-12:${digest.digest}`;
}
