/** Where things lie in a repository, relative to its directory (`docs/formats/repository.md`). Pure. */
import { objectPath, type Digest } from '../util/digest.js';
import { RootsealError } from '../util/errors.js';

export const META_FILE = 'meta.json';
export const LOCK_FILE = 'lock';
/** Serialises updates of branches and tags; held for moments only. */
export const REFS_LOCK_FILE = 'refs/lock';
export const OBJECTS_DIR = 'objects';
export const IMAGES_DIR = 'images';
export const IMAGE_REFS_DIR = 'images/refs';
export const COMMITS_DIR = 'commits';
export const SEALS_DIR = 'seals';
/** Made when the first one comes. */
export const UKIS_DIR = 'ukis';
/** Made when the first one comes; a directory for each commit. */
export const ATTESTATIONS_DIR = 'attestations';
export const HEADS_DIR = 'refs/heads';
export const TAGS_DIR = 'refs/tags';
export const REMOTES_DIR = 'refs/remotes';
export const DEPLOYMENTS_DIR = 'refs/deployments';
export const TMP_DIR = 'tmp';

/** Every directory that `init` makes. */
export const DIRECTORIES: readonly string[] = [
  OBJECTS_DIR,
  IMAGES_DIR,
  IMAGE_REFS_DIR,
  COMMITS_DIR,
  SEALS_DIR,
  HEADS_DIR,
  TAGS_DIR,
  REMOTES_DIR,
  DEPLOYMENTS_DIR,
  TMP_DIR,
];

/** `objects/hh/rest` */
export function objectFile(digest: Digest): string {
  return `${OBJECTS_DIR}/${objectPath(digest)}`;
}

/** The link that says that an object is an image made or verified here. */
export function imageLink(digest: Digest): string {
  return `${IMAGES_DIR}/${digest}`;
}

/** What the image link points to. */
export function imageLinkTarget(digest: Digest): string {
  return `../${objectFile(digest)}`;
}

/**
 * Branches and tags are this repository's own; `remote` is what was pulled, as `<remote>/<branch>`; `deployment` is what the host
 * whose repository this is has deployed, by the deployment's id.
 */
export type RefKind = 'branch' | 'tag' | 'remote' | 'deployment';

/** Where refs of a kind lie. */
export const REF_DIRECTORIES: Readonly<Record<RefKind, string>> = {
  branch: HEADS_DIR,
  tag: TAGS_DIR,
  remote: REMOTES_DIR,
  deployment: DEPLOYMENTS_DIR,
};

/** Longest branch or tag name, in bytes. */
export const REF_NAME_MAX = 255;

/**
 * A branch or tag name: parts of `[A-Za-z0-9_.+-]` joined by `/`, no part starting with `.` or `-` or ending in `.lock`.
 * @throws {RootsealError} USAGE when `name` is none
 */
export function refFile(kind: RefKind, name: string): string {
  const problem = refNameProblem(name);
  if (problem !== undefined) {
    throw new RootsealError('USAGE', `${kind} ${JSON.stringify(name.slice(0, 300))}: ${problem}`);
  }
  return `${REF_DIRECTORIES[kind]}/${name}`;
}

/** Says what is wrong with a branch or tag name, or nothing when it is good. */
export function refNameProblem(name: string): string | undefined {
  if (name.length > REF_NAME_MAX) return `the name is longer than ${REF_NAME_MAX} bytes`;
  for (const part of name.split('/')) {
    if (!/^[A-Za-z0-9_+][A-Za-z0-9_.+-]*$/.test(part)) {
      return 'a name is made of parts of letters, digits and _ . + - joined by /, none starting with . or -';
    }
    if (part.endsWith('.lock')) return 'a part of a name must not end in ".lock"';
  }
  return undefined;
}
