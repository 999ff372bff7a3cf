/**
 * Where the package lies: its manifest and manual pages are read at run time. Found upwards, because released programs
 * are bundled into fewer files at other places.
 */
import { existsSync } from 'node:fs';

/** URL of the nearest directory above that has a `package.json`, with a slash at its end. */
export function packageRoot(): URL {
  let directory = new URL('./', import.meta.url);
  while (!existsSync(new URL('package.json', directory))) {
    const parent = new URL('../', directory);
    if (parent.href === directory.href) throw new TypeError('package.json is missing');
    directory = parent;
  }
  return directory;
}
