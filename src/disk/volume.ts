/** What the root partition is to hold: a tree, and what a tree alone does not say about its files. */
import type { RegularFile, Tree } from '../formats/tree/model.js';
import type { HashAlgorithm } from '../util/digest.js';
import type { ByteString } from '../util/bytes.js';

/** A file of the builder's own that becomes one of the volume. */
export interface HostFile {
  /** An open directory. */
  readonly rootFd: number;
  /** Relative to it. */
  readonly path: ByteString;
  /** `stampOf` the file when it was found. */
  readonly stamp: string;
}

/** Contents are in the files themselves, in `hostFiles`, or objects of the repository. */
export interface Volume {
  /** Canonical. Its root is the file system's. */
  readonly tree: Tree;
  readonly algorithm: HashAlgorithm;
  /** Files that get fs-verity. */
  readonly sealed: ReadonlySet<RegularFile>;
  readonly hostFiles: ReadonlyMap<RegularFile, HostFile>;
  /** Absolute path of the repository's `objects/`. */
  readonly objectsDir: string;
}
