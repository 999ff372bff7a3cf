/** Commits: what they say, and what is asked for to make one. */
import type { LongCallOptions } from './call-options.js';
import type { SignerKey } from './key-files.js';
import type { KeySigner } from './seal-report.js';
import type { NotKept, ReadingOptions, TreeSource } from './tree-sources.js';

/** Where in git the definition of a tree was. */
export interface GitSource {
  /** URL of the remote, without user name and password; absent when the work tree has none. */
  readonly url?: string;
  /** Object id, 40 or 64 lower-case hex digits. */
  readonly commit: string;
  /** Whether the work tree differed from that commit. */
  readonly dirty: boolean;
  /** Path of the definition in the work tree; absent for its root. */
  readonly path?: string;
}

/** The OCI image that a tree was made from. */
export interface OciSource {
  readonly reference: string;
  /** `sha256:` or `sha512:` and the lower-case hex digest of the manifest. */
  readonly digest: string;
}

/**
 * A commit document (docs/formats/commit.md). Facts that are not known are absent; keys of later versions stay in the object.
 */
export interface Commit {
  readonly format: 1;
  /** Typed digest of the image, e.g. `v1-sha256-12:<hex>`. It alone names the tree. */
  readonly image: string;
  /** Size of the image in bytes. */
  readonly imageSize: number;
  /** Name of what is released. */
  readonly name: string;
  readonly version: string;
  /** Grows with every commit of a name; below 2^53. */
  readonly sequence: number;
  /** Id of the commit before it. */
  readonly parent?: string;
  /** `YYYY-MM-DDThh:mm:ssZ` */
  readonly time: string;
  /** Number of inodes in the tree. */
  readonly files: number;
  /** Bytes of file content in the tree, each inode counted once. */
  readonly bytes: number;
  /** What the tree's os-release says. */
  readonly os?: {
    readonly id: string;
    readonly versionId?: string;
    readonly prettyName?: string;
  };
  readonly kernel?: { readonly release: string };
  readonly source?: { readonly git?: GitSource; readonly oci?: OciSource };
  /** What the committer says of it: lines, without a newline at the end. */
  readonly message?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A commit of a repository. */
export interface CommitEntry {
  /** 64 lower-case hex digits. */
  readonly id: string;
  readonly commit: Commit;
  /** Whether the repository has a seal for it. Whether the seal is good, `verify` says. */
  readonly sealed: boolean;
}

/** What is to be committed, and how it is called. */
export interface CommitRequest extends ReadingOptions, LongCallOptions {
  readonly source: TreeSource;
  /** The branch that moves; made when it is not there. */
  readonly branch: string;
  /** Name of what is released; the parent's by default, else the branch's with `/` turned into `-`. */
  readonly name?: string | undefined;
  /** Version of the release; the time as `YYYYMMDD.hhmmss` by default. */
  readonly version?: string | undefined;
  /** Time of the commit in whole seconds; now by default. The same request with the same time gives the same commit. */
  readonly time?: Date | undefined;
  /** From 0 to 2^53-1; the time in seconds since 1970, but at least the parent's plus one, by default. */
  readonly sequence?: number | undefined;
  /** What to say of it to people; several lines are possible, and blanks at its end do not count. */
  readonly message?: string | undefined;
  /** Whether nothing is committed when the branch has this very tree: that is UNCHANGED, and `details.commitId` names the commit. */
  readonly skipIfUnchanged?: boolean | undefined;
  /** Text that is recorded with the commit. Keys are printable ASCII without spaces and `=`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** A directory: the commit of the git work tree that holds it is recorded. */
  readonly git?: string | undefined;
  /** Who seals the commit before the branch names it. When one fails, the branch is where it was. */
  readonly signers?: readonly (SignerKey | KeySigner)[] | undefined;
}

/** What a commit came to. */
export interface CommitResult {
  /** 64 lower-case hex digits. */
  readonly id: string;
  readonly commit: Commit;
  /** Bytes of content that the repository did not have. */
  readonly newBytes: number;
  readonly newObjects: number;
  /** Bytes of content that it had, or that came several times. */
  readonly sharedBytes: number;
  /** What an archive says and the image does not hold; undefined for other sources. */
  readonly notKept: readonly NotKept[] | undefined;
}
