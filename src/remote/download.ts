/**
 * Objects on their way: `tmp/pull-<remote>/<digest>`, with `.part` while they are not whole. What an interrupted pull left is
 * used by the next one, after its digest was computed anew.
 */
import fs from 'node:fs';
import { tryLock } from '../linux/lock.js';
import { objectFile, TMP_DIR } from '../repo/layout.js';
import { PULL_PREFIX } from '../repo/leftovers.js';
import type { Repository } from '../repo/repository.js';
import { hashContent, writeFully } from '../repo/work/read.js';
import type { Digest } from '../util/digest.js';
import { hasErrno, RootsealError } from '../util/errors.js';
import { withRetries } from './http.js';
import type { Transport } from './transport.js';

/** An object that is wanted: exactly so many bytes with this digest. */
export interface WantedObject {
  readonly digest: Digest;
  readonly size: number;
}

export class Downloads {
  readonly directory: string;
  private readonly repository: Repository;
  private fd: number | undefined;

  /** @throws {RootsealError} LOCKED when another process pulls from the same remote */
  constructor(repository: Repository, remote: string) {
    this.repository = repository;
    this.directory = repository.file(`${TMP_DIR}/${PULL_PREFIX}${remote}`);
    fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const fd = fs.openSync(this.directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    this.fd = fd;
    if (tryLock(fd, 'exclusive')) return;
    fs.closeSync(fd);
    throw new RootsealError('LOCKED', `another process is pulling from ${remote}`);
  }

  /** Lets others pull. With `done`, what is left is not needed any more. Once is enough. */
  close(done: boolean): void {
    if (this.fd === undefined) return;
    if (done) fs.rmSync(this.directory, { recursive: true, force: true });
    fs.closeSync(this.fd);
    this.fd = undefined;
  }

  /** Where an object lies when it is whole. */
  file(digest: Digest): string {
    return `${this.directory}/${digest}`;
  }

  /** Bytes of an object that are there already, whole or in part. */
  present({ digest, size }: WantedObject): number {
    for (const file of [this.file(digest), `${this.file(digest)}.part`]) {
      const found = fs.statSync(file, { throwIfNoEntry: false })?.size;
      if (found !== undefined) return Math.min(found, size);
    }
    return 0;
  }

  /**
   * Fetches an object, or what is missing of it. Afterwards it lies at `file`, and its digest is right.
   * @param onBytes told how many bytes came
   * @throws {RootsealError} OBJECT_NOT_FOUND, DIGEST_MISMATCH, NETWORK
   */
  async fetch(
    wanted: WantedObject,
    transport: Transport,
    options: {
      readonly signal?: AbortSignal | undefined;
      readonly onBytes: (count: number) => void;
    },
  ): Promise<void> {
    const { digest } = wanted;
    if (fs.existsSync(this.file(digest)) && this.isRight(this.file(digest), wanted)) return;
    const part = `${this.file(digest)}.part`;
    const isResumed = (fs.statSync(part, { throwIfNoEntry: false })?.size ?? 0) > 0;
    await withRetries(options.signal, () => this.receive(wanted, transport, options.onBytes));
    if (!this.isRight(part, wanted)) {
      fs.rmSync(part);
      // What was there before may have been what is wrong.
      if (isResumed) return this.fetch(wanted, transport, options);
      throw new RootsealError(
        'DIGEST_MISMATCH',
        `${transport.name}: object ${digest} has another content than its name says`,
        { details: { object: digest } },
      );
    }
    fs.renameSync(part, this.file(digest));
  }

  private isRight(file: string, { digest, size }: WantedObject): boolean {
    const fd = fs.openSync(file, 'r');
    try {
      if (fs.fstatSync(fd).size !== size) return false;
      return hashContent(fd, size, this.repository.algorithm).digest === digest;
    } finally {
      fs.closeSync(fd);
    }
  }

  /** Appends to the part what is missing. */
  private async receive(
    { digest, size }: WantedObject,
    transport: Transport,
    onBytes: (count: number) => void,
  ): Promise<void> {
    const fd = openPart(`${this.file(digest)}.part`);
    try {
      const have = fs.fstatSync(fd).size;
      if (have === size) return;
      const opened = await transport.open(objectFile(digest), have > size ? 0 : have);
      if (opened === undefined)
        throw new RootsealError('OBJECT_NOT_FOUND', `${transport.name} has no object ${digest}`, {
          details: { object: digest },
        });
      fs.ftruncateSync(fd, opened.offset);
      let position = opened.offset;
      for await (const chunk of opened.chunks) {
        if (position + chunk.length > size) throw wrongSize(transport, digest, size);
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
    } finally {
      fs.closeSync(fd);
    }
  }
}

function openPart(file: string): number {
  try {
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = fs.constants;
    return fs.openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  } catch (error) {
    if (hasErrno(error, 'ENOENT'))
      throw new RootsealError('FAILED', `${file} was removed while it was written`);
    throw error;
  }
}

function wrongSize(transport: Transport, digest: Digest, size: number): RootsealError {
  return new RootsealError(
    'DIGEST_MISMATCH',
    `${transport.name}: object ${digest} has more than its ${size} bytes`,
    { details: { object: digest } },
  );
}
