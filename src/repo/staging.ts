/**
 * Where a write session keeps finished objects until it publishes them: `hh/<rest>`, as in `objects/`.
 *
 * 256 directories, because threads that make files in one directory wait for each other, and because a whole `hh` can
 * be published with one rename.
 */
import fs from 'node:fs';
import { objectPath, type Digest } from '../util/digest.js';
import { hasErrno } from '../util/errors.js';
import { stopPoint } from '../util/stop-point.js';

/** A directory of `hh/<rest>` files. */
export class Staging {
  /** Absolute path. */
  readonly directory: string;
  private readonly made = new Set<string>();

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Absolute path for a new object, in a directory that exists. */
  place(digest: Digest): string {
    const prefix = digest.slice(0, 2);
    if (!this.made.has(prefix)) makeDirectory(`${this.directory}/${prefix}`);
    this.made.add(prefix);
    return this.file(digest);
  }

  /** Absolute path of an object that may be there. */
  file(digest: Digest): string {
    return `${this.directory}/${objectPath(digest)}`;
  }

  isEmpty(): boolean {
    return fs.readdirSync(this.directory).length === 0;
  }

  /** All objects that are there. */
  list(): Digest[] {
    return fs
      .readdirSync(this.directory)
      .sort()
      .flatMap((prefix) => this.names(prefix).map((name) => `${prefix}${name}` as Digest));
  }

  /** Renames everything into another directory of the same form, and removes what is then empty. */
  moveTo(target: string): void {
    for (const prefix of fs.readdirSync(this.directory)) {
      if (!moveWhole(`${this.directory}/${prefix}`, `${target}/${prefix}`))
        this.moveEach(prefix, target);
      stopPoint('objects-moved');
    }
    fs.rmdirSync(this.directory);
  }

  private moveEach(prefix: string, target: string): void {
    for (const name of this.names(prefix)) {
      fs.renameSync(`${this.directory}/${prefix}/${name}`, `${target}/${prefix}/${name}`);
    }
    fs.rmdirSync(`${this.directory}/${prefix}`);
  }

  private names(prefix: string): string[] {
    return fs.readdirSync(`${this.directory}/${prefix}`).sort();
  }
}

/** False when the target has objects already, whoever made it meanwhile. */
function moveWhole(from: string, to: string): boolean {
  if (fs.existsSync(to)) return false;
  try {
    fs.renameSync(from, to);
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOTEMPTY') || hasErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

function makeDirectory(directory: string): void {
  try {
    fs.mkdirSync(directory, 0o755);
    // The umask must not decide who can read objects.
    fs.chmodSync(directory, 0o755);
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw error;
  }
}
