/**
 * Our images against the programs of composefs and erofs-utils.
 *
 * `mkcomposefs` and `composefs-info` are looked for in the directory that COMPOSEFS_TOOLS names, then in PATH; `npm test`
 * sees to them (test/setup/composefs.mjs). Nothing here depends on `composefs-info measure-file`: that of composefs
 * 1.0.8 has a wrong digest for the empty file.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setXattrAt } from '../../src/linux/xattr.js';
import { parseDump } from '../../src/formats/dumpfile/parse-dump.js';
import { printDump } from '../../src/formats/dumpfile/print.js';
import { decodeImage } from '../../src/formats/erofs/read-image.js';
import { encodeImage } from '../../src/formats/erofs/write-image.js';
import { digestOf } from '../../src/formats/fsverity/descriptor.js';
import { AT_FDCWD } from '../../src/linux/libc.js';
import { ascii, fromText } from '../../src/util/bytes.js';
import { rootseal } from '../helpers/cli.js';
import { scratchDirectory } from '../helpers/scratch.js';

// This file runs from dist/test/interop.
const GENERATOR = fileURLToPath(
  new URL('../../../test/vectors/composefs/gendump.py', import.meta.url),
);
const ASSETS = fileURLToPath(new URL('../../../test/golden/assets/', import.meta.url));
const dumps = fs
  .readdirSync(ASSETS)
  .filter((name) => name.endsWith('.dump') && !name.startsWith('should-fail-'))
  .sort();

const TOOLS = process.env['COMPOSEFS_TOOLS'];
const tool = (name: string) => (TOOLS === undefined ? name : join(TOOLS, name));
const isMissing = (program: string) => spawnSync(program, ['--version']).error !== undefined;

const isRoot = process.getuid?.() === 0;
const skipTools =
  ['mkcomposefs', 'composefs-info'].some((name) => isMissing(tool(name))) &&
  'needs mkcomposefs and composefs-info (Debian package composefs)';
const skip = skipTools || (!isRoot && 'devices need root');
const skipPython = skipTools || (isMissing('python3') && 'needs python3');
const skipFsck = isMissing('fsck.erofs') && 'needs fsck.erofs (Debian package erofs-utils)';

function print(program: string, args: readonly string[]): Buffer {
  return execFileSync(program, args, { maxBuffer: 2 ** 30 });
}

function call(...args: string[]): Buffer {
  const { status, bytes, stderr } = rootseal(args);
  assert.equal(status, 0, stderr);
  return bytes;
}

/** A directory with every kind of file. */
function makeTree(t: TestContext): string {
  const tree = scratchDirectory(t);
  const at = (name: string) => join(tree, name);
  fs.mkdirSync(at('sub/deeper'), { recursive: true, mode: 0o750 });
  for (const size of [0, 1, 64, 65, 4096, 4097, 600_000])
    fs.writeFileSync(at(`size-${size}`), Buffer.alloc(size, 'content'));
  fs.linkSync(at('size-4097'), at('sub/again'));
  fs.symlinkSync('../size-64', at('sub/link'));
  fs.symlinkSync('t'.repeat(4000), at('sub/long'));
  fs.utimesSync(at('size-1'), 1_000_000_000.123_456, 1_000_000_000.123_456);
  setXattrAt(AT_FDCWD, fromText(at('size-65')), ascii('user.note'), ascii('a note'));
  setXattrAt(AT_FDCWD, fromText(at('sub')), ascii('trusted.overlay.opaque'), ascii('y'));
  for (let index = 0; index < 400; index++) fs.writeFileSync(at(`sub/deeper/${index}`), `${index}`);
  if (!isRoot) return tree;
  execFileSync('mknod', [at('sub/device'), 'c', '5', '300']);
  execFileSync('mknod', [at('sub/whiteout'), 'c', '0', '0']);
  execFileSync('mkfifo', [at('sub/fifo')]);
  fs.chownSync(at('size-65'), 1000, 100_000);
  return tree;
}

