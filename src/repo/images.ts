/** Images of a repository: objects that `images/<hex>` vouches for. */
import fs from 'node:fs';
import { parseTypedDigest, type TypedDigest } from '../formats/digest-text.js';
import type { Commit } from '../formats/commit/commit.js';
import { decodeInSteps } from '../formats/erofs/read-image.js';
import type { Tree } from '../formats/tree/model.js';
import { isDigest, type Digest } from '../util/digest.js';
import { hasErrno, RootsealError } from '../util/errors.js';
import { withPauses } from '../util/pauses.js';
import { stopPoint } from '../util/stop-point.js';
import { linkDurable } from './durable.js';
import { IMAGES_DIR, imageLink, imageLinkTarget, TMP_DIR } from './layout.js';
import type { SizeBound } from './object-file.js';
import { openVerifiedObject, readObject } from './objects.js';
import type { Repository } from './repository.js';

/** Larger images are refused before they are read: about five million inodes. */
export const IMAGE_SIZE_MAX = 2 ** 30;

/** Vouches for an image whose object is published. */
export function linkImage(repository: Repository, digest: Digest): void {
  linkDurable(
    repository.file(TMP_DIR),
    repository.file(imageLink(digest)),
    imageLinkTarget(digest),
  );
  stopPoint('image-linked');
}

/** Whether `images/` vouches for the image. */
export function isLinkedImage(repository: Repository, digest: Digest): boolean {
  try {
    return fs.readlinkSync(repository.file(imageLink(digest))) === imageLinkTarget(digest);
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'EINVAL')) return false;
    throw error;
  }
}

/** Digests of all linked images, in byte order, and names in `images/` that are none. */
export function listImages(repository: Repository): { digests: Digest[]; strays: string[] } {
  const digests: Digest[] = [];
  const strays: string[] = [];
  for (const name of fs.readdirSync(repository.file(IMAGES_DIR)).sort()) {
    if (isDigest(name, repository.algorithm)) digests.push(name);
    else if (name !== 'refs') strays.push(name);
  }
  return { digests, strays };
}

/**
 * The image digest that a commit names.
 * @throws {RootsealError} UNSUPPORTED when it is of another hash algorithm than the repository's
 */
export function imageOf(repository: Repository, commit: { readonly image: string }): TypedDigest {
  const image = parseTypedDigest(commit.image);
  if (image.algorithm === repository.algorithm) return image;
  throw new RootsealError(
    'UNSUPPORTED',
    `the image is ${image.algorithm}, the repository ${repository.algorithm}`,
  );
}

/** What is asked of an image before it is read. */
export interface ImageReadOptions {
  /** Bytes, as the commit that names it says. */
  readonly size?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads an image after its digest was checked.
 * @throws {RootsealError} OBJECT_NOT_FOUND or OBJECT_CORRUPT
 * @throws {FormatError} when it is none
 */
export async function readImage(
  repository: Repository,
  digest: Digest,
  options: ImageReadOptions = {},
): Promise<Tree> {
  const bytes = await readImageBytes(repository, digest, options);
  return (await withPauses(decodeInSteps(bytes), options.signal)).tree;
}

/** The bytes of an image, which have its digest. @throws {RootsealError} OBJECT_NOT_FOUND or OBJECT_CORRUPT */
export function readImageBytes(
  repository: Repository,
  digest: Digest,
  { size, signal }: ImageReadOptions = {},
): Promise<Buffer> {
  return readObject(repository, digest, { size: imageBound(size), signal });
}

/** The image of a commit, read as `readImage` does. */
export async function readImageOf(
  repository: Repository,
  commit: Pick<Commit, 'image' | 'imageSize'>,
  signal?: AbortSignal,
): Promise<Tree> {
  return readImage(repository, imageOf(repository, commit).digest, {
    size: commit.imageSize,
    signal,
  });
}

/** @param size what a commit says */
function imageBound(size: number | undefined): SizeBound {
  return size === undefined || size > IMAGE_SIZE_MAX
    ? { atMost: IMAGE_SIZE_MAX }
    : { exactly: size };
}

/**
 * Opens an image for mounting; its digest was checked on the descriptor that is returned.
 * @throws {RootsealError} DIGEST_MISMATCH when `images/` does not vouch for it
 */
export async function openImage(
  repository: Repository,
  digest: Digest,
  { size, signal }: ImageReadOptions = {},
): Promise<number> {
  if (!isLinkedImage(repository, digest)) {
    throw new RootsealError(
      'DIGEST_MISMATCH',
      `${digest} is not an image of this repository: ${IMAGES_DIR}/ does not name it`,
    );
  }
  return (await openVerifiedObject(repository, digest, { size: imageBound(size), signal })).fd;
}
