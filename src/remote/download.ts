/**
 * Objects on their way: `tmp/pull-<remote>/<digest>`, with `.part` while they are not whole. What an interrupted pull left is
 * used by the next one, after its digest was computed again (docs/formats/repository.md, "Pulling").
 */
import fs from 'node:fs';
import { makeDirectories } from '../linux/make-directories.js';
import { tryLock } from '../linux/lock.js';
import { openRegularFile, sizeOfRegularFile } from '../linux/regular-file.js';
import { objectFile, OBJECTS_DIR, TMP_DIR } from '../repo/layout.js';
import { PULL_PREFIX } from '../repo/leftovers.js';
import type { Repository } from '../repo/repository.js';
import { SESSION_PREFIX, WriteSession } from '../repo/write-session.js';
import { Staging } from '../repo/staging.js';
import { hashContent, writeFully } from '../repo/work/read-content.js';
import type { Digest } from '../util/digest.js';
import { hasErrno, RootsealError } from '../util/errors.js';
import { withPauses } from '../util/pauses.js';
import { stopPoint } from '../util/stop-point.js';
import { withRetries } from './retry.js';
import type { OpenedFile, Transport } from './transport.js';

/** An object that is wanted: exactly so many bytes with this digest. */
export interface WantedObject {
  readonly digest: Digest;
  readonly size: number;
}

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes came. */
  readonly onBytes: (count: number) => void;
}

export class Downloads {
  readonly directory: string;
  private readonly repository: Repository;
  private fd: number | undefined;

  /** @throws {RootsealError} LOCKED when another process pulls from the same remote */
  constructor(repository: Repository, remote: string) {
    this.repository = repository;
    this.directory = repository.file(`${TMP_DIR}/${PULL_PREFIX}${remote}`);
    this.fd = lockDirectory(this.directory);
    if (this.fd === undefined)
      throw new RootsealError('LOCKED', `another process is pulling from ${remote}`);
    this.takeBack();
  }

  /** Lets others pull. With `done`, what is left is not needed any more. Once is enough. */
  close(done: boolean): void {
    if (this.fd === undefined) return;
    if (done) fs.rmSync(this.directory, { recursive: true, force: true });
    else if (fs.readdirSync(this.directory).length === 0) fs.rmdirSync(this.directory);
    fs.closeSync(this.fd);
    this.fd = undefined;
  }

  /** A session for what has come. Killed in its middle, it loses nothing: the next pull takes the objects back. */
  beginSession(): WriteSession {
    return WriteSession.begin({
      algorithm: this.repository.algorithm,
      objectsDir: this.repository.file(OBJECTS_DIR),
      tmpDir: this.directory,
    });
  }

  private takeBack(): void {
    for (const name of fs.readdirSync(this.directory)) {
      if (!name.startsWith(SESSION_PREFIX)) continue;
      const session = `${this.directory}/${name}`;
      const staging = new Staging(`${session}/${OBJECTS_DIR}`);
      if (fs.existsSync(staging.directory))
        for (const digest of staging.list()) fs.renameSync(staging.file(digest), this.file(digest));
      fs.rmSync(session, { recursive: true });
    }
  }

  /** Where an object lies when it is whole. */
  file(digest: Digest): string {
    return `${this.directory}/${digest}`;
  }

  /** Bytes of an object that are there already, whole or in part. */
  present({ digest, size }: WantedObject): number {
    for (const file of [this.file(digest), `${this.file(digest)}.part`]) {
      const found = sizeOfRegularFile(file);
      if (found !== undefined) return Math.min(found, size);
    }
    return 0;
  }

  /**
   * Fetches an object, or what is missing of it. Afterwards it lies at `file`, and its digest is right.
   * @throws {RootsealError} OBJECT_NOT_FOUND, DIGEST_MISMATCH, NETWORK
   */
  async fetch(wanted: WantedObject, transport: Transport, options: FetchOptions): Promise<void> {
    const { digest } = wanted;
    const file = this.file(digest);
    const part = `${file}.part`;
    if (fs.existsSync(file)) {
      if (await this.isRight(file, wanted, options.signal)) return;
      fs.rmSync(file, { recursive: true });
    }
    // What was there before may be what is wrong.
    const isResumed = (sizeOfRegularFile(part) ?? 0) > 0;
    const isRight =
      (await this.fetchPart(wanted, transport, options)) ||
      (isResumed && (await this.fetchPart(wanted, transport, options)));
    if (!isRight) throw mismatch(transport, digest, 'has another content than its name says');
    fs.renameSync(part, file);
    stopPoint('object-fetched');
  }

