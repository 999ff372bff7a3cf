/** Stores, or only hashes, the contents of a tar while it streams by. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileDigest } from '../../formats/fsverity/descriptor.js';
import { MerkleHasher } from '../../formats/fsverity/merkle.js';
import type { FileContent, FileSink, TarSink } from '../../formats/tar/sink.js';
import { ascii } from '../../util/bytes.js';
import { objectPath, type HashAlgorithm } from '../../util/digest.js';
import type { Progress } from '../../util/progress.js';
import { INLINE_CONTENT_MAX } from '../inline.js';
import type { WriteSession } from '../write-session.js';
import { writeFully } from '../work/read-content.js';
import type { IngestTotals } from './ingest.js';

/** Contents up to this size are collected in memory before they are written: most are, and many are there already. */
const MEMORY_MAX = 1 << 20;

export class ContentTarSink implements TarSink {
  readonly totals: IngestTotals = { newBytes: 0, newObjects: 0, sharedBytes: 0 };
  private readonly algorithm: HashAlgorithm;
  private readonly session: WriteSession | undefined;
  private readonly progress: Progress;
  private done = 0;

  /** @param session undefined when contents are only hashed */
  constructor(algorithm: HashAlgorithm, session: WriteSession | undefined, progress: Progress) {
    this.algorithm = algorithm;
    this.session = session;
    this.progress = progress;
  }

  file(size: number): FileSink {
    const finish = (content: FileContent, isNew: boolean): FileContent => {
      this.count(size, content, isNew);
      return content;
    };
    if (size <= INLINE_CONTENT_MAX)
      return new MemorySink(size, (bytes) => finish(inlineContent(bytes), false));
    const { session } = this;
    const hash = (): SparseSink =>
      new HashSink(this.algorithm, (content) => finish(content, false));
    if (size > MEMORY_MAX) {
      const sink = session === undefined ? hash() : new StreamSink(session, size, finish);
      return new CountedSink(sink, (bytes) => {
        this.advance(bytes);
      });
    }
    if (session === undefined) return hash();
    return new MemorySink(size, (bytes) => {
      const { digest, isNew } = session.addBytes(bytes);
      return finish(externalContent(digest), isNew);
    });
  }

  private count(size: number, content: FileContent, isNew: boolean): void {
    // Of larger files, each chunk was told.
    if (size <= MEMORY_MAX) this.advance(size);
    if (isNew) {
      this.totals.newBytes += size;
      this.totals.newObjects++;
    } else if (content.digest !== undefined) this.totals.sharedBytes += size;
  }

  private advance(bytes: number): void {
    this.done += bytes;
    this.progress({ task: 'ingest', done: this.done, unit: 'bytes' });
  }
}

function inlineContent(bytes: Uint8Array): FileContent {
  return { inline: bytes.length === 0 ? undefined : bytes, digest: undefined, payload: undefined };
}

function externalContent(digest: ReturnType<typeof fileDigest>): FileContent {
  return { inline: undefined, digest, payload: ascii(objectPath(digest)) };
}

/** One that is told of zeros without getting them. */
type SparseSink = FileSink & Required<Pick<FileSink, 'zeros'>>;

/** Tells of each chunk. */
class CountedSink implements FileSink {
  private readonly sink: SparseSink;
  private readonly onBytes: (bytes: number) => void;

  constructor(sink: SparseSink, onBytes: (bytes: number) => void) {
    this.sink = sink;
    this.onBytes = onBytes;
  }

  write(chunk: Uint8Array): void | Promise<void> {
    this.onBytes(chunk.length);
    return this.sink.write(chunk);
  }

  zeros(length: number): void | Promise<void> {
    this.onBytes(length);
    return this.sink.zeros(length);
  }

  finish(): Promise<FileContent> {
    return this.sink.finish();
  }

  abort(): void | Promise<void> {
    return this.sink.abort();
  }
}

class MemorySink implements FileSink {
  private readonly bytes: Buffer;
  private readonly done: (bytes: Uint8Array) => FileContent;
  private fill = 0;

  constructor(size: number, done: (bytes: Uint8Array) => FileContent) {
    this.bytes = Buffer.alloc(size);
    this.done = done;
  }

  write(chunk: Uint8Array): void {
    this.bytes.set(chunk, this.fill);
    this.fill += chunk.length;
  }

  zeros(length: number): void {
    this.fill += length;
  }

  finish(): Promise<FileContent> {
    return Promise.resolve(this.done(this.bytes));
  }

  abort(): void {
    this.fill = 0;
  }
}

class HashSink implements FileSink {
  private readonly algorithm: HashAlgorithm;
  private readonly hasher: MerkleHasher;
  private readonly done: (content: FileContent) => FileContent;

  constructor(algorithm: HashAlgorithm, done: (content: FileContent) => FileContent) {
    this.algorithm = algorithm;
    this.hasher = new MerkleHasher(algorithm);
    this.done = done;
  }

  write(chunk: Uint8Array): void {
    this.hasher.update(chunk);
  }

  zeros(length: number): void {
    this.hasher.updateZeros(length);
  }

  finish(): Promise<FileContent> {
    return Promise.resolve(
      this.done(externalContent(fileDigest(this.algorithm, this.hasher.finish()))),
    );
  }

  abort(): void {
    this.hasher.finish();
  }
}

/** Writes to a temporary file of the session while hashing; holes stay holes. */
class StreamSink implements FileSink {
  private readonly session: WriteSession;
  private readonly size: number;
  private readonly hasher: MerkleHasher;
  private readonly done: (content: FileContent, isNew: boolean) => FileContent;
  private readonly file: string;
  private readonly fd: number;
  private position = 0;

  constructor(
    session: WriteSession,
    size: number,
    done: (content: FileContent, isNew: boolean) => FileContent,
  ) {
    this.session = session;
    this.size = size;
    this.done = done;
    this.hasher = new MerkleHasher(session.target.algorithm);
    this.file = path.join(session.directory, `stream-${randomBytes(8).toString('hex')}`);
    this.fd = fs.openSync(this.file, 'wx', 0o644);
  }

  write(chunk: Uint8Array): void {
    this.hasher.update(chunk);
    writeFully(this.fd, chunk, this.position);
    this.position += chunk.length;
  }

  zeros(length: number): void {
    this.hasher.updateZeros(length);
    this.position += length;
  }

  finish(): Promise<FileContent> {
    fs.ftruncateSync(this.fd, this.size);
    fs.closeSync(this.fd);
    const digest = fileDigest(this.session.target.algorithm, this.hasher.finish());
    const { isNew } = this.session.adopt(this.file, digest, this.size);
    return Promise.resolve(this.done(externalContent(digest), isNew));
  }

  abort(): void {
    fs.closeSync(this.fd);
    fs.rmSync(this.file, { force: true });
  }
}
