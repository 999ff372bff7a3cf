import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTar } from '../../../../src/formats/tar/read-archive.js';
import type { FileSink } from '../../../../src/formats/tar/sink.js';
import type { Leaf, Tree } from '../../../../src/formats/tree/model.js';
import { lookup } from '../../../../src/formats/tree/walk.js';
import { ascii } from '../../../../src/util/bytes.js';
import {
  archive,
  chunksOf,
  member,
  MemorySink,
  outline,
  pax,
  readArchive,
} from '../../../helpers/tar-archive.js';

const at = (tree: Tree, path: string) => lookup(tree, ascii(path)) as Leaf;
const directory = (name: string, mode = 0o755) => member({ name, typeflag: '5', mode });
const text = (tree: Tree, path: string): string => {
  const entry = lookup(tree, ascii(path));
  const inode = entry?.kind === 'link' ? entry.target : entry;
  assert.ok(inode?.kind === 'file');
  return Buffer.from(inode.inline ?? '').toString('latin1');
};

test('every kind of member becomes its inode, whatever the size of the chunks', async () => {
  const bytes = archive(
    directory('./', 0o711),
    directory('./dev/', 0o1777),
    member({ name: './dev/null', typeflag: '3', devmajor: 1, devminor: 3, mode: 0o20666 }),
    member({ name: './dev/big', typeflag: '4', devmajor: 259, devminor: 0xfffff }),
    member({ name: './fifo', typeflag: '6' }),
    member({ name: './link', typeflag: '2', linkname: '../x', mode: 0o777 }),
    member({ name: './file', uid: 5, gid: 6, mtime: 7, mode: 0o4755 }, 'hello'),
    member({ name: './contiguous', typeflag: '7' }, 'x'.repeat(1000)),
    member({ name: './old', typeflag: '\0' }, 'old'),
    member({ name: './olddir/', typeflag: '\0' }),
    member({ name: './hard', typeflag: '1', linkname: './file', size: 5 }),
  );
  const { tree } = await readArchive(bytes);
  for (const size of [1, 511, 512, 513, 100_000]) {
    const sink = new MemorySink();
    assert.deepEqual(outline(await readTar(chunksOf(bytes, size), sink)), outline(tree));
  }
  assert.equal(tree.root.mode, 0o711);
  assert.equal(at(tree, '/dev').mode, 0o1777);
  const nul = at(tree, '/dev/null');
  assert.ok(nul.kind === 'char' && nul.rdev === 0x103 && nul.mode === 0o666);
  const big = at(tree, '/dev/big');
  assert.ok(big.kind === 'block' && big.rdev === 0xfff103ff);
  assert.equal(at(tree, '/fifo').kind, 'fifo');
  const link = at(tree, '/link');
  assert.ok(link.kind === 'symlink' && link.target === '../x');
  const file = at(tree, '/file');
  assert.deepEqual([file.mode, file.uid, file.gid, file.mtimeSec], [0o4755, 5, 6, 7]);
  assert.equal(text(tree, '/hard'), 'hello');
  assert.equal(file.nlink, 2);
  const contiguous = at(tree, '/contiguous');
  assert.ok(contiguous.kind === 'file' && contiguous.size === 1000 && contiguous.digest);
  assert.equal(text(tree, '/old'), 'old');
  assert.equal(lookup(tree, ascii('/olddir'))?.kind, 'directory');
});

test('parents that the archive lacks are made with mode 0755, owner 0:0 and time 0', async () => {
  const { tree } = await readArchive(archive(member({ name: 'a/b/c', uid: 9, mtime: 9 })));
  for (const path of ['/', '/a', '/a/b']) {
    const { mode, uid, gid, mtimeSec } = at(tree, path);
    assert.deepEqual([mode, uid, gid, mtimeSec], [0o755, 0, 0, 0], path);
  }
});

test('leading slashes, repeated slashes and dots in paths mean nothing', async () => {
  const { tree } = await readArchive(
    archive(member({ name: '//a/./b//c' }), member({ name: '/./a/d' }), directory('/', 0o700)),
  );
  assert.deepEqual(Object.keys(outline(tree)), ['/', '/a', '/a/b', '/a/b/c', '/a/d']);
  assert.equal(tree.root.mode, 0o700);
});

