/** The boot program as it is run in an initramfs: what it mounts and reports (docs/formats/boot.md). */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cannotBoot, type BootResult } from '../helpers/boot-once.js';
import { bootUnverified, machine } from '../helpers/boot-physical.js';

const skip = cannotBoot;

const place = (result: BootResult, path: string) =>
  result.mounts.filter((mount) => mount.place === path);

test(
  'mode=none: the root is read-only over the image, and says that it is not verified',
  { skip },
  (t) => {
    const { hex, boot } = machine(t);
    const after = 'cat sysroot/etc/release; wc -c <sysroot/usr/bin/program; ! touch sysroot/x 2>&1';
    const result = bootUnverified(t, boot, '', { after });
    if (result === undefined) return;
    assert.equal(result.output, `rootseal: NOT verified v1-sha256-12:${hex} (mode=none)\n`);
    assert.match(result.afterwards, /^from the state\n5000\ntouch: .*Read-only file system\n$/);
    const [root] = place(result, '/sysroot');
    assert.equal(root?.type, 'overlay');
    assert.ok(root.options.includes('ro'));
    for (const option of ['metacopy=on', 'redirect_dir=on'])
      assert.ok(root.superOptions.includes(option), option);
    assert.ok(!root.superOptions.some((option) => option.startsWith('verity=')));
  },
);

test(
  'mode=none: /etc and /var are of the state and writable; the physical root is for root, read-only',
  { skip },
  (t) => {
    const { physical, deployment, boot } = machine(t);
    const after = `echo new >sysroot/etc/new; cat sysroot/var/kept; echo new >sysroot/var/new
    ! touch sysroot/sysroot/x 2>&1; ls sysroot/sysroot; stat -c %a sysroot/sysroot`;
    const result = bootUnverified(t, boot, '', { after });
    if (result === undefined) return;
    assert.match(result.afterwards, /^kept\ntouch: .*Read-only.*\ncomposefs\nstate\n700\n$/);
    assert.equal(fs.readFileSync(join(deployment, 'etc/new'), 'utf8'), 'new\n');
    assert.equal(fs.readFileSync(join(physical, 'state/os/tiny/var/new'), 'utf8'), 'new\n');
    const options = ['/sysroot/etc', '/sysroot/var', '/sysroot/sysroot'].map((path) => {
      const mounts = place(result, path);
      assert.equal(mounts.length, 1, path);
      return mounts[0]?.options ?? [];
    });
    for (const list of options) assert.ok(list.includes('nodev'));
    assert.deepEqual(
      options.map((list) => list.includes('ro')),
      [false, false, true],
    );
    assert.ok(options[2]?.includes('nosuid'));
    assert.equal(result.mounts.length, 4);
  },
);

test(
  'boot.json says what was started, how it was put together, and how long each step took',
  { skip },
  (t) => {
    const { hex, boot } = machine(t);
    const after =
      'stat -c %a run/rootseal/boot.json; ls run/rootseal; readlink run/systemd/volatile-root || :';
    const result = bootUnverified(t, boot, '[etc]\nmount=transient\n', { after });
    if (result?.boot === undefined) return;
    const { steps, ...rest } = result.boot;
    assert.deepEqual(rest, {
      version: 1,
      assurance: 'unverified',
      missing: [
        'verification',
        'secure-boot',
        'setup-mode',
        'unified-kernel-image',
        'stub-version',
        'trust-manifest',
      ],
      mode: 'none',
      image: `v1-sha256-12:${hex}`,
      id: hex,
      keys: [],
      secureBoot: false,
      unifiedKernelImage: false,
      etc: 'transient',
      var: 'bind',
      transientRoot: false,
    });
    assert.ok(Array.isArray(steps) && steps.length > 8);
    for (const step of steps as { name: string; microseconds: number }[]) {
      assert.match(step.name, /^[a-z ]+$/);
      assert.ok(Number.isSafeInteger(step.microseconds) && step.microseconds >= 0);
    }
    assert.match(result.afterwards, /^644\nboot\.json\n(\/dev\/block\/\d+:\d+\n)?$/);
  },
);

