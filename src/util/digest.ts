/** fs-verity digests as names: which hash, how long, how written. */
import { RootsealError } from './errors.js';

/** Hash algorithms that fs-verity knows (Linux include/uapi/linux/fsverity.h). */
export type HashAlgorithm = 'sha256' | 'sha512';

declare const digestBrand: unique symbol;

/** An fs-verity digest: 64 (SHA-256) or 128 (SHA-512) lower-case hex digits. */
export type Digest = string & { readonly [digestBrand]: true };

/** Size of a digest in bytes. */
export const DIGEST_SIZE: Readonly<Record<HashAlgorithm, number>> = { sha256: 32, sha512: 64 };

/** Whether `text` is a digest of `algorithm` in canonical (lower-case) spelling. */
export function isDigest(text: string, algorithm: HashAlgorithm): text is Digest {
  return text.length === 2 * DIGEST_SIZE[algorithm] && /^[0-9a-f]*$/.test(text);
}

/** @throws {RootsealError} USAGE when `text` is not a digest of `algorithm` */
export function parseDigest(text: string, algorithm: HashAlgorithm): Digest {
  if (isDigest(text, algorithm)) return text;
  throw new RootsealError(
    'USAGE',
    `not a ${algorithm} digest: ${JSON.stringify(text.slice(0, 200))}`,
  );
}

/** The algorithm whose digests are as long as this one. */
export function algorithmOf(digest: Digest): HashAlgorithm {
  return digest.length === 64 ? 'sha256' : 'sha512';
}

/** `hh/rest`: the path of an object below `objects/`. */
export function objectPath(digest: Digest): string {
  return `${digest.slice(0, 2)}/${digest.slice(2)}`;
}
