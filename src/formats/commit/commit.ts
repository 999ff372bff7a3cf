/**
 * The commit document: a small canonical JSON object that names an image and says where it came from.
 * Specified in docs/formats/commit.md.
 */
import { createHash } from 'node:crypto';
import type { OsRelease } from '../os-release.js';

declare const commitIdBrand: unique symbol;

/** SHA-256 of a commit's bytes: 64 lower-case hex digits. */
export type CommitId = string & { readonly [commitIdBrand]: true };

/** Where in git the tree's definition was. */
export interface GitSource {
  /** URL of the remote; absent when the work tree has none. */
  readonly url?: string;
  /** Object id, 40 or 64 lower-case hex digits. */
  readonly commit: string;
  /** Whether the work tree differed from that commit. */
  readonly dirty: boolean;
  /** Path of the definition in the work tree; absent for its root. */
  readonly path?: string;
}

/** The OCI image that the tree was made from. */
export interface OciSource {
  readonly reference: string;
  /** `sha256:` or `sha512:` and the lower-case hex digest of the manifest. */
  readonly digest: string;
}

/**
 * A commit. Facts that are not known are absent. Keys that this version does not know stay in the object, at every
 * level, so a copy made with `{ ...commit }` keeps them.
 */
export interface Commit {
  readonly format: 1;
  /** Typed digest, e.g. `v1-sha256-12:<hex>`. It alone names the tree. */
  readonly image: string;
  /** Size of the image file in bytes. */
  readonly imageSize: number;
  readonly name: string;
  readonly version: string;
  /** Grows with every commit of a name; below 2^53. */
  readonly sequence: number;
  readonly parent?: CommitId;
  /** `YYYY-MM-DDThh:mm:ssZ` */
  readonly time: string;
  /** Number of inodes in the tree. */
  readonly files: number;
  /** Bytes of file content in the tree, each inode counted once. */
  readonly bytes: number;
  readonly os?: OsRelease;
  readonly kernel?: { readonly release: string };
  readonly source?: { readonly git?: GitSource; readonly oci?: OciSource };
  /** What the committer says of it: lines, without a newline at the end. */
  readonly message?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Longest commit document, in bytes. */
export const COMMIT_SIZE_MAX = 1 << 20;

/** Whether `text` is spelled like a commit id. */
export function isCommitId(text: string): text is CommitId {
  return /^[0-9a-f]{64}$/.test(text);
}

/** The id of a commit document. */
export function commitId(bytes: Uint8Array): CommitId {
  return createHash('sha256').update(bytes).digest('hex') as CommitId;
}
