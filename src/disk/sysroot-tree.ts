/**
 * The physical root of a host as a tree: a repository with one commit, and one deployment of it with its state
 * (`docs/formats/disk.md`).
 */
import fs from 'node:fs';
import { encodeCommit } from '../formats/commit/codec.js';
import {
  printDeployment,
  type Deployment as HostDeployment,
} from '../formats/deployment/deployment.js';
import { EMPTY_RECORD, printRecord, type DeploymentRecord } from '../formats/deployment/record.js';
import { EXT4_TIMESTAMP_MAX, EXT4_TIMESTAMP_MIN } from '../formats/ext4/inode.js';
import { canonicalize } from '../formats/tree/canonical.js';
import {
  NO_XATTRS,
  type Directory,
  type Entry,
  type RegularFile,
  type Stat,
  type Tree,
} from '../formats/tree/model.js';
import { lookup, walk } from '../formats/tree/walk.js';
import { imageOf } from '../repo/images.js';
import {
  DIRECTORIES,
  HEADS_DIR,
  imageLink,
  imageLinkTarget,
  LOCK_FILE,
  META_FILE,
  objectFile,
  OBJECTS_DIR,
  refFile,
  refNameProblem,
  REFS_LOCK_FILE,
  SEALS_DIR,
  COMMITS_DIR,
} from '../repo/layout.js';
import { printMeta } from '../repo/meta.js';
import type { Revision } from '../repo/read-tree.js';
import { readRef } from '../repo/refs.js';
import type { Repository } from '../repo/repository.js';
import { readSeal } from '../repo/seals.js';
import { ukiFile } from '../repo/ukis.js';
import { ascii, type ByteString } from '../util/bytes.js';
import type { Digest } from '../util/digest.js';
import { RootsealError } from '../util/errors.js';
import { overlayDirectory, STATE_DIRECTORIES, type StateOverlay } from './given-state.js';
import type { Volume } from './volume.js';

/** What is deployed, and how. */
export interface Deployment {
  readonly repository: Repository;
  readonly revision: Revision;
  /** The commit's unified kernel image, when it is deployed from that. */
  readonly uki: Uint8Array | undefined;
  /** Branch that names the commit on the new disk. */
  readonly branch: string;
  /** As the new host is to know it. */
  readonly deployment: HostDeployment;
  /** Time of everything that has none of its own, in seconds since 1970. */
  readonly time: number;
  readonly overlay: StateOverlay | undefined;
}

/** Only root gets at the objects by their own names. */
const PRIVATE = 0o700;
const PUBLIC = 0o755;

/**
 * The branch for a commit: the one that was asked for, else one that is called as the commit is.
 */
export function branchFor(repository: Repository, asked: string, { commit }: Revision): string {
  if (refNameProblem(asked) === undefined && readRef(repository, 'branch', asked) !== undefined)
    return asked;
  const named = commit.name.replaceAll('~', '-');
  return refNameProblem(named) === undefined ? named : 'main';
}

/** @throws {RootsealError} OBJECT_NOT_FOUND when the repository lacks the image */
export function sysrootVolume(deployment: Deployment): Volume {
  const { repository, overlay, time } = deployment;
  const builder = new TreeBuilder(time);
  const sealed = addRepository(builder, deployment);
  addDeployment(builder, deployment);
  const { tree } = builder;
  canonicalize(tree);
  clampTimes(tree);
  return {
    tree,
    algorithm: repository.algorithm,
    sealed,
    hostFiles: overlay?.hostFiles ?? new Map<RegularFile, never>(),
    objectsDir: repository.file(OBJECTS_DIR),
  };
}

/** ext4 knows the years 1901 to 2446 only. */
function clampTimes(tree: Tree): void {
  for (const { entry } of walk(tree)) {
    if (entry.kind === 'link') continue;
    entry.mtimeSec = Math.min(EXT4_TIMESTAMP_MAX, Math.max(EXT4_TIMESTAMP_MIN, entry.mtimeSec));
  }
}

function addRepository(
  builder: TreeBuilder,
  { repository, revision, uki, branch }: Deployment,
): Set<RegularFile> {
  const { id, commit, tree } = revision;
  builder.directory('composefs', PRIVATE);
  const inside = (path: string) => `composefs/${path}`;
  for (const path of DIRECTORIES) builder.directory(inside(path), PUBLIC);
  builder.file(inside(META_FILE), printMeta(repository.algorithm));
  for (const path of [LOCK_FILE, REFS_LOCK_FILE]) builder.file(inside(path), '');
  builder.file(inside(`${COMMITS_DIR}/${id}`), encodeCommit(commit));
  builder.file(inside(`${HEADS_DIR}/${branch}`), `${id}\n`);
  const seal = readSeal(repository, id);
  if (seal !== undefined) builder.file(inside(`${SEALS_DIR}/${id}`), seal);
  if (uki !== undefined) builder.file(inside(ukiFile(id)), uki);
  const image = imageOf(repository, commit).digest;
  builder.symlink(inside(imageLink(image)), imageLinkTarget(image));
  const sealed = new Set<RegularFile>();
  for (const [digest, size] of objectsWithSizes(repository, tree, image))
    sealed.add(builder.object(inside(objectFile(digest)), digest, size));
  return sealed;
}

