/** Changes to boot entries on the ESP. An existing file is never written to. */
import fs from 'node:fs';
import { syncDirectory } from '../../repo/durable.js';
import { isSystemError } from '../../util/errors.js';
import { moveFile, replaceFile, UNFINISHED } from './durable-esp.js';
import { ENTRIES_DIR } from './read-esp.js';

/** Adds a boot entry, or puts the right text in place of one that was changed. */
export function writeEntry(boot: string, file: string, text: string): void {
  replaceFile(`${boot}/${ENTRIES_DIR}/${file}`, text);
}

/** Whether a boot entry of this name is there, whatever it says. */
export function hasEntry(boot: string, file: string): boolean {
  return fs.existsSync(`${boot}/${ENTRIES_DIR}/${file}`);
}

/** Gives an entry another counter. An entry of that name that is there already is the same one. */
export function renameEntry(boot: string, file: string, to: string): void {
  const directory = `${boot}/${ENTRIES_DIR}`;
  if (fs.existsSync(`${directory}/${file}`)) moveFile(`${directory}/${file}`, `${directory}/${to}`);
}

export function removeEntry(boot: string, file: string): void {
  const directory = `${boot}/${ENTRIES_DIR}`;
  fs.rmSync(`${directory}/${file}`, { force: true, recursive: true });
  syncDirectory(directory);
}

/** Files that were being made when somebody was killed, as far as they can be removed: no boot loader reads them. */
export function removeUnfinished(boot: string): void {
  const directory = `${boot}/${ENTRIES_DIR}`;
  try {
    const left = fs.readdirSync(directory).filter((name) => name.endsWith(`.conf${UNFINISHED}`));
    for (const name of left) fs.rmSync(`${directory}/${name}`, { force: true, recursive: true });
    if (left.length > 0) syncDirectory(directory);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
