/** The last step of every image definition, and what the Debian one says when it is used wrongly. No network. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parsePolicy } from '../../src/formats/seal/policy.js';
import { scratchDirectory } from '../helpers/scratch.js';

function call(script: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const unset = { SOURCE_DATE_EPOCH: '', ROOTSEAL_KEYS: '', ROOTSEAL_PACKAGES: '' };
  return spawnSync(join('images', script), args, {
    env: { ...process.env, ...unset, ...env },
    encoding: 'utf8',
  });
}

test('times later than SOURCE_DATE_EPOCH are lowered to it, those of links too, and others stay', (t) => {
  const root = scratchDirectory(t);
  writeFileSync(join(root, 'new'), '');
  symlinkSync('nowhere', join(root, 'link'));
  spawnSync('touch', ['--date=@500', join(root, 'old')]);
  const { status, stderr } = call('complete', [root], { SOURCE_DATE_EPOCH: '1000' });
  assert.equal(status, 0, stderr);
  const times = ['.', 'new', 'link', 'old'].map((name) => lstatSync(join(root, name)).mtimeMs);
  assert.deepEqual(times, [1_000_000, 1_000_000, 1_000_000, 500_000]);
});

test('the date that a build noted is used and does not stay in the tree', (t) => {
  const root = scratchDirectory(t);
  writeFileSync(join(root, '.source-date-epoch'), '2000\n');
  assert.equal(call('complete', [root]).status, 0);
  assert.deepEqual(readdirSync(root), []);
  assert.equal(lstatSync(root).mtimeMs, 2_000_000);
});

test('a tree without any date is refused', (t) => {
  const { status, stderr } = call('complete', [scratchDirectory(t)]);
  assert.equal(status, 1);
  assert.match(stderr, /SOURCE_DATE_EPOCH/);
});

test('verifier keys of ROOTSEAL_KEYS come into the tree, and a folder without any is refused', (t) => {
  const [root, keys] = [scratchDirectory(t), scratchDirectory(t)];
  const env = { ROOTSEAL_KEYS: keys };
  assert.equal(call('trust', [root, 'tiny'], env).status, 1);
  writeFileSync(join(keys, 'release.pub'), 'key\n', { mode: 0o600 });
  writeFileSync(join(keys, 'release.key'), 'secret\n');
  assert.equal(call('trust', [root, 'tiny'], env).status, 0);
  const folder = join(root, 'usr/lib/rootseal/keys.d');
  assert.deepEqual(readdirSync(folder), ['release.pub']);
  assert.equal(readFileSync(join(folder, 'release.pub'), 'utf8'), 'key\n');
  assert.equal(lstatSync(join(folder, 'release.pub')).mode & 0o777, 0o644);
});

test('the policy of an image wants a seal for releases of its name, and our parser accepts it', (t) => {
  const root = scratchDirectory(t);
  assert.equal(call('trust', [root, 'debian-trixie']).status, 0);
  const policy = parsePolicy(readFileSync(join(root, 'usr/lib/rootseal/setup-root.conf')));
  assert.equal(policy.verify.mode, 'seal');
  assert.equal(policy.verify.name, 'debian-trixie');
  assert.deepEqual(readdirSync(join(root, 'usr/lib/rootseal/keys.d')), []);
});

for (const name of ['debian', 'tiny']) {
  test(`the build of ${name} refuses a folder that is not empty and calls without a folder`, (t) => {
    const root = scratchDirectory(t);
    mkdirSync(join(root, 'home'));
    const { status, stderr } = call(`${name}/build`, [root]);
    assert.equal(status, 1);
    assert.match(stderr, process.getuid?.() === 0 ? /not empty|is missing/ : /root/);
    assert.equal(call(`${name}/build`, []).status, 2);
    assert.equal(call(`${name}/build`, ['--help']).status, 2);
  });
}

/** What `images/debian/shape` finds in a Debian tree, as far as it looks at it. */
function debianTree(root: string): void {
  const folders = ['home', 'srv', 'mnt', 'media', 'root', 'etc', 'var/lib/dpkg', 'var/log'];
  const more = [
    'var/lib/pam',
    'var/cache/apt',
    'var/lib/misc',
    'usr/lib/tmpfiles.d',
    'usr/lib/sysusers.d',
  ];
  for (const folder of [...folders, ...more]) mkdirSync(join(root, folder), { recursive: true });
  const files = {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nmail:x:8:8:mail:/var/mail:/usr/sbin/nologin\n',
    'etc/group': 'root:x:0:\nmail:x:8:\nsystemd-journal:x:999:\n',
    'etc/fstab': '# UNCONFIGURED\n',
    'usr/lib/tmpfiles.d/home.conf': 'Q /home 0755 - - -\n',
    'usr/lib/tmpfiles.d/provision.conf': 'd- /root/.ssh :0700 root :root -\n',
    'usr/lib/tmpfiles.d/var.conf':
      'd /var/log 0755 - - -\nz /var/log/journal 2755 root systemd-journal - -\n',
    'var/lib/dpkg/status': 'Package: base-files\n',
    'var/lib/dpkg/lock': '',
    'var/lib/pam/seen': '',
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  symlinkSync('/run', join(root, 'var/run'));
}

test('a shaped tree has links to /var for what people keep, and mount points', (t) => {
  const root = scratchDirectory(t);
  debianTree(root);
  const { status, stderr } = call('debian/shape', [root]);
  assert.equal(status, 0, stderr);
  const links = ['home', 'root', 'srv', 'mnt', 'media'].map((name) =>
    readlinkSync(join(root, name)),
  );
  assert.deepEqual(links, ['var/home', 'var/roothome', 'var/srv', 'var/mnt', 'run/media']);
  for (const name of ['sysroot', 'efi', 'boot'])
    assert.deepEqual(readdirSync(join(root, name)), []);
  assert.equal(existsSync(join(root, 'etc/fstab')), false);
  assert.equal(existsSync(join(root, 'usr/lib/tmpfiles.d/home.conf')), false);
  const provision = readFileSync(join(root, 'usr/lib/tmpfiles.d/provision.conf'), 'utf8');
  assert.equal(provision, 'd- /var/roothome/.ssh :0700 root :root -\n');
});

test('a shaped tree has the package database in /usr and no other state of package management', (t) => {
  const root = scratchDirectory(t);
  debianTree(root);
  assert.equal(call('debian/shape', [root]).status, 0);
  assert.deepEqual(readdirSync(join(root, 'usr/lib/sysimage/dpkg')), ['status']);
  assert.match(readFileSync(join(root, 'var/lib/dpkg/status'), 'utf8'), /base-files/);
  assert.deepEqual(readdirSync(join(root, 'var/lib')), ['dpkg', 'misc']);
  assert.deepEqual(readdirSync(join(root, 'var/cache')), []);
});

test('tmpfiles makes what a shaped tree has in /var, except what packages have lines for', (t) => {
  const root = scratchDirectory(t);
  debianTree(root);
  assert.equal(call('debian/shape', [root]).status, 0);
  const lines = readFileSync(join(root, 'usr/lib/tmpfiles.d/zz-image-var.conf'), 'utf8').split(
    '\n',
  );
  for (const line of ['d /var/log/journal 2755 root systemd-journal -', 'L /var/run - - - - /run'])
    assert.ok(lines.includes(line), line);
  assert.equal(lines.filter((line) => line.includes(' /var/log ')).length, 0);
  const users = readFileSync(join(root, 'usr/lib/sysusers.d/zz-image.conf'), 'utf8');
  assert.match(
    users,
    /^g systemd-journal 999\nu root 0:0 "root" \/root \/bin\/bash\nu mail 8:8 "mail" /m,
  );
});

test('an image gets the packages of the folder that is named, when each is there once', (t) => {
  const [folder, target] = [scratchDirectory(t), scratchDirectory(t)];
  const architecture = spawnSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).stdout;
  const name = (one: string, of = architecture.trim()): string =>
    join(folder, `${one}_1_${of}.deb`);
  const packages = (): { status: number | null; stderr: string } =>
    call('packages', [target], { ROOTSEAL_PACKAGES: folder });
  writeFileSync(name('rootseal'), 'program');
  writeFileSync(name('rootseal-initramfs', 'hurd'), 'for another machine');
  assert.equal(packages().status, 1);
  assert.match(packages().stderr, /0 packages rootseal-initramfs_\*_/);
  writeFileSync(name('rootseal-initramfs'), 'boot');
  const { status, stderr } = packages();
  assert.equal(status, 0, stderr);
  assert.equal(readFileSync(join(target, 'rootseal.deb'), 'utf8'), 'program');
  assert.equal(readFileSync(join(target, 'rootseal-initramfs.deb'), 'utf8'), 'boot');
  writeFileSync(join(folder, `rootseal_2_${architecture.trim()}.deb`), 'newer');
  assert.match(packages().stderr, /2 packages rootseal_\*_/);
});
