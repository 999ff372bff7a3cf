/** Makes the image of any source of a tree, without a repository (`image create`, `image digest`). */
import fs from 'node:fs';
import path from 'node:path';
import { makeDirectories } from '../../linux/make-directories.js';
import type { TypedDigest } from '../../formats/digest-text.js';
import { readImageHeader } from '../../formats/erofs/read-image.js';
import { encodeInSteps, type FormatVersion } from '../../formats/erofs/write-image.js';
import { digestOf } from '../../formats/fsverity/descriptor.js';
import type { HashAlgorithm } from '../../util/digest.js';
import { failureOf, RootsealError } from '../../util/errors.js';
import { withPauses } from '../../util/pauses.js';
import type { Progress } from '../../util/progress.js';
import { writeFileDurable } from '../durable.js';
import { WriteSession } from '../write-session.js';
import { inFile, loadTree, readWhole } from '../source/load.js';
import type { NotKept } from '../source/collect-not-kept.js';
import type { TreeSource } from '../source/source.js';
import type { XattrMode } from '../source/xattr-mode.js';

export interface ImageRequest {
  readonly source: TreeSource;
  /** What a tar archive called `-` is read from; standard input by default. */
  readonly input?: AsyncIterable<Uint8Array> | undefined;
  readonly algorithm: HashAlgorithm;
  readonly formatVersion: FormatVersion | 'auto';
  /** Directory that gets the contents as `hh/rest`; made when it is absent. */
  readonly digestStore?: string | undefined;
  readonly asMkcomposefs?: boolean | undefined;
  readonly xattrs: XattrMode;
  /** Seconds since 1970. */
  readonly clampMtime?: number | undefined;
  readonly progress: Progress;
  /** Ends the reading of the source; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

export interface MadeImage {
  readonly bytes: Buffer;
  readonly digest: TypedDigest;
  /** What an archive says and the image does not hold; undefined for other sources. */
  readonly notKept: readonly NotKept[] | undefined;
}

/**
 * The image of a source. Directories and archives are canonical trees; dumps and images are encoded as they are.
 * @throws {RootsealError} USAGE for `digestStore` with a source that brings no contents
 * @throws {FormatError} when the source is damaged, or holds what an image cannot
 */
export async function makeImage(request: ImageRequest): Promise<MadeImage> {
  const { source, algorithm, formatVersion, ...how } = request;
  const session = beginStore(request);
  // Nobody clears up after an interrupted command here, as the next command does in a repository.
  const abandon = () => session?.abandonAtOnce();
  process.once('exit', abandon);
  try {
    const { tree, notKept } = await loadTree(source, {
      ...how,
      algorithm,
      session,
      asDescribed: true,
    });
    const bytes = await withPauses(encodeInSteps(tree, { formatVersion }), request.signal);
    await session?.publish(request.progress);
    return { bytes, digest: imageDigest(bytes, algorithm), notKept };
  } catch (error) {
    await session?.abandon();
    throw error;
  } finally {
    process.off('exit', abandon);
  }
}

/**
 * The digest of an image file.
 * @throws {FormatError} when the file does not begin as an image
 */
export async function digestOfImageFile(
  file: string,
  algorithm: HashAlgorithm,
  signal?: AbortSignal,
): Promise<TypedDigest> {
  const bytes = await readWhole(file, 'an image', signal);
  return inFile(file, () => imageDigest(bytes, algorithm));
}

function imageDigest(bytes: Buffer, algorithm: HashAlgorithm): TypedDigest {
  const { formatVersion } = readImageHeader(bytes);
  return { formatVersion, algorithm, digest: digestOf(bytes, algorithm) };
}

function beginStore({ source, digestStore, algorithm }: ImageRequest): WriteSession | undefined {
  if (digestStore === undefined) return undefined;
  if (source.kind === 'dump' || source.kind === 'image') {
    throw new RootsealError('USAGE', `--digest-store: a ${source.kind} has no contents to store`);
  }
  const objectsDir = path.resolve(digestStore);
  makeDirectories(objectsDir);
  return WriteSession.begin({ algorithm, objectsDir, tmpDir: objectsDir });
}

/** Writes an image to a file, which is whole or as it was before. Devices and pipes are written to directly. */
export function writeImage(file: string, bytes: Uint8Array): void {
  const existing = fs.statSync(file, { throwIfNoEntry: false });
  if (existing !== undefined && !existing.isFile()) {
    try {
      fs.writeFileSync(file, bytes);
    } catch (error) {
      throw failureOf(file, error);
    }
    return;
  }
  const target = existing === undefined ? path.resolve(file) : fs.realpathSync(file);
  writeFileDurable(path.dirname(target), target, bytes);
}
