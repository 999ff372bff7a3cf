import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readTar } from '../../src/formats/tar/read-archive.js';
import { writeTar } from '../../src/formats/tar/write-archive.js';
import { canonicalize } from '../../src/formats/tree/canonical.js';
import {
  NO_XATTRS,
  type Directory,
  type Entry,
  type Leaf,
  type Stat,
  type Tree,
} from '../../src/formats/tree/model.js';
import { chownAt, utimensAt } from '../../src/linux/set-attributes.js';
import { readLinkAt } from '../../src/linux/directory.js';
import { AT_FDCWD } from '../../src/linux/libc.js';
import { encodeDev, statAt } from '../../src/linux/stat.js';
import { readXattrsAt, setXattrAt } from '../../src/linux/xattr.js';
import { ascii, type ByteString, fromText, toBytes } from '../../src/util/bytes.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { chunksOf, contentOf, MemorySink, outline } from '../helpers/tar-archive.js';

const gnuTar = spawnSync('tar', ['--version'], { encoding: 'utf8' });
const skip =
  process.getuid?.() !== 0
    ? 'owners, devices and security.capability need root'
    : gnuTar.error !== undefined || !gnuTar.stdout.includes('GNU tar')
      ? 'needs GNU tar'
      : false;

const XATTRS = ['--xattrs', '--xattrs-include=*'];
/** Version 2 of struct vfs_cap_data, with a line feed and a byte that is not UTF-8 in it. */
const CAPABILITY = '\x01\0\0\x02\x0a\xe4\0\0\0\0\0\0\0\0\0\0\0\0\0\0' as ByteString;

/** A real directory as a canonical tree, content and all. */
function scan(path: string, withXattrs: boolean): Tree {
  const leaves = new Map<bigint, Leaf>();
  const statOf = (name: ByteString): Stat => {
    const { mode, uid, gid, mtimeSec, mtimeNsec } = statAt(AT_FDCWD, name);
    const xattrs = withXattrs ? readXattrsAt(AT_FDCWD, name) : NO_XATTRS;
    return { mode, uid, gid, nlink: 1, mtimeSec, mtimeNsec, xattrs };
  };
  const leafOf = (name: ByteString): Leaf => {
    const { type, rdev } = statAt(AT_FDCWD, name);
    const stat = statOf(name);
    if (type === 'file') {
      const bytes = fs.readFileSync(toBytes(name));
      return { kind: 'file', ...stat, size: bytes.length, ...contentOf(bytes) };
    }
    if (type === 'symlink') return { kind: 'symlink', ...stat, target: readLinkAt(AT_FDCWD, name) };
    if (type === 'char' || type === 'block') return { kind: type, ...stat, rdev, size: 0 };
    assert.ok(type === 'fifo' || type === 'socket');
    return { kind: type, ...stat, size: 0 };
  };
  const directoryOf = (name: ByteString): Directory => {
    const children = new Map<ByteString, Entry>();
    for (const bytes of fs.readdirSync(toBytes(name), { encoding: 'buffer' })) {
      const child = bytes.toString('latin1') as ByteString;
      const path = `${name}/${child}` as ByteString;
      const { type, ino } = statAt(AT_FDCWD, path);
      const known = leaves.get(ino);
      if (type === 'directory') children.set(child, directoryOf(path));
      else if (known !== undefined) children.set(child, { kind: 'link', target: known });
      else {
        const leaf = leafOf(path);
        leaves.set(ino, leaf);
        children.set(child, leaf);
      }
    }
    return { kind: 'directory', ...statOf(name), children };
  };
  const tree = { root: directoryOf(fromText(path)) };
  canonicalize(tree);
  return tree;
}

interface Variant {
  readonly options: readonly string[];
  readonly longNames: boolean;
  readonly xattrs: boolean;
}

const variants: Record<string, Variant> = {
  gnu: { options: ['--format=gnu', '--sparse'], longNames: true, xattrs: false },
  oldgnu: { options: ['--format=oldgnu', '--sparse'], longNames: true, xattrs: false },
  ustar: { options: ['--format=ustar'], longNames: false, xattrs: false },
  posix: { options: ['--format=posix', ...XATTRS, '--sparse'], longNames: true, xattrs: true },
  'posix, sparse 0.0': {
    options: ['--format=posix', '--sparse', '--sparse-version=0.0'],
    longNames: true,
    xattrs: false,
  },
  'posix, sparse 0.1': {
    options: ['--format=posix', '--sparse', '--sparse-version=0.1'],
    longNames: true,
    xattrs: false,
  },
};

