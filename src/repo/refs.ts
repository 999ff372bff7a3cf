/** Branches and tags: small files that hold a commit id and a newline. */
import fs from 'node:fs';
import path from 'node:path';
import { isCommitId, type CommitId } from '../formats/commit/commit.js';
import { FormatError, hasErrno, RootsealError } from '../util/errors.js';
import { stopPoint } from '../util/stop-point.js';
import { isReadFailure } from './damage.js';
import { readSmallFile, removeFileDurable, writeFileDurable } from './durable.js';
import { REF_DIRECTORIES, refFile, TMP_DIR, type RefKind } from './layout.js';
import type { Repository } from './repository.js';

/** A 64-digit id and its newline. */
const REF_SIZE_MAX = 65;

/** The commit a branch or tag names, or undefined when there is no such name. */
export function readRef(repository: Repository, kind: RefKind, name: string): CommitId | undefined {
  return readRefFile(repository, refFile(kind, name));
}

function readRefFile(repository: Repository, file: string): CommitId | undefined {
  const absolute = repository.file(file);
  if (statOf(absolute)?.isDirectory() === true) return undefined;
  const text = readSmallFile(absolute, REF_SIZE_MAX)?.toString('latin1');
  if (text === undefined) return undefined;
  const id = text.endsWith('\n') ? text.slice(0, -1) : text;
  if (!isCommitId(id)) throw new FormatError('ref', `${file} does not hold a commit id`);
  return id;
}

/** Undefined, too, when a file is where the path wants a directory: `a` is a name, `a/b` is asked for. */
function statOf(absolute: string): fs.Stats | undefined {
  try {
    return fs.statSync(absolute, { throwIfNoEntry: false });
  } catch (error) {
    if (hasErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** What a caller knows about a name before it changes it. */
export interface RefUpdate {
  readonly kind: RefKind;
  readonly name: string;
  readonly to: CommitId;
  /** What the name must stand for now: a commit, nothing (`none`), or whatever (`any`). */
  readonly from: CommitId | 'none' | 'any';
}

/** @throws {RootsealError} FAILED when the name does not stand where `from` says, so that no update is lost */
export async function updateRef(repository: Repository, update: RefUpdate): Promise<void> {
  repository.requireWritable();
  const file = refFile(update.kind, update.name);
  await repository.withRefsLock(() => {
    const current = readRef(repository, update.kind, update.name);
    if (update.from !== 'any' && (current ?? 'none') !== update.from) refuseUpdate(update, current);
    refuseNesting(repository, file, update);
    writeFileDurable(repository.file(TMP_DIR), repository.file(file), `${update.to}\n`);
    stopPoint('ref-written');
  });
}

function refuseUpdate({ kind, name, from }: RefUpdate, current: CommitId | undefined): never {
  if (from === 'none') {
    throw new RootsealError('FAILED', `${kind} ${name} exists already: it is at ${current ?? ''}`, {
      hint: `delete it first with \`rootseal ${kind} delete\`, or take another name`,
    });
  }
  throw new RootsealError(
    'FAILED',
    `${kind} ${name} was changed meanwhile: it is at ${current ?? 'nothing'}`,
    { hint: 'check it, then run the command again' },
  );
}

/** A name can not be a directory of names at the same time: `a` and `a/b` exclude each other. */
function refuseNesting(repository: Repository, file: string, update: RefUpdate): void {
  const root = REF_DIRECTORIES[update.kind];
  for (let parent = path.dirname(file); parent !== root; parent = path.dirname(parent)) {
    if (statOf(repository.file(parent))?.isFile() === true) {
      throw new RootsealError(
        'USAGE',
        `${update.kind} ${update.name}: there is a ${update.kind} ${parent.slice(root.length + 1)} already`,
      );
    }
  }
  if (statOf(repository.file(file))?.isDirectory() === true) {
    throw new RootsealError(
      'USAGE',
      `${update.kind} ${update.name}: there are names below ${update.name}/ already`,
    );
  }
}

/** @throws {RootsealError} REVISION_NOT_FOUND when there is no such name */
export async function deleteRef(
  repository: Repository,
  kind: RefKind,
  name: string,
): Promise<CommitId> {
  repository.requireWritable();
  return repository.withRefsLock(() => {
    const current = readRef(repository, kind, name);
    if (current === undefined)
      throw new RootsealError('REVISION_NOT_FOUND', `there is no ${kind} ${name}`);
    const file = refFile(kind, name);
    removeFileDurable(repository.file(file));
    removeEmptyParents(repository, file, REF_DIRECTORIES[kind]);
    return current;
  });
}

function removeEmptyParents(repository: Repository, file: string, root: string): void {
  for (let parent = path.dirname(file); parent !== root; parent = path.dirname(parent)) {
    if (fs.readdirSync(repository.file(parent)).length > 0) return;
    fs.rmdirSync(repository.file(parent));
  }
}

/** A name as it lies below `refs/`. */
export interface Ref {
  readonly kind: RefKind;
  readonly name: string;
  readonly commit: CommitId;
}

const REF_KINDS = ['branch', 'tag', 'remote', 'deployment'] as const satisfies readonly RefKind[];

/** All refs in byte order, and a finding for each file that is none. */
export function listRefs(repository: Repository): {
  refs: Ref[];
  damaged: { file: string; message: string }[];
} {
  const refs: Ref[] = [];
  const damaged: { file: string; message: string }[] = [];
  for (const kind of REF_KINDS) {
    const root = REF_DIRECTORIES[kind];
    for (const file of filesBelow(repository, root)) {
      try {
        if (file === root) throw new FormatError('ref', `${file} is not a directory`);
        const commit = readRefFile(repository, file);
        if (commit === undefined) damaged.push({ file, message: 'a link that leads to no ref' });
        else refs.push({ kind, name: file.slice(root.length + 1), commit });
      } catch (error) {
        if (!isReadFailure(error)) throw error;
        damaged.push({ file, message: error.message });
      }
    }
  }
  return { refs, damaged };
}

function filesBelow(repository: Repository, root: string): string[] {
  const found: string[] = [];
  const queue = [root];
  for (let directory = queue.pop(); directory !== undefined; directory = queue.pop()) {
    const absolute = repository.file(directory);
    if (fs.lstatSync(absolute, { throwIfNoEntry: false }) === undefined) continue;
    if (statOf(absolute)?.isDirectory() !== true) {
      // All names of the kind were in it.
      found.push(directory);
      continue;
    }
    for (const entry of fs.readdirSync(absolute, { withFileTypes: true })) {
      const file = `${directory}/${entry.name}`;
      if (entry.isDirectory()) queue.push(file);
      else found.push(file);
    }
  }
  return found.sort();
}
