/** The files of a package, as they will lie on the machine that it is installed on. */
import { chmodSync, cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

export class Stage {
  /** @param {string} directory the root directory of the package */
  constructor(directory) {
    this.directory = directory;
  }

  /** Where a path of the package is now. Its directory is there. */
  path(path) {
    const place = join(this.directory, path);
    mkdirSync(dirname(place), { recursive: true });
    return place;
  }

  write(path, content, mode = 0o644) {
    const place = this.path(path);
    writeFileSync(place, content);
    chmodSync(place, mode);
  }

  /** Without name and time, so that the same text gives the same bytes. */
  compressed(path, content) {
    this.write(`${path}.gz`, gzipSync(content, { level: 9 }));
  }

  /** A file, or a directory with all that is in it for which `filter` is true. */
  copy(from, path, filter = () => true) {
    cpSync(from, this.path(path), { recursive: true, filter, verbatimSymlinks: true });
  }

  link(path, target) {
    symlinkSync(target, this.path(path));
  }

  /** Regular files, sorted, without a leading slash. */
  files() {
    return readdirSync(this.directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.directory.length + 1))
      .sort();
  }
}
