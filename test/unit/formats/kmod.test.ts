import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasModule, loadOrder, moduleName, parseModuleFiles } from '../../../src/formats/kmod.js';
import { FormatError } from '../../../src/util/errors.js';

const FILES = {
  dep: [
    'kernel/fs/overlayfs/overlay.ko.xz:',
    'kernel/fs/btrfs/btrfs.ko.xz: kernel/lib/raid6/raid6_pq.ko.xz kernel/crypto/xor.ko.xz',
    'kernel/lib/raid6/raid6_pq.ko.xz:',
    'kernel/crypto/xor.ko.xz:',
    'kernel/crypto/crc32c-intel.ko.xz:',
    '',
  ].join('\n'),
  softdep: '# from modinfo\nsoftdep btrfs pre: crc32c-intel sha256 post: overlay\n',
  builtin: 'kernel/fs/ext4/ext4.ko\n',
};

test('a module comes after those it needs, and after those it wants where they exist', () => {
  const order = loadOrder(parseModuleFiles(FILES), ['overlay', 'btrfs', 'ext4', 'overlay']);
  assert.deepEqual(order, [
    'kernel/fs/overlayfs/overlay.ko.xz',
    'kernel/crypto/crc32c-intel.ko.xz',
    'kernel/lib/raid6/raid6_pq.ko.xz',
    'kernel/crypto/xor.ko.xz',
    'kernel/fs/btrfs/btrfs.ko.xz',
  ]);
});

test('dashes and underscores in names of modules are the same', () => {
  assert.equal(moduleName('kernel/crypto/crc32c-intel.ko.zst'), 'crc32c_intel');
  assert.ok(hasModule(parseModuleFiles(FILES), 'crc32c-intel'));
  assert.ok(hasModule(parseModuleFiles(FILES), 'ext4'), 'part of the kernel image');
  assert.ok(!hasModule(parseModuleFiles(FILES), 'erofs'));
});

test('a module that needs itself, in however many steps, is an error and no endless loop', () => {
  const loop = { ...FILES, dep: 'a.ko: b.ko\nb.ko: c.ko\nc.ko: a.ko\n' };
  assert.throws(() => loadOrder(parseModuleFiles(loop), ['a']), FormatError);
  const chain = Array.from({ length: 1000 }, (_, n) => `m${n}.ko: m${n + 1}.ko`).join('\n');
  assert.throws(() => loadOrder(parseModuleFiles({ ...FILES, dep: chain }), ['m0']), FormatError);
});

test('lines that depmod does not write are refused with their number', () => {
  for (const line of ['no colon', '/etc/passwd.ko:', '../../x.ko:', 'kernel/x.txt:']) {
    assert.throws(
      () => parseModuleFiles({ ...FILES, dep: `a.ko:\n${line}\n` }),
      (error) => error instanceof FormatError && error.message.includes('line 2'),
      line,
    );
  }
  assert.throws(
    () => loadOrder(parseModuleFiles({ ...FILES, dep: 'a.ko: b.ko\n' }), ['a']),
    /module b/,
  );
});