test('a later directory updates an earlier one and keeps its children', async () => {
  const { tree } = await readArchive(
    archive(directory('a/', 0o700), member({ name: 'a/f' }), directory('a/', 0o711)),
  );
  assert.equal(at(tree, '/a').mode, 0o711);
  assert.ok(lookup(tree, ascii('/a/f')));
});

test('a later file takes the place of a directory with all below it, and the other way round', async () => {
  const { tree } = await readArchive(
    archive(
      member({ name: 'a/b/c' }),
      member({ name: 'a' }, 'now a file'),
      member({ name: 'x' }),
      directory('x'),
      member({ name: 'x/y' }),
    ),
  );
  assert.deepEqual(Object.keys(outline(tree)), ['/', '/a', '/x', '/x/y']);
  assert.equal(text(tree, '/a'), 'now a file');
});

test('a hard link keeps the inode it was made to when the target is replaced later', async () => {
  const { tree } = await readArchive(
    archive(
      member({ name: 'a' }, 'one'),
      member({ name: 'b', typeflag: '1', linkname: 'a' }),
      member({ name: 'a' }, 'two'),
      member({ name: 'c', typeflag: '1', linkname: './/b' }),
      member({ name: 'b', typeflag: '1', linkname: 'c' }),
    ),
  );
  assert.deepEqual(
    ['/a', '/b', '/c'].map((path) => text(tree, path)),
    ['two', 'one', 'one'],
  );
  assert.equal(at(tree, '/a').nlink, 1);
  assert.equal(at(tree, '/b').nlink, 2);
  assert.equal(lookup(tree, ascii('/c'))?.kind, 'link');
});

test('GNU long names and long links stand for the header’s own', async () => {
  const long = `${'d'.repeat(200)}/${'n'.repeat(255)}`;
  const { tree } = await readArchive(
    archive(
      member({ typeflag: 'L', name: '././@LongLink' }, `${long}\0`),
      member({ name: 'cut' }, 'content'),
      member({ typeflag: 'K', name: '././@LongLink' }, `${long}\0`),
      member({ typeflag: 'L', name: '././@LongLink' }, `${long}2\0`.replace('/n', '/')),
      member({ name: 'cut', typeflag: '1', linkname: 'cut' }),
    ),
  );
  assert.equal(text(tree, `/${long}`), 'content');
  assert.equal(text(tree, `/${long}2`.replace('/n', '/')), 'content');
  assert.equal(at(tree, `/${'d'.repeat(200)}`).nlink, 2);
});

test('pax records take the place of header fields, and global ones hold until replaced', async () => {
  const { tree } = await readArchive(
    archive(
      pax(
        [
          ['uid', '100000000'],
          ['comment', 'x'],
        ],
        'g',
      ),
      pax([
        ['path', 'named'],
        ['mtime', '-1.5'],
        ['size', '3'],
        ['SCHILY.xattr.user.b', '\n\0\xff'],
      ]),
      member({ name: 'cut', size: 0, uid: 1 }),
      Buffer.concat([Buffer.from('abc'), Buffer.alloc(509)]),
      member({ name: 'next', uid: 1, gid: 2 }),
      pax([['uid', '']]),
      member({ name: 'last', uid: 1 }),
      pax([['linkpath', 't'.repeat(200)]]),
      member({ name: 'sym', typeflag: '2', linkname: 't' }),
    ),
  );
  assert.equal(text(tree, '/named'), 'abc');
  assert.equal(at(tree, '/named').mtimeSec, -2);
  assert.deepEqual([...at(tree, '/named').xattrs], [['user.b', '\n\0\xff']]);
  assert.deepEqual([at(tree, '/next').uid, at(tree, '/next').gid], [100_000_000, 2]);
  assert.equal(at(tree, '/next').xattrs.size, 0);
  assert.equal(at(tree, '/last').uid, 1);
  const sym = at(tree, '/sym');
  assert.ok(sym.kind === 'symlink' && sym.target.length === 200);
});

