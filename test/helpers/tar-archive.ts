/** Hand-made tar archives, a sink in memory, and a tree in words. */
import { createHash } from 'node:crypto';
import { BLOCK_SIZE, encodeHeader, type HeaderFields } from '../../src/formats/tar/header.js';
import { formatPaxRecord } from '../../src/formats/tar/pax.js';
import { readTar, type TarReadOptions } from '../../src/formats/tar/read-archive.js';
import type { FileContent, FileSink, TarSink } from '../../src/formats/tar/sink.js';
import type { RegularFile, Tree } from '../../src/formats/tree/model.js';
import { primaryPaths, walk } from '../../src/formats/tree/walk.js';
import { ascii, type ByteString, fromBytes } from '../../src/util/bytes.js';
import { type Digest, objectPath } from '../../src/util/digest.js';

/** What a hand-made header differs in from an empty file `./f` of mode 0644. */
export type HeaderChanges = Partial<{ [K in keyof HeaderFields]: HeaderFields[K] | string }> & {
  /** Bytes written over the finished header at an offset, before the checksum is made. */
  readonly patch?: readonly (readonly [offset: number, text: string])[];
};

/** A member: its header and, padded, its content. The size is that of the content unless given. */
export function member(changes: HeaderChanges, content: string | Uint8Array = ''): Buffer {
  const { patch = [], ...fields } = changes;
  const body = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  const header = encodeHeader({
    name: './f' as ByteString,
    prefix: '' as ByteString,
    typeflag: '0',
    linkname: '' as ByteString,
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: body.length,
    mtime: 0,
    devmajor: 0,
    devminor: 0,
    ...(fields as Partial<HeaderFields>),
  });
  for (const [offset, text] of patch) header.write(text, offset, 'latin1');
  repairChecksum(header);
  return Buffer.concat([header, padded(body)]);
}

/** Content with zeros up to the next block. */
export function padded(content: Uint8Array): Buffer {
  const result = Buffer.alloc(Math.ceil(content.length / BLOCK_SIZE) * BLOCK_SIZE);
  result.set(content);
  return result;
}

/** Makes the checksum of a header block right. */
export function repairChecksum(block: Buffer): void {
  block.fill(0x20, 148, 156);
  const sum = block.subarray(0, BLOCK_SIZE).reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0`, 148, 'latin1');
}

/** A pax header with records. */
export function pax(records: readonly (readonly [string, string])[], typeflag = 'x'): Buffer {
  const text = records.map(([keyword, value]) => formatPaxRecord(keyword, value)).join('');
  return member({ typeflag, name: './PaxHeaders/f' }, text);
}

/** Members with the end marker. */
export function archive(...members: Uint8Array[]): Buffer {
  return Buffer.concat([...members, Buffer.alloc(2 * BLOCK_SIZE)]);
}

/** Bytes as a stream of chunks of `size`. */
export async function* chunksOf(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size)
    yield await Promise.resolve(bytes.subarray(start, start + size));
}

/** What a repository would keep of a file: up to 64 bytes themselves, else a digest (here plain SHA-256). */
export function contentOf(bytes: Uint8Array): FileContent {
  const digest = createHash('sha256').update(bytes).digest('hex') as Digest;
  if (bytes.length > 64) return { inline: undefined, digest, payload: ascii(objectPath(digest)) };
  const inline = bytes.length === 0 ? undefined : Buffer.from(bytes);
  return { inline, digest: undefined, payload: undefined };
}

/** Keeps all content in memory. */
export class MemorySink implements TarSink {
  /** Content of the files that are not inline, by digest. */
  readonly objects = new Map<string, Buffer>();
  aborted = 0;

  file(): FileSink {
    const chunks: Buffer[] = [];
    return {
      write: (chunk) => {
        chunks.push(Buffer.from(chunk));
      },
      finish: () => {
        const bytes = Buffer.concat(chunks);
        const content = contentOf(bytes);
        if (content.digest !== undefined) this.objects.set(content.digest, bytes);
        return Promise.resolve(content);
      },
      abort: () => {
        this.aborted++;
      },
    };
  }

  async *read(file: RegularFile): AsyncGenerator<Uint8Array> {
    yield* chunksOf(this.objects.get(file.digest ?? '') ?? Buffer.alloc(0), 700);
  }
}

/** Reads an archive into memory. */
export async function readArchive(
  bytes: Uint8Array,
  options: TarReadOptions = {},
): Promise<{ tree: Tree; sink: MemorySink }> {
  const sink = new MemorySink();
  return { tree: await readTar(chunksOf(bytes), sink, options), sink };
}

/** All bytes of a stream. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Everything a tree says, as plain values by path. */
export function outline(tree: Tree): Record<string, unknown> {
  const primaries = primaryPaths(tree);
  const result: Record<string, unknown> = {};
  for (const { path, entry } of walk(tree)) {
    if (entry.kind === 'link') {
      result[path] = `link to ${primaries.get(entry.target) ?? '?'}`;
      continue;
    }
    const { xattrs, ...rest } = entry;
    const values = {
      ...rest,
      children: undefined,
      xattrs: [...xattrs].sort(([a], [b]) => (a < b ? -1 : 1)),
    };
    if (entry.kind === 'file')
      Object.assign(values, { inline: entry.inline && fromBytes(entry.inline) });
    result[path] = values;
  }
  return result;
}
