/** Random trees for property tests: odd names, every kind of inode, hard links, whiteouts, inline content. */
import fc from 'fast-check';
import type { Directory, Entry, Inode, Leaf, Stat, Tree } from '../../src/formats/tree/model.js';
import { nameProblem, symlinkProblem } from '../../src/formats/tree/names.js';
import { ascii, fromBytes, type ByteString } from '../../src/util/bytes.js';
import { objectPath, type Digest } from '../../src/util/digest.js';

/** Byte strings of 1 to `maxLength` bytes: mostly words, often odd bytes. */
export function byteString(maxLength: number): fc.Arbitrary<ByteString> {
  const word = fc.stringMatching(/^[a-z0-9._-]{1,12}$/).map(ascii);
  const special = [0x20, 0x3d, 0x5c, 0x2d, 0x0a, 0x0d, 0x09, 0x7f, 0x80, 0xff, 0x01, 0x40];
  const byte = fc.oneof(fc.constantFrom(...special), fc.integer({ min: 1, max: 255 }));
  const odd = fc.array(byte, { minLength: 1, maxLength: Math.min(maxLength, 20) });
  const long = fc
    .record({ byte, length: fc.integer({ min: 1, max: maxLength }) })
    .map(({ byte, length }) => fromBytes(Buffer.alloc(length, byte)));
  return fc.oneof(
    { weight: 4, arbitrary: word },
    { weight: 3, arbitrary: odd.map((bytes) => fromBytes(Uint8Array.from(bytes))) },
    { weight: 1, arbitrary: long },
  );
}

const name = fc.oneof(
  // Names that image writers give their own meaning to.
  { weight: 1, arbitrary: fc.constantFrom('00', 'ff', '.wh.x').map(ascii) },
  {
    weight: 8,
    arbitrary: byteString(255).filter((text) => nameProblem(text) === undefined),
  },
);
const target = byteString(4095).filter((text) => symlinkProblem(text) === undefined);

const xattrKey = fc.oneof(
  fc
    .constantFrom(
      'security.selinux',
      'security.capability',
      'user.mime_type',
      'user.overlay.opaque',
      'trusted.overlay.opaque',
      'trusted.overlay.redirect',
      'trusted.overlay.metacopy',
      'trusted.overlay.overlay.opaque',
      'system.posix_acl_access',
      'system.posix_acl_default',
      'lustre.lov',
    )
    .map(ascii),
  byteString(100).map((suffix) => `user.${suffix}` as ByteString),
  byteString(255).filter((key) => !/\boverlay\b/.test(key)),
);
const xattrValue = fc.oneof(
  fc.constantFrom('', '-', 'system_u:object_r:usr_t:s0\0').map(ascii),
  fc.uint8Array({ maxLength: 24 }).map(fromBytes),
);
const xattrs = fc.oneof(
  { weight: 2, arbitrary: fc.constant(new Map<ByteString, ByteString>()) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.tuple(xattrKey, xattrValue), { maxLength: 4 })
      .map((pairs) => new Map(pairs)),
  },
);

const u32 = fc.oneof(fc.constantFrom(0, 1, 1000, 65535, 65536, 0xffffffff), fc.nat(0x7fffffff));
const size = fc.oneof(
  fc.constantFrom(1, 64, 65, 4095, 4096, 4097, 2 ** 32, Number.MAX_SAFE_INTEGER),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
);

const stat: fc.Arbitrary<Stat> = fc.record({
  mode: fc.oneof(fc.constantFrom(0o644, 0o755, 0o4755, 0o1777), fc.nat(0o7777)),
  uid: u32,
  gid: u32,
  nlink: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: u32 }),
  mtimeSec: fc.oneof(
    fc.constantFrom(0, 1700000000, -1, 2 ** 33),
    fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  ),
  mtimeNsec: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: nsec() }),
  xattrs,
});

function nsec(): fc.Arbitrary<number> {
  return fc.nat(999_999_999);
}

