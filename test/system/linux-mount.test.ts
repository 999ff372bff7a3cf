import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AT_FDCWD } from '../../src/linux/libc.js';
import { MOUNT_ATTR_RDONLY, changeMount, cloneMount } from '../../src/linux/mount-api.js';
import { createMount, moveMount, unmount } from '../../src/linux/mount-api.js';
import { mountComposefs, mountErofs, overlayOptions } from '../../src/linux/mount.js';
import { enterMountNamespace } from '../../src/linux/namespace.js';
import { setXattrAt } from '../../src/linux/xattr.js';
import { ascii, fromText } from '../../src/util/bytes.js';
import { describeError } from '../../src/util/errors.js';
import { scratchDirectory } from '../helpers/scratch.js';

const skip = reasonToSkip();

function reasonToSkip(): string | false {
  const mkfs = spawnSync('mkfs.erofs', ['-V']);
  if (mkfs.error !== undefined) return 'needs mkfs.erofs (erofs-utils)';
  try {
    enterMountNamespace();
  } catch (error) {
    return describeError(error);
  }
  const known = fs.readFileSync('/proc/filesystems', 'utf8');
  const lacking = ['erofs', 'overlay'].filter(
    (type) => !new RegExp(`\\b${type}$`, 'm').test(known),
  );
  return lacking.length > 0 && `this kernel has no ${lacking.join(' and no ')}`;
}

/** What to unmount after the test. To be called before anything is made whose removal must come later. */
function trackMounts(t: TestContext): string[] {
  const mounts: string[] = [];
  t.after(() => {
    for (const path of mounts.reverse()) unmount(fromText(path), { detach: true });
  });
  return mounts;
}

/** A tree with one plain file, and one whose content lies in an object directory, as an EROFS image. */
function makeImage(t: TestContext, mounts = trackMounts(t), parent?: string) {
  const path = scratchDirectory(t, parent);
  for (const name of ['tree', 'objects', 'objects/aa', 'mnt', 'upper', 'work']) {
    fs.mkdirSync(join(path, name));
  }
  fs.writeFileSync(join(path, 'objects/aa/bb'), 'from the object');
  fs.writeFileSync(join(path, 'tree/plain'), 'from the image');
  fs.writeFileSync(join(path, 'tree/big'), '');
  fs.truncateSync(join(path, 'tree/big'), 'from the object'.length);
  const big = fromText(join(path, 'tree/big'));
  setXattrAt(AT_FDCWD, big, ascii('trusted.overlay.metacopy'), ascii(''));
  setXattrAt(AT_FDCWD, big, ascii('trusted.overlay.redirect'), ascii('/aa/bb'));
  const image = join(path, 'image');
  execFileSync('mkfs.erofs', ['--quiet', image, join(path, 'tree')], { stdio: 'pipe' });
  const imageFd = fs.openSync(image, 'r');
  t.after(() => {
    fs.closeSync(imageFd);
  });
  return { path, imageFd, mounts, target: fromText(join(path, 'mnt')) };
}

test('an image is mounted read-only from an open file', { skip }, (t) => {
  const { path, imageFd, target, mounts } = makeImage(t);
  fs.unlinkSync(join(path, 'image'));
  const mount = mountErofs(imageFd, { noacl: true });
  moveMount(mount, target);
  fs.closeSync(mount);
  mounts.push(target);
  assert.equal(fs.readFileSync(join(path, 'mnt/plain'), 'utf8'), 'from the image');
  assert.throws(() => {
    fs.writeFileSync(join(path, 'mnt/new'), '');
  }, /EROFS/);
});

test(
  'an image on a file system that EROFS cannot use directly goes through a loop device',
  { skip },
  (t) => {
    const mounts = trackMounts(t);
    const path = scratchDirectory(t);
    const tmpfs = createMount({ type: 'tmpfs', options: [], attributes: 0 });
    moveMount(tmpfs, fromText(path));
    fs.closeSync(tmpfs);
    mounts.push(path);
    const { path: inner, imageFd, target } = makeImage(t, mounts, path);
    let mount: number;
    try {
      mount = mountErofs(imageFd);
    } catch (error) {
      t.skip(describeError(error));
      return;
    }
    moveMount(mount, target);
    fs.closeSync(mount);
    mounts.push(target);
    assert.equal(fs.readFileSync(join(inner, 'mnt/plain'), 'utf8'), 'from the image');
    const table = fs.readFileSync('/proc/mounts', 'utf8').split('\n');
    assert.match(
      table.find((line) => line.includes(target))!,
      /^\/dev\/loop\d+ /,
    );
  },
);

for (const how of ['paths', 'descriptors'] as const) {
  test(`a composefs mount takes content from object directories given as ${how}`, { skip }, (t) => {
    const { path, imageFd, target, mounts } = makeImage(t);
    const objects = join(path, 'objects');
    const fd = fs.openSync(objects, 'r');
    const objectDirs = [how === 'paths' ? fromText(objects) : fd];
    mountComposefs({ imageFd, objectDirs, target, verity: false, source: 'rootseal-test' });
    fs.closeSync(fd);
    mounts.push(target);
    assert.equal(fs.readFileSync(join(path, 'mnt/plain'), 'utf8'), 'from the image');
    assert.equal(fs.readFileSync(join(path, 'mnt/big'), 'utf8'), 'from the object');
    assert.throws(() => {
      fs.writeFileSync(join(path, 'mnt/plain'), '');
    }, /EROFS/);
    const lines = fs.readFileSync('/proc/mounts', 'utf8').split('\n');
    const places = lines.map((line) => line.split(' ').slice(0, 3).join(' '));
    assert.ok(places.includes(`rootseal-test ${join(path, 'mnt')} overlay`));
    assert.deepEqual(
      places.filter((place) => place.includes('rootseal-mount-')),
      [],
      'the image itself is attached nowhere',
    );
  });
}

