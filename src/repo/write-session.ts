/**
 * One writer's new objects, from their first byte to the moment when the repository has them.
 *
 * Contents are written to `tmp/<session>/objects/hh/<rest>`, flushed in bulk with one `syncfs`, and only then renamed
 * into `objects/`. So an object that has its name is whole on disk, and a later writer may rely on it, whatever moment
 * the power was cut at. Nothing that names an object is written before `publish` has ended.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { digestOf } from '../formats/fsverity/descriptor.js';
import { sizeOfRegularFile } from '../linux/regular-file.js';
import { removeTreeInSteps } from '../linux/remove.js';
import { syncfs } from '../linux/sync.js';
import { objectPath, type Digest, type HashAlgorithm } from '../util/digest.js';
import { withPauses } from '../util/pauses.js';
import { noProgress, type Progress } from '../util/progress.js';
import { stopPoint } from '../util/stop-point.js';
import { standsFor } from '../util/temporary-names.js';
import { OBJECTS_DIR, TMP_DIR } from './layout.js';
import type { Repository } from './repository.js';
import { Staging } from './staging.js';
import { enableOnStaging } from './object-verity.js';

/** Sessions' directories; whatever else lies in `tmp/` is a single small file. */
export const SESSION_PREFIX = 'session-';

/** Where a session's objects go: a repository, or a bare directory of objects as `mkcomposefs --digest-store` makes. */
export interface ObjectTarget {
  readonly algorithm: HashAlgorithm;
  /** Absolute path of the directory that holds `hh/rest`. */
  readonly objectsDir: string;
  /** Absolute path of an existing directory on the same file system. */
  readonly tmpDir: string;
}

export class WriteSession {
  /** Absolute path of a directory for files whose digest is not known yet. */
  readonly directory: string;
  readonly target: ObjectTarget;
  /** Objects that are written but not published. */
  readonly staging: Staging;

  private constructor(target: ObjectTarget, directory: string) {
    this.target = target;
    this.directory = directory;
    this.staging = new Staging(path.join(directory, OBJECTS_DIR));
    fs.mkdirSync(this.staging.directory, { mode: 0o700 });
  }

  static begin(target: ObjectTarget): WriteSession {
    const name = `${SESSION_PREFIX}${process.pid}-${randomBytes(6).toString('hex')}`;
    const directory = standsFor(path.join(target.tmpDir, name), target.objectsDir);
    fs.mkdirSync(directory, { mode: 0o700 });
    return new WriteSession(target, directory);
  }

  static inRepository(repository: Repository): WriteSession {
    repository.requireWritable();
    const { algorithm } = repository;
    return WriteSession.begin({
      algorithm,
      objectsDir: repository.file(OBJECTS_DIR),
      tmpDir: repository.file(TMP_DIR),
    });
  }

  /** Adds content that is in memory. */
  addBytes(content: Uint8Array): { digest: Digest; isNew: boolean } {
    const digest = digestOf(content, this.target.algorithm);
    if (this.has(digest, content.length)) return { digest, isNew: false };
    const fd = fs.openSync(this.staging.place(digest), 'w', 0o644);
    try {
      fs.writeFileSync(fd, content);
      fs.fchmodSync(fd, 0o644);
    } finally {
      fs.closeSync(fd);
    }
    return { digest, isNew: true };
  }

  /** Adds content in place of an object of the same name, damaged or not. `digest` is what the content hashes to. */
  replace(file: string, digest: Digest): void {
    fs.chmodSync(file, 0o644);
    fs.renameSync(file, this.staging.place(digest));
  }

  /** Takes over a finished file of this session's directory whose digest is known. */
  adopt(file: string, digest: Digest, size: number): { isNew: boolean } {
    fs.chmodSync(file, 0o644);
    if (this.has(digest, size)) {
      fs.rmSync(file);
      return { isNew: false };
    }
    fs.renameSync(file, this.staging.place(digest));
    return { isNew: true };
  }

  /** Whether the repository or this session holds the object. One of another size or kind is damaged and does not count. */
  has(digest: Digest, size: number): boolean {
    const candidates = [this.staging.file(digest), this.objectFile(digest)];
    return candidates.some((file) => sizeOfRegularFile(file) === size);
  }

  /** Makes all new objects durable, then visible under their names. */
  async publish(progress: Progress = noProgress): Promise<void> {
    stopPoint('objects-staged');
    if (!this.staging.isEmpty()) {
      progress({ task: 'publish', done: 0, unit: 'objects' });
      await this.flush();
    }
    await enableOnStaging(this.target.algorithm, this.staging, progress);
    stopPoint('objects-flushed');
    this.staging.moveTo(this.target.objectsDir);
    stopPoint('objects-named');
    // Also when all objects were there: whoever named them may have been killed before this flush, or not be there yet.
    await this.flush();
    fs.rmdirSync(this.directory);
    stopPoint('session-published');
  }

  /** Throws the session's files away. */
  async abandon(): Promise<void> {
    await withPauses(removeTreeInSteps(this.directory), undefined);
  }

  /** `abandon` where nothing can be waited for any more. */
  abandonAtOnce(): void {
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  private objectFile(digest: Digest): string {
    return `${this.target.objectsDir}/${objectPath(digest)}`;
  }

  /** Flushes what was written so far; `publish` then has little left to wait for. */
  async flush(): Promise<void> {
    const fd = fs.openSync(this.directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    try {
      await syncfs(fd);
    } finally {
      fs.closeSync(fd);
    }
  }
}