  /** Fetches what is missing of the part; false when that is wrong as a whole, and gone then. */
  private async fetchPart(
    wanted: WantedObject,
    transport: Transport,
    { signal, onBytes }: FetchOptions,
  ): Promise<boolean> {
    const part = `${this.file(wanted.digest)}.part`;
    const sizeOfPart = () => sizeOfRegularFile(part) ?? 0;
    let farthest = sizeOfPart();
    // A server without ranges that breaks off each time starts again each time: that is not progress.
    const hasProgressed = () => {
      const before = farthest;
      farthest = Math.max(before, sizeOfPart());
      return farthest > before;
    };
    const { backOff, say } = transport;
    await withRetries({ backOff, hasProgressed, say, signal }, () =>
      this.receive(wanted, transport, onBytes),
    );
    if (await this.isRight(part, wanted, signal)) return true;
    fs.rmSync(part);
    return false;
  }

  private async isRight(
    file: string,
    { digest, size }: WantedObject,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const opened = openRegularFile(file);
    if (opened === undefined) return false;
    try {
      if (opened.size !== size) return false;
      const content = hashContent(opened.fd, size, this.repository.algorithm);
      return (await withPauses(content, signal)).digest === digest;
    } finally {
      fs.closeSync(opened.fd);
    }
  }

  /** Appends to the part what is missing. */
  private async receive(
    wanted: WantedObject,
    transport: Transport,
    onBytes: (count: number) => void,
  ): Promise<void> {
    const { digest, size } = wanted;
    const fd = openPart(`${this.file(digest)}.part`);
    try {
      const have = fs.fstatSync(fd).size;
      if (have === size) return;
      const opened = await transport.open(objectFile(digest), have > size ? 0 : have);
      if (opened === undefined)
        throw new RootsealError('OBJECT_NOT_FOUND', `${transport.name} has no object ${digest}`, {
          details: { object: digest },
        });
      try {
        await append(fd, opened, { wanted, transport, onBytes });
      } finally {
        opened.close();
      }
    } finally {
      fs.closeSync(fd);
    }
  }
}

/** How often somebody else may remove a directory between its making and its locking. */
const LOCK_ATTEMPTS = 16;

/** Makes the directory if need be, and locks it. Undefined when somebody else has it. */
function lockDirectory(directory: string): number | undefined {
  for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
    makeDirectories(directory, 0o700);
    const fd = fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    if (!tryLock(fd, 'exclusive')) {
      fs.closeSync(fd);
      return undefined;
    }
    const named = fs.statSync(directory, { throwIfNoEntry: false });
    if (named?.ino === fs.fstatSync(fd).ino) return fd;
    // Whoever had it has just removed it.
    fs.closeSync(fd);
  }
  return undefined;
}

interface Arrival {
  readonly wanted: WantedObject;
  readonly transport: Transport;
  readonly onBytes: (count: number) => void;
}

/** Writes what comes. A wrong size is found before the first byte, where the other side says the size. */
async function append(
  fd: number,
  opened: OpenedFile,
  { wanted: { digest, size }, transport, onBytes }: Arrival,
): Promise<void> {
  if (opened.size !== undefined && opened.size !== size)
    throw mismatch(transport, digest, `has ${opened.size} bytes, and not ${size}`, {
      expected: size,
      found: opened.size,
    });
  fs.ftruncateSync(fd, opened.offset);
  let position = opened.offset;
  for await (const chunk of opened.chunks) {
    if (position + chunk.length > size)
      throw mismatch(transport, digest, `has more than its ${size} bytes`);
    writeFully(fd, chunk, position);
    position += chunk.length;
    onBytes(chunk.length);
  }
  if (position < size)
    throw new RootsealError(
      'NETWORK',
      `${transport.name}: object ${digest} ended after ${position} of ${size} bytes`,
      { details: { object: digest } },
    );
}

function openPart(file: string): number {
  try {
    const { O_RDWR, O_CREAT } = fs.constants;
    const opened = openRegularFile(file, O_RDWR | O_CREAT, 0o600);
    if (opened !== undefined) return opened.fd;
    throw new RootsealError('FAILED', `${file} is not a regular file`);
  } catch (error) {
    if (hasErrno(error, 'ENOENT'))
      throw new RootsealError('FAILED', `${file} was removed while it was written`);
    throw error;
  }
}

function mismatch(
  transport: Transport,
  digest: Digest,
  what: string,
  sizes: { readonly expected?: number; readonly found?: number } = {},
): RootsealError {
  return new RootsealError('DIGEST_MISMATCH', `${transport.name}: object ${digest} ${what}`, {
    details: { object: digest, ...sizes },
  });
}