/** Fills a directory with what tars are known to get wrong. */
function fill(path: string, longNames: boolean): void {
  const at = (name: string) =>
    Buffer.concat([Buffer.from(`${path}/`), Buffer.from(name, 'latin1')]);
  const named = (name: string) => at(name).toString('latin1') as ByteString;
  fs.mkdirSync(at('dir'), { mode: 0o1777 });
  fs.writeFileSync(at('dir/file'), 'content', { mode: 0o640 });
  fs.writeFileSync(at('a name\n\xff"\\ \xe4'), 'x'.repeat(5000));
  fs.writeFileSync(at('empty'), '');
  fs.linkSync(at('dir/file'), at('a hard link'));
  fs.linkSync(at('dir/file'), at('zz'));
  fs.symlinkSync('\u00ff/../target', at('symlink'));
  execFileSync('mknod', [join(path, 'char'), 'c', '5', '300']);
  execFileSync('mknod', [join(path, 'block'), 'b', '259', '1']);
  execFileSync('mkfifo', [join(path, 'fifo')]);
  assert.equal(statAt(AT_FDCWD, named('char')).rdev, encodeDev(5, 300));
  const sparse = fs.openSync(at('sparse'), 'w');
  for (let index = 0; index < 40; index++) fs.writeSync(sparse, `piece ${index}`, index * 65_536);
  fs.ftruncateSync(sparse, 3_000_000);
  fs.closeSync(sparse);
  if (longNames) {
    const parts = ['d'.repeat(255), 'e'.repeat(200)].join('/');
    fs.mkdirSync(at(parts), { recursive: true });
    fs.writeFileSync(at(`${parts}/f`), 'deep');
    fs.linkSync(at(`${parts}/f`), at(`${parts}/g`));
    fs.symlinkSync('t'.repeat(3000), at('long target'));
    chownAt(AT_FDCWD, named('empty'), 3_000_000_000, 2_500_000);
    utimensAt(AT_FDCWD, named('empty'), -5, 0);
  }
  chownAt(AT_FDCWD, named('dir/file'), 1000, 1001);
  fs.chmodSync(at('dir/file'), 0o4711);
  for (const [name, value] of [
    ['security.capability', CAPABILITY],
    ['user.empty', ''],
    ['user.a=b%c\xff', 'v\0\n'],
  ])
    setXattrAt(AT_FDCWD, named('dir/file'), name as ByteString, value as ByteString);
  setXattrAt(AT_FDCWD, named('symlink'), ascii('trusted.link'), ascii('x'));
  setXattrAt(AT_FDCWD, named('dir'), ascii('trusted.directory'), ascii('y'));
  utimensAt(AT_FDCWD, named('dir/file'), 1_000_000_000, 123_456_789);
}

for (const [name, { options, longNames, xattrs }] of Object.entries(variants)) {
  test(
    `an archive that GNU tar made (${name}) reads as the directory it was made of`,
    { skip },
    async (t) => {
      const scratch = scratchDirectory(t);
      const source = join(scratch, 'source');
      fs.mkdirSync(source);
      fill(source, longNames);
      const file = join(scratch, 'a.tar');
      execFileSync('tar', [...options, '-cf', file, '-C', source, '.']);
      const tree = await readTar(fs.createReadStream(file), new MemorySink());
      assert.deepEqual(outline(tree), outline(scan(source, xattrs)));
    },
  );
}

test('GNU tar extracts our archive to the same directory', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const [source, target] = [join(scratch, 'source'), join(scratch, 'target')];
  fs.mkdirSync(source);
  fs.mkdirSync(target);
  fill(source, true);
  const made = join(scratch, 'made.tar');
  execFileSync('tar', ['--format=posix', ...XATTRS, '-cf', made, '-C', source, '.']);
  const sink = new MemorySink();
  const tree = await readTar(fs.createReadStream(made), sink);
  const ours = join(scratch, 'ours.tar');
  await fs.promises.writeFile(
    ours,
    writeTar(tree, (file) => sink.read(file)),
  );
  const extract = ['-xpf', ours, '-C', target, '--numeric-owner', '--same-owner', ...XATTRS];
  const { status, stderr } = spawnSync('tar', extract, { encoding: 'utf8' });
  assert.deepEqual([status, stderr.replace(/.*implausibly old time stamp.*\n/g, '')], [0, '']);
  assert.deepEqual(outline(scan(target, true)), outline(scan(source, true)));
  const again = await readTar(chunksOf(fs.readFileSync(ours), 65_536), new MemorySink());
  assert.deepEqual(outline(again), outline(tree));
});
