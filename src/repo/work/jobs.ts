/** What the repository's worker threads are asked to do. Plain data only: it crosses threads. */
import type { ByteString } from '../../util/bytes.js';
import type { Digest, HashAlgorithm } from '../../util/digest.js';

/** Given once to every worker. */
export interface WorkSetup {
  readonly algorithm: HashAlgorithm;
  /** Absolute path of `objects/`; undefined when nothing is stored or read there. */
  readonly objectsDir: string | undefined;
  /** Absolute path of the write session's staged objects; undefined when contents are only hashed. */
  readonly stagingDir: string | undefined;
  /** Whether every object must have fs-verity enabled. */
  readonly requireVerity: boolean;
}

/** A regular file of a directory tree that is to be hashed and stored. */
export interface SourceFile {
  /** Relative to the tree's root, without a leading slash. */
  readonly path: ByteString;
  readonly size: number;
  /** `stampOf` the file when the tree was scanned. */
  readonly stamp: string;
}

/** A file of a directory tree that must still be what it was when the tree was scanned. */
export interface LocalSource {
  /** Descriptor of the tree's root. */
  readonly rootFd: number;
  readonly file: SourceFile;
}

export interface IngestJob {
  readonly kind: 'ingest';
  /** Descriptor of the tree's root; threads share descriptors. */
  readonly rootFd: number;
  readonly files: readonly SourceFile[];
}

/** What became of one file's content. */
export interface IngestedFile {
  /** Undefined for content that belongs into the image itself. */
  readonly digest: Digest | undefined;
  /** As a string, because strings cross threads at a fraction of an array's cost. */
  readonly inline: ByteString | undefined;
  /** Whether the object was not there before. */
  readonly isNew: boolean;
}

/** An object that is to be checked. */
export interface ExpectedObject {
  readonly digest: Digest;
  /** Bytes; a longer one is damaged and not read. Undefined when nothing says how long it is. */
  readonly sizeMax: number | undefined;
}

export interface VerifyJob {
  readonly kind: 'verify';
  readonly objects: readonly ExpectedObject[];
}

export interface InspectJob {
  readonly kind: 'inspect';
  readonly image: Digest;
}

/** What is wrong with an object. */
export interface ObjectProblem {
  readonly digest: Digest;
  readonly problem: 'missing' | 'corrupt' | 'unreadable' | 'unprotected';
  /** One sentence for people. */
  readonly message: string;
}

/** What checking a job's objects came to. */
export interface VerifiedObjects {
  readonly problems: readonly ObjectProblem[];
  /** Bytes of content that were read. */
  readonly bytes: number;
}

/** A regular file to be made from an object, from inline content or from a file on the disk. */
export interface TargetFile {
  /** Relative to the target's root, without a leading slash. */
  readonly path: ByteString;
  readonly size: number;
  readonly digest: Digest | undefined;
  readonly inline: Uint8Array | undefined;
  /** Where the content is when it is not in the repository; then it is taken from there. */
  readonly source: LocalSource | undefined;
  readonly mode: number;
  /** Undefined when owners are not to be set. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  readonly mtimeSec: number;
  readonly mtimeNsec: number;
  readonly xattrs: readonly (readonly [name: ByteString, value: ByteString])[];
}

export interface CheckoutJob {
  readonly kind: 'checkout';
  readonly rootFd: number;
  readonly files: readonly TargetFile[];
}

export type Job = IngestJob | VerifyJob | InspectJob | CheckoutJob;

/** By the job's kind: one `IngestedFile` a file, what was verified, the image's objects with their sizes, or nothing. */
export type JobResult =
  readonly IngestedFile[] | VerifiedObjects | ReadonlyMap<Digest, number> | undefined;
