/**
 * What of a host's state was gone and has been made again: notes in `state/lost`, so that `status` goes on to tell of it until
 * somebody says that it is known.
 */
import fs from 'node:fs';
import { makeDirectories } from '../../linux/make-directories.js';
import { readSmallFile, removeFileDurable, writeFileDurable } from '../../repo/durable.js';
import { hasErrno } from '../../util/errors.js';
import type { Sysroot } from '../host/sysroot.js';
import { LOST_DIR } from './state-file.js';

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

/** The sentences of all notes, in the order of their keys. */
export function listLosses(sysroot: Sysroot): string[] {
  return noteFiles(sysroot).map(
    (file) => readSmallFile(file, NOTE_SIZE_MAX)?.toString('utf8').trimEnd() ?? '',
  );
}

/** Removes all notes. @returns their sentences */
export function forgetLosses(sysroot: Sysroot): string[] {
  const sentences = listLosses(sysroot);
  for (const file of noteFiles(sysroot)) removeFileDurable(file);
  return sentences;
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
