import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeAcl } from '../../../../src/formats/acl/acl.js';
import { parsePaxRecords } from '../../../../src/formats/tar/pax.js';
import { writeTar } from '../../../../src/formats/tar/write-archive.js';
import {
  NO_XATTRS,
  type Directory,
  type Entry,
  type RegularFile,
  type Tree,
} from '../../../../src/formats/tree/model.js';
import { ascii } from '../../../../src/util/bytes.js';
import { FormatError } from '../../../../src/util/errors.js';
import { chunksOf, collect, outline, readArchive } from '../../../helpers/tar-archive.js';

const stat = {
  mode: 0o755,
  uid: 0,
  gid: 0,
  nlink: 1,
  mtimeSec: 0,
  mtimeNsec: 0,
  xattrs: NO_XATTRS,
};
const root = (children: Record<string, Entry>): Tree => ({
  root: { kind: 'directory', ...stat, children: new Map(Object.entries(children)) as never },
});
const file = (changes: Partial<RegularFile> = {}): RegularFile => ({
  kind: 'file',
  ...stat,
  size: 0,
  inline: undefined,
  digest: undefined,
  payload: undefined,
  ...changes,
});
const inline = (text: string) => file({ size: text.length, inline: Buffer.from(text) });
const nothing = () => chunksOf(Buffer.alloc(0));
const write = (tree: Tree) => collect(writeTar(tree, nothing));

test('a plain file takes one ustar header, its padded content and two zero blocks', async () => {
  const bytes = await write(root({ a: inline('hi') }));
  assert.equal(bytes.length, 512 + 512 + 512 + 1024);
  assert.equal(bytes.toString('latin1', 512, 516), './a\0');
  assert.equal(bytes.toString('latin1', 0, 3), './\0');
});

test('paths use both name fields of the header before they use a pax header', async () => {
  const cases: [string[], boolean][] = [
    [['x'.repeat(98)], false],
    [['x'.repeat(99)], false],
    [['x'.repeat(101)], true],
    [['d'.repeat(150), 'x'.repeat(100)], false],
    [['d'.repeat(150), 'x'.repeat(101)], true],
    [['d'.repeat(154), 'x'.repeat(3)], true],
  ];
  for (const [names, hasPax] of cases) {
    const leaf = names.at(-1)!;
    const parent = names.length > 1 ? names[0]! : undefined;
    const inner: Directory = { kind: 'directory', ...stat, children: new Map() };
    inner.children.set(ascii(leaf), inline('x'));
    const tree = parent === undefined ? root({ [leaf]: inline('x') }) : root({ [parent]: inner });
    const bytes = await write(tree);
    const lastPax = bytes.toString('latin1').includes(`path=./${names.join('/')}\n`);
    assert.equal(lastPax, hasPax, names.map((name) => name.length).join('/'));
    const { tree: read } = await readArchive(bytes);
    assert.deepEqual(Object.keys(outline(read)), Object.keys(outline(tree)));
  }
});

test('numbers, times and attributes that a header does not hold come back from the pax header', async () => {
  const xattrs = new Map([
    [ascii('user.b'), ascii('')],
    [ascii('user.a=%3D'), ascii('\n\0\xff')],
  ]);
  const tree = root({
    a: { ...inline('x'), uid: 0xffffffff, gid: 0o10000000, mtimeSec: -1, xattrs },
    b: { ...inline('x'), mtimeSec: Number.MAX_SAFE_INTEGER },
    c: { kind: 'char', ...stat, rdev: 0xfff103ff, size: 0 },
    s: { kind: 'symlink', ...stat, target: ascii('t'.repeat(4095)) },
  });
  const { tree: read } = await readArchive(await write(tree));
  tree.root.nlink = 2;
  assert.deepEqual(outline(read), outline(tree));
});

test('nanoseconds are written', async () => {
  const bytes = await write(root({ a: { ...inline('x'), mtimeSec: -2, mtimeNsec: 500_000_000 } }));
  assert.match(bytes.toString('latin1'), / mtime=-1\.5\n/);
});

test('a size beyond 8 GiB is a pax record', async () => {
  const generator = writeTar(root({ a: file({ size: 2 ** 33 }) }), nothing);
  await generator.next();
  const header = Buffer.from((await generator.next()).value as Uint8Array);
  assert.match(header.toString('latin1'), /19 size=8589934592\n/);
  await assert.rejects(generator.next(), FormatError);
});

