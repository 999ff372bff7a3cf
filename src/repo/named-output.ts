/** What a person named as an output: whole or not there where it is a file; devices and pipes get it as it is. */
import fs from 'node:fs';
import { failureOf } from '../util/errors.js';
import { writeOutputFile } from './durable.js';

/**
 * Writes a file, in place of one that is there; a pipe or a device is written to.
 * @throws {RootsealError} USAGE for a directory, or a link to a file
 */
export async function writeNamedOutput(file: string, content: Uint8Array): Promise<void> {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  const isStream = stat?.isFIFO() === true || stat?.isCharacterDevice() === true;
  if (!isStream) {
    writeOutputFile(file, content);
    return;
  }
  try {
    // Not in this thread: a fifo waits for its reader, and signals must be heard meanwhile.
    const handle = await fs.promises.open(file, fs.constants.O_WRONLY);
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw failureOf(file, error);
  }
}