test('an object directory may have a path longer than a mount option', { skip }, (t) => {
  const { path, imageFd, target, mounts } = makeImage(t);
  const far = join(path, 'd'.repeat(200), 'd'.repeat(200));
  fs.mkdirSync(far, { recursive: true });
  fs.renameSync(join(path, 'objects'), join(far, 'objects'));
  const objectDirs = [fromText(join(far, 'objects'))];
  mountComposefs({ imageFd, objectDirs, target, verity: false });
  mounts.push(target);
  assert.equal(fs.readFileSync(join(path, 'mnt/big'), 'utf8'), 'from the object');
});

test('with verity an object that the image names no digest for cannot be read', { skip }, (t) => {
  const { path, imageFd, target, mounts } = makeImage(t);
  const objectDirs = [fromText(join(path, 'objects'))];
  mountComposefs({ imageFd, objectDirs, target, verity: true });
  mounts.push(target);
  assert.throws(() => fs.readFileSync(join(path, 'mnt/big')), /EIO/);
});

test('a writable composefs mount keeps changes in its upper directory', { skip }, (t) => {
  const { path, imageFd, target, mounts } = makeImage(t);
  const writable = { upper: fromText(join(path, 'upper')), work: fromText(join(path, 'work')) };
  const objectDirs = [fromText(join(path, 'objects'))];
  mountComposefs({ imageFd, objectDirs, target, verity: false, writable });
  mounts.push(target);
  fs.appendFileSync(join(path, 'mnt/big'), ', changed');
  assert.equal(fs.readFileSync(join(path, 'upper/big'), 'utf8'), 'from the object, changed');
  assert.equal(fs.readFileSync(join(path, 'objects/aa/bb'), 'utf8'), 'from the object');
});

test('layers joined in one option for older kernels mount the same', { skip }, (t) => {
  const { path, imageFd, target, mounts } = makeImage(t);
  const objects = join(path, 'obj:ects\\x');
  fs.renameSync(join(path, 'objects'), objects);
  const lower = join(path, 'tree');
  const erofs = mountErofs(imageFd);
  moveMount(erofs, fromText(lower));
  fs.closeSync(erofs);
  mounts.push(lower);
  const mount = { objectDirs: [fromText(objects)], verity: false };
  const options = overlayOptions(fromText(lower), 'joined', mount);
  const overlay = createMount({ type: 'overlay', options, attributes: MOUNT_ATTR_RDONLY });
  moveMount(overlay, target);
  fs.closeSync(overlay);
  mounts.push(target);
  assert.equal(fs.readFileSync(join(path, 'mnt/big'), 'utf8'), 'from the object');
});

test("a refused mount tells the kernel's own reason", { skip }, (t) => {
  const { path, target } = makeImage(t);
  fs.writeFileSync(join(path, 'zeros'), Buffer.alloc(8192));
  const fd = fs.openSync(join(path, 'zeros'), 'r');
  // EROFS gives its reason for this one to the kernel log only.
  assert.throws(() => mountErofs(fd), { syscall: 'fsconfig', errno: 'EINVAL' });
  fs.closeSync(fd);
  const options = [['nosuchoption'] as const];
  assert.throws(() => createMount({ type: 'erofs', options, attributes: 0 }), {
    syscall: 'fsconfig',
    message: /^erofs nosuchoption: cannot mount it: erofs: Unknown parameter 'nosuchoption'$/,
  });
  assert.throws(() => createMount({ type: 'nosuchfs', options: [], attributes: 0 }), {
    code: 'UNSUPPORTED',
    message: 'this kernel has no nosuchfs file system',
  });
  assert.throws(
    () => {
      unmount(target);
    },
    { syscall: 'umount2', errno: 'EINVAL' },
  );
});

test('a cloned mount can be made read-only without changing the first', { skip }, (t) => {
  const { path, target, mounts } = makeImage(t);
  const mount = cloneMount(AT_FDCWD, fromText(join(path, 'objects')), false);
  changeMount(mount, ascii(''), { set: MOUNT_ATTR_RDONLY });
  moveMount(mount, target);
  fs.closeSync(mount);
  mounts.push(target);
  assert.throws(() => {
    fs.writeFileSync(join(path, 'mnt/new'), '');
  }, /EROFS/);
  fs.writeFileSync(join(path, 'objects/new'), '');
  assert.ok(fs.existsSync(join(path, 'mnt/new')));
});

test('all threads of the process are in the same private mount namespace', { skip }, async () => {
  const mine = fs.readlinkSync('/proc/self/ns/mnt');
  assert.equal(await fs.promises.readlink('/proc/self/ns/mnt'), mine);
  const threads = fs.readdirSync('/proc/self/task');
  for (const id of threads) assert.equal(fs.readlinkSync(`/proc/self/task/${id}/ns/mnt`), mine);
});
