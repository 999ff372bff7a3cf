/**
 * Images that one command looks into, perhaps more than once: each is read, and held against its digest, once. It says what they
 * need and what they hold without making trees of them.
 */
import { openTree } from '../formats/erofs/lazy-tree.js';
import { findObjectsInSteps } from '../formats/erofs/needed-objects.js';
import type { Tree } from '../formats/tree/model.js';
import type { Digest } from '../util/digest.js';
import { withPauses } from '../util/pauses.js';
import { readImageBytes } from './images.js';
import { PresentObjects } from './present-objects.js';
import type { Repository } from './repository.js';

/** To be made for one look, and not to be kept: it remembers which objects are there. */
export class ImageViews {
  readonly repository: Repository;
  private readonly signal: AbortSignal | undefined;
  private readonly bytes = new Map<Digest, Promise<Buffer>>();
  private readonly trees = new Map<Digest, Promise<Tree>>();
  private readonly present: PresentObjects;

  constructor(repository: Repository, signal?: AbortSignal) {
    this.repository = repository;
    this.signal = signal;
    this.present = new PresentObjects(repository);
  }

  /**
   * Objects of an image that are not there, or are not regular files; in byte order.
   * @throws {RootsealError} OBJECT_NOT_FOUND or OBJECT_CORRUPT
   * @throws {FormatError} when it is not an image
   */
  async missingObjects(image: Digest): Promise<Digest[]> {
    const { signal } = this;
    const needed = await withPauses(findObjectsInSteps(await this.read(image)), signal);
    return withPauses(this.present.missing(needed), signal);
  }

  /**
   * The tree of an image as it was committed, for reading only. What is wrong with a directory of it is thrown when somebody looks
   * into that.
   * @throws {RootsealError} as `missingObjects`
   */
  tree(image: Digest): Promise<Tree> {
    return onceFor(this.trees, image, async () => openTree(await this.read(image)));
  }

  private read(image: Digest): Promise<Buffer> {
    const { repository, signal } = this;
    return onceFor(this.bytes, image, () => readImageBytes(repository, image, { signal }));
  }
}

function onceFor<T>(
  known: Map<Digest, Promise<T>>,
  image: Digest,
  make: () => Promise<T>,
): Promise<T> {
  let made = known.get(image);
  if (made === undefined) {
    made = make();
    known.set(image, made);
  }
  return made;
}
