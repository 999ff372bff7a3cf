/** Files that systemd collects from several directories, as its tools read them: of one name, that in /etc counts. */
import { RootsealError } from '../../util/errors.js';
import type { ImageFiles } from '../image-files.js';
import { SMALL_FILE_MAX } from './read-small.js';

/**
 * Lines of all of them.
 * @param folder `tmpfiles.d`, `sysusers.d`
 */
export async function readSettingFiles(files: ImageFiles, folder: string): Promise<string[]> {
  const chosen = new Map<string, string>();
  for (const parent of ['/etc', '/usr/lib'])
    for (const name of files.names(`${parent}/${folder}`))
      if (name.endsWith('.conf') && !chosen.has(name))
        chosen.set(name, `${parent}/${folder}/${name}`);
  const lines: string[] = [];
  for (const path of [...chosen.values()]) {
    // A link to /dev/null puts a file out of use.
    if (files.resolve(path)?.kind !== 'file') continue;
    try {
      const text = (await files.read(path, SMALL_FILE_MAX)).toString('latin1');
      for (const line of text.split('\n')) lines.push(line);
    } catch (error) {
      if (!(error instanceof RootsealError) || error.code !== 'FORMAT_INVALID') throw error;
    }
  }
  return lines;
}
