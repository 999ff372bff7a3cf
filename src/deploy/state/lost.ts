/**
 * What of a host's state was gone and has been made again: notes in `state/lost`, so that `status` goes on to tell of it until
 * somebody says that it is known.
 */
import fs from 'node:fs';
import { makeDirectories } from '../../linux/make-directories.js';
import { removeTree } from '../../linux/remove.js';
import { syncDirectory, writeFileDurable } from '../../repo/durable.js';
import { describeError, hasErrno } from '../../util/errors.js';
import type { Sysroot } from '../host/sysroot.js';
import { LOST_DIR, readStateFile } from './state-file.js';

const SUFFIX = '.note';
const NOTE_SIZE_MAX = 4096;

/**
 * @param key letters, digits and `. - _ ~`: the same thing has the same one
 * @param sentence what is gone and what is there in its place
 */
export function noteLoss(sysroot: Sysroot, key: string, sentence: string): void {
  makeDirectories(sysroot.file(LOST_DIR), 0o700);
  writeFileDurable(sysroot.file('state'), fileOf(sysroot, key), `${sentence}\n`);
}

/** The sentences of all notes, in the order of their keys; of one that cannot be read, that something was lost. */
export function listLosses(sysroot: Sysroot): string[] {
  return noteFiles(sysroot).map(sentenceIn);
}

/** Removes all notes. @returns their sentences */
export function forgetLosses(sysroot: Sysroot): string[] {
  const sentences = listLosses(sysroot);
  for (const file of noteFiles(sysroot)) removeTree(file);
  if (sentences.length > 0) syncDirectory(sysroot.file(LOST_DIR));
  return sentences;
}

function sentenceIn(file: string): string {
  const unreadable = `something was lost, and what it was cannot be read in ${file}`;
  try {
    const text = readStateFile(file, NOTE_SIZE_MAX)?.toString('utf8').trim();
    return text === undefined || text === '' ? unreadable : text;
  } catch (error) {
    return `${unreadable}: ${describeError(error)}`;
  }
}

function fileOf(sysroot: Sysroot, key: string): string {
  return `${sysroot.file(LOST_DIR)}/${key}${SUFFIX}`;
}

function noteFiles(sysroot: Sysroot): string[] {
  const directory = sysroot.file(LOST_DIR);
  try {
    return fs
      .readdirSync(directory)
      .filter((name) => name.endsWith(SUFFIX))
      .sort()
      .map((name) => `${directory}/${name}`);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
