/** Disk images as a kernel sees them, and built under circumstances that are not the best. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { Ext4Image } from '../../src/disk/ext4-image.js';
import { objectPath, type Digest } from '../../src/util/digest.js';
import {
  bootableTree,
  buildDisk,
  commitTree,
  debugfs,
  deploymentOf,
  rootFileSystem,
  rootStart,
  type DiskDocument,
} from '../helpers/disk.js';
import { arbitraryDirectory, snapshot, writeDirectory } from '../helpers/disk-tree.js';
import { reasonForNoMounts } from '../helpers/mounts.js';
import { asNobody, reasonForNoNobody } from '../helpers/nobody.js';
import { Random } from '../helpers/random.js';
import { killAt, seedOf } from '../helpers/kill.js';
import { TestRepository } from '../helpers/repository.js';
import { runProgram } from '../helpers/stoppable.js';
import { PASSED_BY } from '../helpers/stop-points.js';

const noMounts = reasonForNoMounts();
const noNobody = reasonForNoNobody();
const SEED = 20261123;

/** The root partition, mounted read-only until the test ends. */
function mountRoot(t: TestContext, disk: DiskDocument, directory: string): string {
  fs.mkdirSync(directory);
  const options = `ro,noload,loop,offset=${rootStart(disk)}`;
  execFileSync('mount', ['-t', 'ext4', '-o', options, disk.file, directory]);
  t.after(() => {
    fs.rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

test(
  'state has the names, owners, modes, times, attributes, links and devices of the tree, whatever they are',
  { skip: noMounts },
  (t) => {
    const repository = TestRepository.make(t);
    let run = 0;
    const descriptions = fc.tuple(arbitraryDirectory(true), arbitraryDirectory(true));
    fc.assert(
      fc.property(descriptions, ([etc, var_]) => {
        const place = join(repository.scratch, `run${run++}`);
        const tree = bootableTree(repository);
        for (const name of ['etc', 'var']) fs.rmSync(join(tree, name), { recursive: true });
        writeDirectory(join(tree, 'etc'), etc);
        writeDirectory(join(tree, 'var'), var_);
        commitTree(repository, tree);
        fs.mkdirSync(place);
        const disk = buildDisk(repository, 'main', { out: join(place, 'disk.img') });
        repository.expect(['checkout', 'main', join(place, 'tree')]);
        const root = join(place, 'root');
        mountRoot(t, disk, root);
        try {
          const state = join(root, deploymentOf(disk));
          assert.deepEqual(snapshot(join(state, 'etc')), snapshot(join(place, 'tree/etc')));
          const [os = ''] = fs.readdirSync(join(root, 'state/os'));
          const found = snapshot(join(root, 'state/os', os, 'var'));
          assert.deepEqual(found, snapshot(join(place, 'tree/var')));
        } finally {
          execFileSync('umount', [root]);
        }
        execFileSync('rm', ['-rf', place, tree]);
      }),
      { seed: SEED, numRuns: 8, endOnFailure: true, includeErrorInReport: true },
    );
  },
);

test('names with line ends, quotes and 255 bytes come through', { skip: noMounts }, (t) => {
  const repository = TestRepository.make(t);
  const names = [
    'a\nb',
    'a\rb',
    '"',
    '""',
    "'",
    '\\',
    ' ',
    '-f',
    '#',
    '<12>',
    '\t',
    '\u00ff\u00fe',
    'x'.repeat(255),
  ];
  const files = Object.fromEntries(
    names.flatMap((name) => [
      [`etc/${name}`, 'some content that is longer than what an image holds itself, by far'],
      [`etc/dir ${name.slice(0, 100)}/${name}`, name],
    ]),
  );
  const tree = bootableTree(repository, files);
  fs.symlinkSync('target\nwith "line" ends\r', join(tree, 'etc/link'));
  fs.symlinkSync('"'.repeat(4095), join(tree, 'etc/link\n2'));
  for (let index = 0; index < 300; index++)
    fs.linkSync(join(tree, 'etc/"'), join(tree, 'etc', `${'n'.repeat(200)}${index}\n`));
  for (let index = 0; index < 300; index++)
    fs.linkSync(join(tree, 'etc/"'), join(tree, 'etc', `${'m'.repeat(200)}${index}`));
  commitTree(repository, tree);
  const disk = buildDisk(repository, 'main');
  const root = mountRoot(t, disk, join(repository.scratch, 'root'));
  repository.expect(['checkout', 'main', join(repository.scratch, 'tree')]);
  const found = snapshot(join(root, deploymentOf(disk), 'etc'));
  assert.deepEqual(found, snapshot(join(repository.scratch, 'tree/etc')));
  execFileSync('umount', [root]);
});

test('somebody in an empty environment builds the same disk', { skip: noNobody }, (t) => {
  const repository = TestRepository.make(t);
  const tree = bootableTree(repository, { 'etc/secret': 'x' });
  fs.chownSync(join(tree, 'etc/secret'), 7, 8);
  commitTree(repository, tree);
  const first = buildDisk(repository, 'main');
  execFileSync('chown', ['-R', '1000:1000', repository.scratch]);
  const args = ['disk', 'build', 'main', '--output', join(repository.scratch, 'other.img')];
  const result = repository.call([...args, '--esp-size', '34M', '--repo', repository.path], {
    through: asNobody(t),
  });
  assert.equal(result.status, 0, result.stderr);
  execFileSync('cmp', [first.file, join(repository.scratch, 'other.img')]);
});

test(
  "what is laid over state replaces the tree's, and the caller's becomes root's",
  { skip: noNobody },
  (t) => {
    const repository = TestRepository.make(t);
    const tree = bootableTree(repository, { 'etc/a/old': '1', 'etc/b': '2', 'etc/c/d': '3' });
    fs.chmodSync(join(tree, 'etc/a'), 0o711);
    commitTree(repository, tree);
    const state = repository.tree({
      'etc/a/new': '4',
      'etc/b/file': '5',
      'etc/c': '6',
      'var/x': '7',
    });
    execFileSync('chown', ['-R', '1000:1000', repository.scratch]);
    fs.chownSync(join(state, 'etc/a/new'), 5, 6);
    const args = ['--state', state, '--repo', repository.path];
    const disk = buildDisk(repository, 'main', { args, through: asNobody(t) });
    const etc = `${deploymentOf(disk)}/etc`;
    const names = debugfs(disk, `ls -p ${etc}`);
    assert.match(names, /^\/[0-9]+\/040711\/0\/0\/a\/\/$/m);
    assert.match(names, /^\/[0-9]+\/040755\/0\/0\/b\/\/$/m);
    assert.match(names, /^\/[0-9]+\/100644\/0\/0\/c\/1\/$/m);
    assert.match(debugfs(disk, `ls -p ${etc}/a`), /^\/[0-9]+\/100644\/5\/6\/new\/1\/$/m);
    assert.equal(debugfs(disk, `cat ${etc}/a/old`), '1');
    assert.equal(debugfs(disk, `cat ${etc}/b/file`), '5');
    assert.equal(debugfs(disk, `cat /state/os/main/var/x`), '7');
    fs.mkdirSync(join(state, 'usr'));
    const out = join(repository.scratch, 'other.img');
    const refused = repository.call(['disk', 'build', 'main', '--output', out, '--state', state]);
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /usr does not belong there/);
  },
);

/** The bytes of a file from `offset` on, as they lie on the disk. */
function readBeyond(image: Ext4Image, ino: number, offset: number): Buffer {
  const blocks = image
    .readExtents(ino)
    .filter(({ logical }) => logical * 4096 >= offset)
    .flatMap(({ physical, length }) => Array.from({ length }, (_, index) => physical + index));
  return Buffer.concat(blocks.map((block) => image.readBlock(block)));
}

for (const algorithm of ['sha256', 'sha512']) {
  test(`objects have the Merkle tree and descriptor that fsverity makes with ${algorithm}`, (t) => {
    const repository = TestRepository.make(t, '--algorithm', algorithm);
    const random = new Random(1);
    const tree = bootableTree(repository);
    const sizes = [100, 4095, 4096, 4097, 65_535, 65_536, 65_537, 524_288, 524_289, 9_000_000];
    for (const size of sizes) fs.writeFileSync(join(tree, `usr/f${size}`), random.bytes(size));
    const sparse = fs.openSync(join(tree, 'usr/sparse'), 'w');
    for (let at = 0; at < 40; at++) fs.writeSync(sparse, random.bytes(5000), 0, 5000, at * 200_000);
    fs.ftruncateSync(sparse, 20_000_000);
    fs.closeSync(sparse);
    commitTree(repository, tree);
    const disk = buildDisk(repository, 'main');
    const fd = fs.openSync(disk.file, 'r');
    try {
      const image = new Ext4Image(fd, rootStart(disk));
      for (const name of [...sizes.map((size) => `f${size}`), 'sparse']) {
        const digest = repository.digestOf('main', `/usr/${name}`);
        const path = `/composefs/objects/${objectPath(digest as Digest)}`;
        const ino = Number(/^Inode: ([0-9]+)/m.exec(debugfs(disk, `stat ${path}`))?.[1]);
        const { size } = image.readInode(ino);
        const files = ['tree', 'descriptor'].map((part) => join(repository.scratch, part));
        const [treeFile = '', descriptorFile = ''] = files;
        const parts = [`--out-merkle-tree=${treeFile}`, `--out-descriptor=${descriptorFile}`];
        const args = [
          'digest',
          `--hash-alg=${algorithm}`,
          '--compact',
          ...parts,
          join(tree, 'usr', name),
        ];
        assert.equal(execFileSync('fsverity', args).toString().trim(), digest);
        const tail = Buffer.alloc(4096);
        fs.readFileSync(descriptorFile).copy(tail);
        tail.writeUInt32LE(256, 4092);
        const expected = Buffer.concat([fs.readFileSync(treeFile), tail]);
        const found = readBeyond(image, ino, Math.ceil(size / 65_536) * 65_536);
        assert.ok(found.equals(expected), `${name} has other metadata`);
        const copy = join(repository.scratch, 'copy');
        debugfs(disk, `dump ${path} ${copy}`);
        execFileSync('cmp', [copy, join(tree, 'usr', name)]);
      }
    } finally {
      fs.closeSync(fd);
    }
    assert.ok(fs.statSync(disk.file).blocks * 512 < 60_000_000, 'the disk is sparse');
  });
}

test('twenty thousand small objects make a disk that e2fsck finds nothing wrong with', (t) => {
  const repository = TestRepository.make(t);
  const tree = bootableTree(repository);
  for (let index = 0; index < 20_000; index++)
    fs.writeFileSync(join(tree, 'usr', `file${index}`), `${index} `.repeat(40));
  commitTree(repository, tree);
  const disk = buildDisk(repository, 'main');
  assert.ok(disk.objects > 20_000);
  execFileSync('/usr/sbin/e2fsck', ['-fn', rootFileSystem(disk)], { stdio: 'pipe' });
});

test('a program that is missing is named with its package', { skip: noMounts }, (t) => {
  const repository = TestRepository.make(t);
  commitTree(repository, bootableTree(repository));
  const mcopy = execFileSync('sh', ['-c', 'command -v mcopy']).toString().trim();
  const hide = 'mount --bind /dev/null "$0" && exec "$@"';
  const result = repository.call(
    ['disk', 'build', 'main', '--output', join(repository.scratch, 'disk.img')],
    { through: ['unshare', '-m', 'sh', '-c', hide, mcopy] },
  );
  assert.equal(result.status, 14);
  assert.match(result.stderr, /mcopy is not installed\nhint: install the package mtools/);
});

test('a build that is killed leaves no disk or a whole one', async (t) => {
  const repository = TestRepository.make(t);
  const tree = bootableTree(repository);
  for (let index = 0; index < 2000; index++)
    fs.writeFileSync(join(tree, 'usr', `file${index}`), `${index} `.repeat(100));
  commitTree(repository, tree);
  const whole = buildDisk(repository, 'main');
  const out = join(repository.scratch, 'killed', 'disk.img');
  fs.mkdirSync(join(out, '..'));
  const args = ['--repo', repository.path, 'disk', 'build', 'main', '--output', out];
  const build = [...args, '--esp-size', '34M'];
  for (const point of PASSED_BY['disk build']) {
    const ended = await killAt(build, { stopAt: point, after: 0 });
    assert.equal(ended.stoppedAt, point, ended.stderr);
    assert.equal(fs.existsSync(out), false);
  }
  const { milliseconds } = await runProgram(build);
  fs.rmSync(out);
  const random = new Random(seedOf(t));
  for (let round = 0; round < 12; round++) {
    await killAt(build, { after: random.next() * milliseconds });
    if (!fs.existsSync(out)) continue;
    execFileSync('cmp', [whole.file, out]);
    fs.rmSync(out);
  }
});