test('etc and var: transient ones are writable and forgotten', { skip }, (t) => {
  const { physical, deployment, boot } = machine(t);
  const after = `cat sysroot/etc/release; echo x >sysroot/etc/x; echo x >sysroot/var/x
    stat -c %a sysroot/etc sysroot/var`;
  const policy = '[etc]\nmount=transient\n[var]\nmount=transient\n';
  const result = bootUnverified(t, boot, policy, { after });
  if (result === undefined) return;
  assert.equal(result.afterwards, 'from the image\n755\n755\n');
  assert.deepEqual(fs.readdirSync(join(deployment, 'etc')), ['release']);
  assert.deepEqual(fs.readdirSync(join(physical, 'state/os/tiny/var')), ['kept']);
  for (const path of ['/sysroot/etc', '/sysroot/var'])
    assert.ok(place(result, path)[0]?.options.includes('nodev'));
});

test('etc: as an overlay, changes are in the state and the rest is of the image', { skip }, (t) => {
  const { deployment, boot } = machine(t);
  fs.rmSync(join(deployment, 'etc/release'));
  const after = 'cat sysroot/etc/release; echo x >>sysroot/etc/x; cat sysroot/etc/x';
  const first = bootUnverified(t, boot, '[etc]\nmount=overlay\n', { after });
  if (first === undefined) return;
  assert.equal(first.afterwards, 'from the image\nx\n');
  assert.deepEqual(fs.readdirSync(join(deployment, 'etc')).sort(), ['upper', 'work']);
  assert.equal(
    bootUnverified(t, boot, '[etc]\nmount=overlay\n', { after })?.afterwards,
    'from the image\nx\nx\n',
  );
});

test('etc and var: none leaves those of the image, read-only', { skip }, (t) => {
  const { deployment, boot } = machine(t);
  fs.rmSync(join(deployment, '..'), { recursive: true });
  const after = 'cat sysroot/etc/release; ! touch sysroot/etc/x sysroot/var/x 2>/dev/null';
  const result = bootUnverified(t, boot, '[etc]\nmount=none\n[var]\nmount=none\n', { after });
  if (result === undefined) return;
  assert.equal(result.afterwards, 'from the image\n');
  assert.equal(result.mounts.length, 2);
});

test('root: a transient one can be written everywhere, and is forgotten', { skip }, (t) => {
  const { boot } = machine(t);
  const after = 'echo x >sysroot/usr/bin/program; cat sysroot/usr/bin/program; rm -r sysroot/boot';
  const result = bootUnverified(t, boot, '[root]\ntransient=yes\n', { after });
  if (result === undefined) return;
  assert.equal(result.afterwards, 'x\n');
  assert.equal(result.boot?.['transientRoot'], true);
  const again = bootUnverified(t, boot, '', {
    after: 'wc -c <sysroot/usr/bin/program; ls sysroot',
  });
  assert.match(again?.afterwards ?? '', /^5000\nboot\n/);
});

test(
  'where EROFS does not mount files, a read-only loop device stands in, which goes with the mount',
  { skip },
  (t) => {
    if (spawnSync('losetup', ['-f']).status !== 0) {
      t.skip('loop devices are not to be had here');
      return;
    }
    const { physical, boot } = machine(t);
    // EROFS mounts no files of tmpfs. Our lines stay out of the log of the host.
    const before = `mount -t tmpfs memory sysroot; cp -a ${physical}/. sysroot
    mount --bind /dev dev; mount --bind /dev/null dev/kmsg`;
    const after = 'wc -c <sysroot/usr/bin/program; losetup -ln -O RO,AUTOCLEAR,BACK-FILE';
    const result = bootUnverified(t, boot, '', { before, after });
    if (result === undefined) return;
    assert.match(result.afterwards, /^5000\n/);
    assert.match(result.afterwards, /^ *1 +1 .*\/objects\/[0-9a-f]{2}\/[0-9a-f]{62}$/m);
  },
);

test('rootseal.state= chooses another deployment of the same image', { skip }, (t) => {
  const { physical, hex, boot } = machine(t);
  const second = join(physical, 'state/deploy', `${hex}.2`);
  fs.mkdirSync(join(second, 'etc'), { recursive: true });
  fs.writeFileSync(join(second, 'etc/release'), 'second\n');
  fs.symlinkSync('../../os/tiny/var', join(second, 'var'));
  const result = bootUnverified(t, boot, '', {
    cmdline: `composefs.digest=?v1-sha256-12:${hex} rootseal.state=${hex}.2`,
    after: 'cat sysroot/etc/release',
  });
  if (result === undefined) return;
  assert.equal(result.afterwards, 'second\n');
  assert.equal(result.boot?.['id'], `${hex}.2`);
});