test('the image of a directory is the one that mkcomposefs makes', { skip }, (t) => {
  const tree = makeTree(t);
  for (const [version, ...theirs] of [['auto'], ['1', '--min-version=1']] as const) {
    const expected = print(tool('mkcomposefs'), [...theirs, '--print-digest-only', tree]);
    const ours = ['--as-mkcomposefs', '--format-version', version, '--print-digest'];
    assert.equal(call('image', 'digest', tree, ...ours).toString(), expected.toString(), version);
  }
});

test('composefs-info reads our image, and prints of it what we print', { skip }, (t) => {
  const image = join(scratchDirectory(t), 'image');
  const tree = makeTree(t);
  for (const version of ['0', '1']) {
    call('image', 'create', tree, image, '--format-version', version);
    assert.ok(call('image', 'dump', image).equals(print(tool('composefs-info'), ['dump', image])));
    const objects = print(tool('composefs-info'), ['objects', image]).toString();
    assert.equal(call('image', 'objects', image).toString(), objects);
    const listed = print(tool('composefs-info'), ['ls', image]).toString().trimEnd().split('\n');
    const document = call('image', 'ls', image, '--json').toString();
    const rows = (JSON.parse(document) as { entries: { path: string }[] }).entries;
    assert.deepEqual(
      rows.map((row) => row.path).filter((path) => path !== '/'),
      // A directory has a slash at its end, and a tab begins what a link or a file points to.
      listed.map((line) => line.replace(/\/?\t.*/, '')),
    );
    assert.ok(listed.length > 400);
  }
});

test('mkcomposefs makes the same image of our dump', { skip }, (t) => {
  const scratch = scratchDirectory(t);
  const [image, dump] = [join(scratch, 'image'), join(scratch, 'dump')];
  call('image', 'create', makeTree(t), image);
  fs.writeFileSync(dump, call('image', 'dump', image));
  const args = ['--min-version=1', '--print-digest-only', '--from-file', dump];
  const expected = print(tool('mkcomposefs'), args).toString();
  assert.equal(call('image', 'digest', image, '--print-digest').toString(), expected);
});

for (let seed = 0; seed < 20; seed++) {
  const name = `random dump ${seed}: mkcomposefs makes the same images, and composefs-info prints the same`;
  test(name, { skip: skipPython }, (t) => {
    const scratch = scratchDirectory(t);
    const [dump, image] = [join(scratch, 'dump'), join(scratch, 'image')];
    fs.writeFileSync(dump, print('python3', [GENERATOR, String(seed)]));
    const tree = parseDump(fs.readFileSync(dump), { algorithm: 'sha256' });
    for (const [formatVersion, ...options] of [['auto'], [1, '--min-version=1']] as const) {
      const args = [...options, '--print-digest', '--from-file', dump, image];
      const digest = print(tool('mkcomposefs'), args).toString().trimEnd();
      assert.equal(digestOf(encodeImage(tree, { formatVersion }), 'sha256'), digest);
    }
    const ours = [...printDump(decodeImage(fs.readFileSync(image)).tree)].join('');
    assert.ok(Buffer.from(ours, 'latin1').equals(print(tool('composefs-info'), ['dump', image])));
  });
}

test('fsck.erofs accepts the image of a directory', { skip: skipFsck }, (t) => {
  const image = join(scratchDirectory(t), 'image');
  const tree = makeTree(t);
  for (const version of ['0', '1']) {
    call('image', 'create', tree, image, '--format-version', version);
    const { status, stdout, stderr } = spawnSync('fsck.erofs', [image], { encoding: 'utf8' });
    assert.equal(status, 0, `${stdout}${stderr}`);
  }
});

test('fsck.erofs accepts the images of all our dumps', { skip: skipFsck }, (t) => {
  const image = join(scratchDirectory(t), 'image');
  const refused = dumps.filter((name) => {
    call('image', 'create', `dump:${join(ASSETS, name)}`, image);
    return spawnSync('fsck.erofs', [image]).status !== 0;
  });
  assert.deepEqual(refused, []);
});