function objectsWithSizes(repository: Repository, tree: Tree, image: Digest): Map<Digest, number> {
  const sizes = new Map<Digest, number>();
  for (const { entry } of walk(tree))
    if (entry.kind === 'file' && entry.inline === undefined && entry.digest !== undefined)
      sizes.set(entry.digest, entry.size);
  sizes.set(image, fs.statSync(repository.file(objectFile(image))).size);
  return sizes;
}

function addDeployment(
  builder: TreeBuilder,
  { repository, revision, overlay, deployment }: Deployment,
): void {
  const { id, commit, tree } = revision;
  const image = imageOf(repository, commit).digest;
  const place = `state/deploy/${image}`;
  const os = `state/os/${commit.name}`;
  const [etc, var_] = STATE_DIRECTORIES.map((name) => stateOf(builder, { tree, overlay, name }));
  if (etc === undefined || var_ === undefined) throw new TypeError('there are two kinds of state');
  builder.add(`${place}/etc`, etc);
  builder.add(`${os}/var`, var_);
  builder.symlink(`${place}/var`, `../../os/${commit.name}/var`);
  const seal = readSeal(repository, id);
  if (seal !== undefined) builder.file(`${place}/seal`, seal);
  builder.file(`${place}/deployment.json`, printDeployment(deployment));
  const record: DeploymentRecord = {
    ...EMPTY_RECORD,
    serial: deployment.serial,
    default: deployment.id,
    deployments: [deployment],
  };
  builder.file('state/deployments.json', printRecord(record));
  builder.file(`composefs/${refFile('deployment', deployment.id)}`, `${id}\n`);
}

function stateOf(
  builder: TreeBuilder,
  from: {
    readonly tree: Tree;
    readonly overlay: StateOverlay | undefined;
    readonly name: ByteString;
  },
): Directory {
  const own = lookup(from.tree, ascii(`/${from.name}`)) ?? builder.emptyDirectory(PUBLIC);
  if (own.kind !== 'directory')
    throw new RootsealError('UNSUPPORTED', `/${from.name} of the tree is not a directory`, {
      hint: 'state is copied from /etc and /var of the tree',
    });
  const over = from.overlay?.tree.root.children.get(from.name);
  if (over?.kind === 'directory') overlayDirectory(own, over);
  return own;
}

/** Makes a tree from paths. Directories on the way are made as they are needed. */
class TreeBuilder {
  readonly tree: Tree;
  private readonly time: number;
  private readonly directories = new Map<string, Directory>();

  constructor(time: number) {
    this.time = time;
    // The physical root is nobody's business but root's.
    this.tree = { root: this.emptyDirectory(PRIVATE) };
  }

  directory(path: string, mode: number): Directory {
    let directory = this.tree.root;
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1))
      directory = this.directoryIn(directory, path.slice(0, end), PUBLIC);
    return path === '' ? directory : this.directoryIn(directory, path, mode);
  }

  private directoryIn(parent: Directory, path: string, mode: number): Directory {
    const known = this.directories.get(path);
    if (known !== undefined) return known;
    const directory = this.emptyDirectory(mode);
    parent.children.set(ascii(path.slice(path.lastIndexOf('/') + 1)), directory);
    this.directories.set(path, directory);
    return directory;
  }

  file(path: string, content: string | Uint8Array): void {
    const inline = content instanceof Uint8Array ? content : Buffer.from(content);
    this.add(path, this.regularFile(inline.length, { inline }));
  }

  object(path: string, digest: Digest, size: number): RegularFile {
    const file = this.regularFile(size, { digest });
    this.add(path, file);
    return file;
  }

  symlink(path: string, target: string): void {
    this.add(path, { kind: 'symlink', ...this.stat(0o777), target: ascii(target) });
  }

  add(path: string, entry: Entry): void {
    const slash = path.lastIndexOf('/');
    const parent = this.directory(path.slice(0, Math.max(slash, 0)), PUBLIC);
    parent.children.set(ascii(path.slice(slash + 1)), entry);
  }

  emptyDirectory(mode: number): Directory {
    return { kind: 'directory', ...this.stat(mode), children: new Map() };
  }

  private regularFile(
    size: number,
    content: { readonly inline?: Uint8Array; readonly digest?: Digest },
  ): RegularFile {
    const { inline, digest } = content;
    return { kind: 'file', ...this.stat(0o644), size, inline, digest, payload: undefined };
  }

  private stat(mode: number): Stat {
    const owner = { uid: 0, gid: 0, nlink: 1 };
    return { mode, ...owner, mtimeSec: this.time, mtimeNsec: 0, xattrs: NO_XATTRS };
  }
}
