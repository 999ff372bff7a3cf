/** Revisions that one command looks at more than once: the image of each is read once. */
import type { Tree } from '../formats/tree/model.js';
import type { Digest } from '../util/digest.js';
import { dropOpaqueMarkers } from '../formats/erofs/overlay.js';
import { readCommit } from './commits.js';
import { imageOf, readImage, type ImageReadOptions } from './images.js';
import type { Revision } from './read-tree.js';
import type { Repository } from './repository.js';
import { resolveRevision } from './revision.js';

/** To be kept for one command, while objects stay. Trees are for reading only. */
export class Revisions {
  readonly repository: Repository;
  private readonly trees = new Map<Digest, Promise<Tree>>();

  constructor(repository: Repository) {
    this.repository = repository;
  }

  /** @throws {RootsealError} REVISION_NOT_FOUND, OBJECT_NOT_FOUND or OBJECT_CORRUPT */
  async read(revision: string, signal?: AbortSignal): Promise<Revision> {
    const id = resolveRevision(this.repository, revision);
    const commit = readCommit(this.repository, id);
    const image = imageOf(this.repository, commit).digest;
    return { id, commit, tree: await this.tree(image, { size: commit.imageSize, signal }) };
  }

  /** The tree of an image as it was committed. @throws {RootsealError} OBJECT_NOT_FOUND or OBJECT_CORRUPT */
  tree(image: Digest, options: ImageReadOptions = {}): Promise<Tree> {
    let tree = this.trees.get(image);
    if (tree === undefined) {
      tree = this.readTree(image, options);
      this.trees.set(image, tree);
      // What could not be read may be there the next time.
      tree.catch(() => this.trees.delete(image));
    }
    return tree;
  }

  private async readTree(image: Digest, options: ImageReadOptions): Promise<Tree> {
    const tree = await readImage(this.repository, image, options);
    dropOpaqueMarkers(tree);
    return tree;
  }
}
