/** What images/README.md promises of every tree, on the tiny one. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rootseal as rootsealCall } from '../helpers/cli.js';
import { lacksForMachines } from './qemu/programs.js';
import { debian, tiny, type SealedImage } from './qemu/sealed.js';

const skip = process.getuid?.() !== 0 && 'needs root: the tree belongs to root';

test(
  'a tree has its kernel, its initramfs, the boot program and the loader below /usr',
  { skip },
  () => {
    const { tree } = tiny();
    const [release = '', ...others] = fs.readdirSync(join(tree, 'usr/lib/modules'));
    assert.deepEqual(others, []);
    const modules = join('usr/lib/modules', release);
    const files = [
      join(modules, 'vmlinuz'),
      join(modules, 'initramfs.img'),
      join(modules, 'modules.dep'),
    ];
    for (const file of [
      ...files,
      'usr/lib/rootseal/rootseal-setup-root',
      'usr/lib/rootseal/setup-root.conf',
    ])
      assert.ok(fs.statSync(join(tree, file)).size > 0, file);
    const loaders = fs.readdirSync(join(tree, 'usr/lib/systemd/boot/efi'));
    assert.ok(loaders.some((name) => /^systemd-boot.*\.efi$/.test(name)));
  },
);

/** What `lint --strict` says besides its verdict. @param skip rules that the image breaks on purpose */
function findings(image: SealedImage, what: string, skip: readonly string[]): string {
  const { status, stdout, stderr } = rootsealCall(
    ['lint', what, '--strict', ...skip.flatMap((rule) => ['--skip', rule])],
    // The commit has a time of its own, which is not that of the tree.
    { env: { ROOTSEAL_REPO: image.repository, SOURCE_DATE_EPOCH: dateOf(image) } },
  );
  return `${status}: ${stdout}${stderr}`;
}

function dateOf({ tree }: SealedImage): string {
  return String(fs.lstatSync(tree).mtimeMs / 1000);
}

const GOOD = '0: nothing is wrong with it\n';

test(
  'lint finds nothing in the Debian tree and in its commit',
  { skip: skip || lacksForMachines() },
  () => {
    const image = debian();
    for (const what of [image.tree, 'main']) assert.equal(findings(image, what, []), GOOD);
  },
);

test(
  'lint finds nothing in the tiny tree, which has no packages and nothing that fills /var',
  { skip },
  () => {
    const image = tiny();
    for (const what of [image.tree, 'main'])
      assert.equal(findings(image, what, ['dpkg-status', 'var-content']), GOOD);
  },
);

test('modules.dep names every module of a tree and none that is missing', { skip }, () => {
  const { tree } = tiny();
  const [release = ''] = fs.readdirSync(join(tree, 'usr/lib/modules'));
  const folder = join(tree, 'usr/lib/modules', release);
  const found = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const lines = fs.readFileSync(join(folder, 'modules.dep'), 'utf8').trim().split('\n');
  const named = lines.map((line) => line.replace(/:.*/, ''));
  assert.deepEqual(named.sort(), found.filter((name) => /\.ko(\.|$)/.test(name)).sort());
  for (const line of lines)
    for (const needed of line.split(/[: ]+/).filter((name) => name !== ''))
      assert.ok(found.includes(needed), needed);
});

test('a tree has every mount point, empty, and nothing of a machine or a build', { skip }, () => {
  const { tree } = tiny();
  for (const name of ['sysroot', 'proc', 'sys', 'dev', 'run', 'tmp', 'efi', 'boot'])
    assert.deepEqual(fs.readdirSync(join(tree, name)), [], name);
  for (const name of ['etc/machine-id', 'etc/hostname', 'etc/fstab', 'etc/resolv.conf', 'var/log'])
    assert.equal(fs.existsSync(join(tree, name)), false, name);
});

test(
  'no time stamp of a tree is later than that of its root, and all belongs to root',
  { skip },
  () => {
    const { tree } = tiny();
    const date = fs.lstatSync(tree).mtimeMs / 1000;
    const later = ['-xdev', '(', '-newermt', `@${date}`, '-o', '-not', '-uid', '0', ')', '-print'];
    const { stdout, status } = spawnSync('find', [tree, ...later], { encoding: 'utf8' });
    assert.deepEqual({ stdout, status }, { stdout: '', status: 0 });
  },
);
