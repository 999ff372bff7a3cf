/** Composefs images, without a repository. */
import type { CallOptions, LongCallOptions } from './call-options.js';
import type { NotKept, ReadingOptions, TreeSource } from './tree-sources.js';
import type { Tree } from './tree-entries.js';

/** Hash of all digests of a repository or an image. */
export type HashAlgorithm = 'sha256' | 'sha512';

export interface ImageRequest extends ReadingOptions, LongCallOptions {
  readonly source: TreeSource;
  /** `sha256` by default. */
  readonly algorithm?: HashAlgorithm | undefined;
  /** Version of the image format; 1 by default. `auto`: 0, and 1 for a tree with whiteouts. */
  readonly formatVersion?: 0 | 1 | 'auto' | undefined;
  /** Directory that gets the contents, as objects; made when it is absent. */
  readonly objects?: string | undefined;
  /** File that gets the image. It is whole or as it was before. */
  readonly file?: string | undefined;
}

/** An image that was made. */
export interface MadeImage {
  /** Typed digest, e.g. `v1-sha256-12:<hex>`. */
  readonly digest: string;
  readonly bytes: Uint8Array;
  /** What an archive says and the image does not hold; undefined for other sources. */
  readonly notKept: readonly NotKept[] | undefined;
}

/**
 * Makes the image of a tree: the digest alone, the bytes, a file, a directory of objects. Directories and archives give the image
 * that a commit of them would have; dumps and images are encoded as they are.
 * @throws {RootsealError} PATH_NOT_FOUND; FORMAT_INVALID when the source is damaged or holds what an image cannot; TREE_CHANGED when
 *   somebody changed it meanwhile
 */
export async function makeImage(request: ImageRequest): Promise<MadeImage> {
  return (await import('./inside/image-calls.js')).make(request);
}

/**
 * The typed digest of an image file.
 * @throws {RootsealError} PATH_NOT_FOUND; FORMAT_INVALID when it does not begin as an image
 */
export async function digestOfImage(
  file: string,
  options: CallOptions & { readonly algorithm?: HashAlgorithm | undefined } = {},
): Promise<string> {
  return (await import('./inside/image-calls.js')).digest(file, options);
}

/**
 * The tree in an image file. Nothing says that it is the right image: compare `digestOfImage`.
 * @throws {RootsealError} PATH_NOT_FOUND; FORMAT_INVALID
 */
export async function readImage(file: string, options: CallOptions = {}): Promise<Tree> {
  return (await import('./inside/image-calls.js')).read(file, options);
}