test('the first name carries the inode and the others link to it, even when the tree has it otherwise', async () => {
  const shared = inline('x');
  const tree = root({ b: shared, a: { kind: 'link', target: shared } });
  const { tree: read } = await readArchive(await write(tree));
  assert.equal(read.root.children.get(ascii('a'))?.kind, 'file');
  assert.equal(outline(read)['/b'], 'link to /a');
});

test('sockets and links to them are left out and reported', async () => {
  const socket: Entry = { kind: 'socket', ...stat, size: 0 };
  const skipped: string[] = [];
  const tree = root({ a: socket, b: { kind: 'link', target: socket }, c: inline('x') });
  const bytes = await collect(writeTar(tree, nothing, { onSkip: (path) => skipped.push(path) }));
  assert.deepEqual(skipped, ['/a', '/b']);
  assert.deepEqual(Object.keys(outline((await readArchive(bytes)).tree)), ['/', '/c']);
});

test('content that is shorter or longer than its inode says is refused', async () => {
  const ofLength = (length: number) =>
    collect(writeTar(root({ a: file({ size: 700 }) }), () => chunksOf(Buffer.alloc(length), 100)));
  assert.equal((await ofLength(700)).length, 512 + 512 + 1024 + 1024);
  for (const length of [0, 699, 701])
    await assert.rejects(ofLength(length), /\/a: has not 700 bytes/);
  await assert.rejects(
    write(root({ a: file({ size: 2, inline: Buffer.from('x') }) })),
    FormatError,
  );
});

test('access lists and labels are written in the spelling of each reader, where one gives the same back', async () => {
  const list = encodeAcl([
    { subject: 'owner', id: undefined, permissions: 6 },
    { subject: 'user', id: 5, permissions: 4 },
    { subject: 'owningGroup', id: undefined, permissions: 0 },
    { subject: 'mask', id: undefined, permissions: 4 },
    { subject: 'other', id: undefined, permissions: 0 },
  ]);
  const xattrs = new Map([
    [ascii('system.posix_acl_access'), list],
    [ascii('system.posix_acl_default'), list],
    [ascii('security.selinux'), ascii('label\0')],
  ]);
  const text = 'user::rw-,user:5:r--:5,group::---,mask::r--,other::---';
  const recordsOf = async (entry: Entry) => {
    // The root's header comes first, then the header of the pax header, then its content.
    const bytes = await write(root({ a: entry }));
    const size = Number.parseInt(bytes.toString('latin1', 512 + 124, 512 + 135), 8);
    const records = parsePaxRecords(bytes.subarray(1024, 1024 + size), 0);
    return new Map(records.map(({ keyword, value }) => [keyword as string, value as string]));
  };
  const ofFile = await recordsOf({ ...inline('x'), xattrs });
  assert.equal(ofFile.get('SCHILY.acl.access'), text);
  assert.equal(ofFile.get('SCHILY.xattr.system.posix_acl_access'), list);
  assert.equal(ofFile.get('RHT.security.selinux'), 'label');
  assert.equal(ofFile.get('SCHILY.xattr.security.selinux'), 'label\0');
  assert.equal(ofFile.get('SCHILY.acl.default'), undefined);
  const directory: Directory = { kind: 'directory', ...stat, xattrs, children: new Map() };
  assert.equal((await recordsOf(directory)).get('SCHILY.acl.default'), text);
  const odd = new Map([
    [ascii('system.posix_acl_access'), ascii('not a list')],
    [ascii('security.selinux'), ascii('no NUL')],
  ]);
  assert.deepEqual(
    [...(await recordsOf({ ...inline('x'), xattrs: odd })).keys()],
    ['SCHILY.xattr.security.selinux', 'SCHILY.xattr.system.posix_acl_access'],
  );
});

test('extended attributes beyond one pax header are refused', async () => {
  const xattrs = new Map(
    Array.from({ length: 17 }, (_, index) => [`user.${index}`, 'x'.repeat(65_000)]),
  ) as never;
  await assert.rejects(write(root({ a: { ...file(), xattrs } })), /more than 1048576/);
});
