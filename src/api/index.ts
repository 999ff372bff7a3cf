/**
 * rootseal as a library: repositories, commits, trees, images, keys, seals, remotes.
 *
 * This is all that programs can import. What it is made of may change from one version to the next; what is here changes as semantic
 * versioning says (docs/api.md, "Versions").
 *
 * @packageDocumentation
 */
export type {
  CallOptions,
  LongCallOptions,
  ProgressEvent,
  ProgressListener,
  Task,
} from './call-options.js';
export type { CheckReport, Finding, FindingKind } from './check-report.js';
export type {
  Commit,
  CommitEntry,
  CommitRequest,
  CommitResult,
  GitSource,
  OciSource,
} from './commit-document.js';
export {
  describeError,
  EXIT_STATUS,
  exitStatusOf,
  RootsealError,
  type ErrorCode,
  type ErrorContext,
  type ErrorDetails,
} from './library-errors.js';
export {
  digestOfImage,
  makeImage,
  readImage,
  type HashAlgorithm,
  type ImageRequest,
  type MadeImage,
} from './made-images.js';
export {
  generateSignerKey,
  importSignerKey,
  parseSignerKey,
  parseVerifierKey,
  readSignerKey,
  readVerifierKey,
  writeSignerKey,
  type PassphraseOptions,
  type SignerKey,
  type VerifierKey,
} from './key-files.js';
export type { PullRequest, PullResult, Remote } from './other-repositories.js';
export {
  initRepository,
  openRepository,
  type CheckoutReport,
  type ExportOptions,
  type Ref,
  type RefUpdate,
  type Repository,
} from './repository-api.js';
export {
  checkSeal,
  type CheckedSignature,
  type KeySigner,
  type SealCode,
  type SealExpectations,
  type SealPolicy,
  type SealReport,
  type SealRequest,
  type SealResult,
  type Signature,
  type SignerFunction,
  type SigningRequest,
  type Trust,
} from './seal-report.js';
export {
  parseTreeSource,
  type NotKept,
  type ReadingOptions,
  type TarStream,
  type TreeSource,
  type XattrMode,
} from './tree-sources.js';
export type {
  CommitTree,
  FieldChange,
  FileType,
  PathChange,
  ReadFileOptions,
  Tree,
  TreeEntry,
  TreePath,
} from './tree-entries.js';
