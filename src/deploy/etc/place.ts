/** Makes a directory or a file of state whole or not at all: under a temporary name, flushed, then renamed. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { removeTreeInSteps, renameLoosened } from '../../linux/remove.js';
import { syncfs } from '../../linux/sync.js';
import { syncDirectory } from '../../repo/durable.js';
import { hasErrno, isSystemError } from '../../util/errors.js';
import { withPauses } from '../../util/pauses.js';
import { atOnce, type Steps } from '../../util/steps.js';
import { stopPoint } from '../../util/stop-point.js';
import { standsFor } from '../../util/temporary-names.js';

/** Prefix of directories that are being made, or being removed. */
const UNFINISHED = '.new-';

/**
 * @param target absolute path; a directory that is there is replaced
 * @param fill gets the path of a directory that does not exist yet, and makes it
 * @param signal ends it before the directory has its name; what was made so far is removed by the next one
 */
export async function placeDirectory(
  target: string,
  fill: (temporary: string) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const parent = path.dirname(target);
  await withPauses(removeUnfinished(parent, path.basename(target)), signal);
  const temporary = unfinishedName(target);
  await fill(temporary);
  signal?.throwIfAborted();
  const fd = fs.openSync(temporary, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    await syncfs(fd);
  } finally {
    fs.closeSync(fd);
  }
  stopPoint('directory-made');
  const trash = hideDirectory(target);
  fs.renameSync(temporary, target);
  syncDirectory(parent);
  if (trash !== undefined) await withPauses(removeIfPossible(trash), signal);
}

/** Makes a small file of state whole or not at all; one that is there is replaced. */
export function placeFile(target: string, content: string): void {
  const parent = path.dirname(target);
  atOnce(removeUnfinished(parent, path.basename(target)));
  const temporary = unfinishedName(target);
  const fd = fs.openSync(temporary, 'wx', 0o644);
  try {
    fs.writeFileSync(fd, content);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  stopPoint('file-flushed');
  if (fs.lstatSync(target, { throwIfNoEntry: false })?.isDirectory() === true)
    atOnce(removeDirectory(target));
  fs.renameSync(temporary, target);
  stopPoint('file-named');
  syncDirectory(parent);
}

/**
 * Removes a directory so that it is whole or gone at any instant. What of it cannot be removed stays under a temporary name: it
 * is in nobody's way, and the next session tries again.
 */
export function* removeDirectory(target: string): Steps<void> {
  const trash = hideDirectory(target);
  if (trash !== undefined) yield* removeIfPossible(trash);
}

/** Gives it a temporary name, durably. Says which; nothing when it is not there. */
function hideDirectory(target: string): string | undefined {
  const trash = unfinishedName(target);
  try {
    renameLoosened(target, trash);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    return undefined;
  }
  stopPoint('directory-hidden');
  syncDirectory(path.dirname(target));
  return trash;
}

/** Removes what killed runs left of directories called `name`, as far as it can be; of all when there is no name. */
export function* removeUnfinished(parent: string, name = ''): Steps<void> {
  for (const entry of listUnfinished(parent, name)) yield* removeIfPossible(`${parent}/${entry}`);
}

/** Names of what was being made or removed; none when the directory cannot be read. */
export function listUnfinished(parent: string, name = ''): string[] {
  try {
    return fs.readdirSync(parent).filter((entry) => isUnfinished(entry, name));
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}

/** Nobody needs it, so nothing depends on whether it goes. `status` tells what is left. */
function* removeIfPossible(trash: string): Steps<void> {
  try {
    yield* removeTreeInSteps(trash);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

function isUnfinished(entry: string, name: string): boolean {
  if (!entry.startsWith(UNFINISHED)) return false;
  return name === '' || entry.slice(0, entry.lastIndexOf('-')) === `${UNFINISHED}${name}`;
}

function unfinishedName(target: string): string {
  const suffix = randomBytes(6).toString('hex');
  const name = `${UNFINISHED}${path.basename(target)}-${suffix}`;
  return standsFor(`${path.dirname(target)}/${name}`, target);
}