const digest = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex') as Digest);

const inlineBytes = fc
  .record({
    length: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 5000 })),
    seed: fc.nat(255),
  })
  .map(({ length, seed }) => Uint8Array.from({ length }, (_, i) => (seed + i * i * 7) & 0xff));

const NO_CONTENT = { inline: undefined, digest: undefined, payload: undefined };

const content = fc.oneof(
  fc.constant({ size: 0, ...NO_CONTENT }),
  inlineBytes.map((inline) => ({ ...NO_CONTENT, size: inline.length, inline })),
  fc.tuple(size, digest).map(([size, digest]) => ({
    ...NO_CONTENT,
    size,
    digest,
    payload: objectPath(digest) as ByteString,
  })),
  fc.tuple(size, byteString(300)).map(([size, payload]) => ({ ...NO_CONTENT, size, payload })),
  size.map((size) => ({ ...NO_CONTENT, size })),
);

const deviceSize = fc.constantFrom(0, 0, 0, 7);
const rdev = fc.oneof(fc.constant(0), u32);

const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(stat, content)
      .map(([stat, content]): Leaf => ({ kind: 'file', ...stat, ...content })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(stat, target)
      .map(([stat, target]): Leaf => ({ kind: 'symlink', ...stat, target })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('char' as const, 'block' as const), stat, rdev, deviceSize)
      .map(([kind, stat, rdev, size]): Leaf => ({ kind, ...stat, rdev, size })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('fifo' as const, 'socket' as const), stat, deviceSize)
      .map(([kind, stat, size]): Leaf => ({ kind, ...stat, size })),
  },
);

const directory = stat.map((stat): Directory => ({
  kind: 'directory',
  ...stat,
  children: new Map(),
}));

type Step =
  | { readonly parent: number; readonly name: ByteString; readonly inode: Inode }
  | { readonly parent: number; readonly name: ByteString; readonly linkTo: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ parent: fc.nat(), name, inode: directory }) },
  { weight: 6, arbitrary: fc.record({ parent: fc.nat(), name, inode: leaf }) },
  { weight: 2, arbitrary: fc.record({ parent: fc.nat(), name, linkTo: fc.nat() }) },
);

/**
 * Trees of up to `maxEntries` entries. Sizes, times and link counts are what a source may give: `canonicalize`
 * makes them what an image holds. Digests are SHA-256.
 */
export function arbitraryTree(maxEntries = 40): fc.Arbitrary<Tree> {
  return fc
    .tuple(directory, fc.array(step, { maxLength: maxEntries, size: 'max' }))
    .map(([root, steps]) => buildTree(root, steps));
}

function buildTree(shape: Directory, steps: readonly Step[]): Tree {
  // Copies, because the library may use a generated value again.
  const root: Directory = { ...shape, children: new Map() };
  const directories = [root];
  const leaves: Leaf[] = [];
  const links: { parent: Directory; name: ByteString; linkTo: number }[] = [];
  const taken = new Set<string>();
  steps.forEach((step) => {
    const index = step.parent % directories.length;
    const parent = directories[index] ?? root;
    const key = `${index}/${step.name}`;
    if (taken.has(key)) return;
    taken.add(key);
    if ('linkTo' in step) links.push({ parent, name: step.name, linkTo: step.linkTo });
    else parent.children.set(step.name, place(step.inode, directories, leaves));
  });
  for (const { parent, name, linkTo } of links) {
    const target = leaves[linkTo % Math.max(leaves.length, 1)];
    if (target !== undefined) parent.children.set(name, { kind: 'link', target });
  }
  return { root };
}

function place(shape: Inode, directories: Directory[], leaves: Leaf[]): Entry {
  if (shape.kind === 'directory') {
    const copy: Directory = { ...shape, children: new Map() };
    directories.push(copy);
    return copy;
  }
  const copy: Leaf = { ...shape };
  leaves.push(copy);
  return copy;
}
