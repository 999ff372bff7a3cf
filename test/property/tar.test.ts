import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readTar } from '../../src/formats/tar/read-archive.js';
import type { TarSink } from '../../src/formats/tar/sink.js';
import { writeTar } from '../../src/formats/tar/write-archive.js';
import { canonicalize } from '../../src/formats/tree/canonical.js';
import type { Directory, Entry, Leaf, Stat, Tree } from '../../src/formats/tree/model.js';
import { nameProblem } from '../../src/formats/tree/names.js';
import { ascii, type ByteString, fromBytes } from '../../src/util/bytes.js';
import { FormatError } from '../../src/util/errors.js';
import {
  archive,
  chunksOf,
  collect,
  contentOf,
  member,
  MemorySink,
  outline,
  pax,
  readArchive,
  repairChecksum,
} from '../helpers/tar-archive.js';

const byteString = (minLength: number, maxLength: number): fc.Arbitrary<ByteString> =>
  fc.uint8Array({ minLength, maxLength }).map(fromBytes);
const withoutNul = (minLength: number, maxLength: number): fc.Arbitrary<ByteString> =>
  fc
    .array(fc.integer({ min: 1, max: 255 }), { minLength, maxLength })
    .map((bytes) => fromBytes(Uint8Array.from(bytes)));
const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'PaxHeaders', '...').map(ascii) },
  withoutNul(1, 12).filter((text) => nameProblem(text) === undefined),
  fc.integer({ min: 90, max: 255 }).map((length) => ascii('n'.repeat(length))),
);
const u32 = fc.oneof(fc.nat(3), fc.nat(0xffffffff));
const stat: fc.Arbitrary<Stat> = fc.record({
  mode: fc.nat(0o7777),
  uid: u32,
  gid: u32,
  nlink: fc.constant(1),
  mtimeSec: fc.oneof(
    fc.nat(),
    fc.maxSafeInteger().map((sec) => Math.max(sec, -(2 ** 52))),
  ),
  mtimeNsec: fc.oneof(fc.constant(0), fc.nat(999_999_999)),
  xattrs: fc
    .array(fc.tuple(withoutNul(1, 20), byteString(0, 40)), { maxLength: 3 })
    .map((pairs) => new Map(pairs)),
});
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc.integer({ min: 0, max: 1500 }).map((length) => Buffer.alloc(length, 'z')),
);

interface Spec {
  readonly path: readonly ByteString[];
  readonly stat: Stat;
  readonly kind: 'directory' | 'file' | 'symlink' | 'char' | 'block' | 'fifo' | 'link';
  readonly content: Uint8Array;
  readonly target: ByteString;
  readonly number: number;
}

const spec: fc.Arbitrary<Spec> = fc.record({
  path: fc.array(name, { minLength: 1, maxLength: 4 }),
  stat,
  kind: fc.constantFrom('directory', 'file', 'file', 'symlink', 'char', 'block', 'fifo', 'link'),
  content: bytes,
  target: fc.oneof(withoutNul(1, 30), withoutNul(95, 200)),
  number: fc.nat(0xffffffff),
});

function leafOf({ kind, stat, content, target, number }: Spec): Leaf {
  if (kind === 'symlink') return { kind, ...stat, target };
  if (kind === 'char' || kind === 'block') return { kind, ...stat, rdev: number, size: 0 };
  if (kind === 'fifo') return { kind, ...stat, size: 0 };
  return { kind: 'file', ...stat, size: content.length, ...contentOf(content) };
}

/** A tree of the specs that have a place: later ones never replace earlier ones. */
function build(rootStat: Stat, specs: readonly Spec[], sink: MemorySink): Tree {
  const root: Directory = { kind: 'directory', ...rootStat, children: new Map() };
  const leaves: Leaf[] = [];
  for (const item of specs) {
    let directory: Directory | undefined = root;
    for (const part of item.path.slice(0, -1)) {
      const next: Entry = directory.children.get(part) ?? {
        kind: 'directory',
        ...item.stat,
        children: new Map(),
      };
      if (next.kind !== 'directory') directory = undefined;
      if (directory === undefined || next.kind !== 'directory') break;
      directory.children.set(part, next);
      directory = next;
    }
    const last = item.path.at(-1);
    if (directory === undefined || last === undefined || directory.children.has(last)) continue;
    const target = leaves[item.number % Math.max(1, leaves.length)];
    if (item.kind === 'directory')
      directory.children.set(last, { kind: 'directory', ...item.stat, children: new Map() });
    else if (item.kind === 'link' && target !== undefined)
      directory.children.set(last, { kind: 'link', target });
    else {
      const leaf = leafOf(item);
      leaves.push(leaf);
      directory.children.set(last, leaf);
      if (leaf.kind === 'file' && leaf.digest !== undefined)
        sink.objects.set(leaf.digest, Buffer.from(item.content));
    }
  }
  return { root };
}