test('what a tree does not hold is told, and what is about the archive alone is not', async () => {
  const heard: string[] = [];
  const { tree } = await readArchive(
    archive(
      member({ typeflag: 'V', name: 'label' }),
      member({ typeflag: 'D', name: 'dir/' }, 'Yname\0\0'),
      pax(
        [
          ['comment', 'x'],
          ['VENDOR.all', 'x'],
        ],
        'g',
      ),
      pax([
        ['SCHILY.fflags', 'nodump'],
        ['SCHILY.ino', '5'],
        ['atime', '5'],
        ['hdrcharset', 'BINARY'],
      ]),
      member({ name: 'dir/f' }),
      member({ name: 'dir/.wh.gone' }),
      member({ name: 'dir/a.wh.b' }),
    ),
    { onNotKept: (what, path) => heard.push(`${path}: ${what}`) },
  );
  assert.deepEqual(Object.keys(outline(tree)), [
    '/',
    '/dir',
    '/dir/.wh.gone',
    '/dir/a.wh.b',
    '/dir/f',
  ]);
  assert.deepEqual(heard, [
    'dir/: names of an incremental dump',
    'dir/f: VENDOR.all',
    'dir/f: SCHILY.fflags',
    'dir/f: atime',
    'dir/.wh.gone: meaning of a .wh. name, by which a layer removes files: it is a file here',
  ]);
});

test('an image that docker or a registry made is told apart from a file system', async () => {
  const heard: string[] = [];
  const onNotKept = (what: string, path: string) => void heard.push(`${path}: ${what}`);
  await readArchive(archive(member({ name: 'oci-layout' }), member({ name: 'index.json' })), {
    onNotKept,
  });
  await readArchive(archive(member({ name: 'manifest.json' }), member({ name: 'repositories' })), {
    onNotKept,
  });
  await readArchive(archive(member({ name: 'a/oci-layout' }), member({ name: 'manifest.json' })), {
    onNotKept,
  });
  assert.deepEqual(heard, [
    'oci-layout: meaning of an OCI or docker image: its layers are files here',
    'manifest.json: meaning of an OCI or docker image: its layers are files here',
  ]);
});

test('the content of a hard link is skipped, and a size without content means nothing', async () => {
  const heard: string[] = [];
  const onNotKept = (what: string, path: string) => void heard.push(`${path}: ${what}`);
  const content = 'x'.repeat(700);
  const link = (name: string, size: number) => member({ name, typeflag: '1', linkname: 'f', size });
  const { tree } = await readArchive(
    archive(
      member({ name: 'f' }, content),
      member({ name: 'g', typeflag: '1', linkname: 'f' }, content),
      member({ name: 's', typeflag: '2', linkname: 'f', size: 1 }),
      link('h', 700),
      link('i', 700),
    ),
    { onNotKept },
  );
  assert.deepEqual(Object.keys(outline(tree)), ['/', '/f', '/g', '/h', '/i', '/s']);
  assert.equal(at(tree, '/f').nlink, 4);
  assert.deepEqual(heard, ['g: content of a hard link, which is that of its target']);
  const paxLink = archive(pax([['mtime', '1']]), member({ name: 'f' }), link('g', 3), link('h', 3));
  await assert.rejects(readArchive(paxLink), /size: a hard link of 3 bytes, and what follows may/);
  const paxContent = archive(
    pax([['mtime', '1']]),
    member({ name: 'f' }, content),
    member({ name: 'g', typeflag: '1', linkname: 'f' }, content),
    member({ name: 'z' }, 'last'),
  );
  assert.equal(text((await readArchive(paxContent)).tree, '/z'), 'last');
});

test('reading goes on while the sink finishes files, and its failure is what readTar throws', async () => {
  const started: number[] = [];
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const bytes = archive(member({ name: 'a' }, '1'), member({ name: 'b' }, '22'));
  const tree = await readTar(chunksOf(bytes), {
    file: (size) => {
      if (started.push(size) === 2) release();
      return {
        write: () => undefined,
        finish: () =>
          gate.then(() => ({ inline: Buffer.alloc(size), digest: undefined, payload: undefined })),
        abort: () => undefined,
      };
    },
  });
  assert.deepEqual(started, [1, 2]);
  assert.equal(text(tree, '/b').length, 2);
  const failing: FileSink = {
    write: () => undefined,
    finish: () => Promise.reject(new Error('disk full')),
    abort: () => undefined,
  };
  await assert.rejects(readTar(chunksOf(bytes), { file: () => failing }), /disk full/);
});

test('the source is closed and the open file aborted when the archive is damaged', async () => {
  let closed = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunksOf(archive(member({ name: 'a', size: 100_000 })));
    } finally {
      closed = true;
    }
  }
  const sink = new MemorySink();
  await assert.rejects(readTar(source(), sink), /cut off/);
  assert.ok(closed);
  assert.equal(sink.aborted, 1);
});