test('a tree written as a tar reads back as its canonical form', async () => {
  await fc.assert(
    fc.asyncProperty(
      stat,
      fc.array(spec, { maxLength: 12 }),
      fc.integer({ min: 1, max: 3000 }),
      async (rootStat, specs, chunkSize) => {
        const sink = new MemorySink();
        const tree = build(rootStat, specs, sink);
        const tar = await collect(writeTar(tree, (file) => sink.read(file)));
        const read = await readTar(chunksOf(tar, chunkSize), new MemorySink());
        canonicalize(tree);
        assert.deepEqual(outline(read), outline(tree));
        const again = await collect(writeTar(read, (file) => sink.read(file)));
        const fromCanonical = await collect(writeTar(tree, (file) => sink.read(file)));
        assert.ok(again.equals(fromCanonical), 'the same tree gives the same bytes');
      },
    ),
    { seed: 1, numRuns: 150 },
  );
});

/** An archive with every kind of header, and where its headers are. */
function specimen(): { bytes: Buffer; headers: number[] } {
  const octal = (value: number) => `${value.toString(8).padStart(11, '0')}\0`;
  const sparse = [octal(5), octal(2), octal(2000), octal(0)].join('');
  const map = Buffer.alloc(512);
  map.write('2\n5\n2\n2000\n0\n');
  const members = [
    member({ name: './', typeflag: '5' }),
    pax([['mtime', '1.5']], 'g'),
    pax([
      ['path', './p'],
      ['SCHILY.xattr.user.a', '\n\0'],
      ['SCHILY.acl.access', 'user::rw-,user:7:r--:7,group::---,mask::r--,other::r--'],
      ['SCHILY.acl.default', 'user::rw-\nuser:root:r--\ngroup::---\nmask::r--\nother::r--'],
      ['LIBARCHIVE.xattr.user.%62', 'AAAA'],
    ]),
    member({ name: './f' }, 'content'.repeat(100)),
    member({ name: './h', typeflag: '1', linkname: './p' }),
    member({ name: './s', typeflag: '2', linkname: 'target' }),
    member({ name: './c', typeflag: '3', devmajor: 1, devminor: 3 }),
    member({ typeflag: 'L' }, 'd/long\0'),
    member({ typeflag: 'K' }, './h\0'),
    member({ typeflag: '1' }),
    pax([
      ['GNU.sparse.size', '2000'],
      ['GNU.sparse.map', '5,2,2000,0'],
    ]),
    member({ name: './v01' }, 'ab'),
    pax([
      ['GNU.sparse.major', '1'],
      ['GNU.sparse.minor', '0'],
      ['GNU.sparse.realsize', '2000'],
    ]),
    member({ name: './v10' }, Buffer.concat([map, Buffer.from('ab')])),
    member(
      {
        name: './S',
        typeflag: 'S',
        patch: [
          [257, 'ustar  \0'],
          [386, sparse],
          [483, octal(2000)],
        ],
      },
      'ab',
    ),
  ];
  const headers: number[] = [];
  let offset = 0;
  for (const part of members) {
    headers.push(offset);
    offset += part.length;
  }
  return { bytes: archive(...members), headers };
}

const counting: TarSink = {
  file: () => ({
    write: () => undefined,
    zeros: () => undefined,
    finish: () => Promise.resolve({ inline: undefined, digest: undefined, payload: undefined }),
    abort: () => undefined,
  }),
};

test('a damaged archive gives a tree or a FormatError and nothing else', async () => {
  const { bytes, headers } = specimen();
  await readArchive(bytes);
  const change = fc.record({
    at: fc.nat(bytes.length - 1),
    value: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x2f, 0x30, 0x37, 0x39, 0x80, 0xff)),
    repair: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.option(fc.nat(bytes.length), { freq: 10 }),
      async (changes, cut) => {
        const damaged = Buffer.from(bytes);
        for (const { at, value, repair } of changes) {
          damaged[at] = value;
          const header = headers.find((start) => at >= start && at < start + 512);
          if (repair && header !== undefined)
            repairChecksum(damaged.subarray(header, header + 512));
        }
        try {
          await readTar(chunksOf(damaged.subarray(0, cut ?? undefined)), counting);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      },
    ),
    { seed: 2, numRuns: 3000 },
  );
});
