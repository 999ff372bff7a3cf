/** The boot program as it is run in an initramfs: what it refuses (docs/formats/boot.md). */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootOnce, cannotBoot, type BootRequest } from '../helpers/boot-once.js';
import { buildBoot } from '../helpers/boot-program.js';
import { assertRefused, bootUnverified, machine, NONE, POLICY } from '../helpers/boot-physical.js';
import { cannotServe, fuseServer } from '../helpers/fuse.js';
import { scratchDirectory } from '../helpers/scratch.js';

const skip = cannotBoot;
/** No image: what is refused before one is looked for can be tested with it. */
const DIGEST = `v1-sha256-12:${'5e'.repeat(32)}`;

/** Runs on any machine: no image is needed. */
function refusesEarly(
  name: string,
  what: string,
  why: RegExp,
  request: Partial<BootRequest> & { readonly words?: string },
): void {
  test(`refused: ${name}`, { skip }, (t) => {
    const scratch = scratchDirectory(t);
    const physical = join(scratch, 'physical');
    fs.mkdirSync(join(physical, 'usr'), { recursive: true });
    const cmdline = request.words ?? `composefs.digest=${DIGEST}`;
    assertRefused(bootOnce({ scratch, physical, cmdline, ...request }), what, why);
  });
}

refusesEarly('no digest', 'command line', /^composefs\.digest= is missing/, { words: 'quiet\n' });
refusesEarly('an optional digest, in another mode than none', 'command line', /not none$/, {
  words: `composefs.digest=?${DIGEST}`,
});
refusesEarly('an unknown word of ours', 'command line', /^rootseal\.mode is not known$/, {
  words: `composefs.digest=${DIGEST} rootseal.mode=none`,
});
refusesEarly(
  'a misspelt key in the policy',
  'policy',
  /setup-root\.conf: line 2: unknown key in this section: treshold=2$/,
  { files: { [POLICY]: '[verify]\ntreshold=2\n' } },
);
refusesEarly('a policy that is a link to nowhere', 'policy', /setup-root\.conf: No such file/, {
  files: { [POLICY]: '->nowhere', 'usr/lib/rootseal/setup-root.conf': '[verify]\nmode=none\n' },
});
refusesEarly('a policy that was emptied', 'policy', /setup-root\.conf: the file is empty: /, {
  files: { [POLICY]: '' },
});
refusesEarly('a directory of the policy that is a link to nowhere', 'policy', /No such file/, {
  files: {
    'etc/rootseal': '->nowhere',
    'usr/lib/rootseal/setup-root.conf': '[verify]\nmode=none\n',
  },
});
refusesEarly('a directory of the policy that is a file', 'policy', /Not a directory$/, {
  files: { 'etc/rootseal': '', 'usr/lib/rootseal/setup-root.conf': '[verify]\nmode=none\n' },
});
refusesEarly('a policy that is a directory', 'policy', /is not a regular file$/, {
  files: { [`${POLICY}/x`]: '' },
});
refusesEarly('a policy larger than 64 KiB', 'policy', /65536/, {
  files: { [POLICY]: `#${'x'.repeat(65_536)}` },
});
refusesEarly('a file of keys that is none', 'keys', /keys\.d\/bad\.pub: line 1: /, {
  files: { 'usr/lib/rootseal/keys.d/bad.pub': 'no key\n' },
});
refusesEarly('a fifo among the keys', 'keys', /keys\.d\/fifo\.pub is not a regular file$/, {
  before: 'mkdir -p etc/rootseal/keys.d; mkfifo etc/rootseal/keys.d/fifo.pub',
});
refusesEarly('a file of revocations that is none', 'revocations', /revoked\.d\/x: line 1: /, {
  files: { 'etc/rootseal/revoked.d/x': 'stolen\n' },
});
refusesEarly('a disk without a repository', 'repository', /^composefs: No such file/, {});
refusesEarly('nothing mounted at /sysroot', 'root partition', /^nothing is mounted at \/sysroot$/, {
  physical: '',
});

test(
  'keys whose names do not end in .pub, and names that start with a dot, are not read',
  { skip },
  (t) => {
    const scratch = scratchDirectory(t);
    const physical = join(scratch, 'physical');
    fs.mkdirSync(physical);
    const names = ['keys.d/note', 'keys.d/.x.pub', 'revoked.d/.swp'];
    const files = Object.fromEntries(names.map((name) => [`etc/rootseal/${name}`, 'no key\n']));
    const cmdline = `composefs.digest=${DIGEST}`;
    assertRefused(bootOnce({ scratch, physical, cmdline, files }), 'repository', /./);
  },
);

test(
  'what was mounted upon the physical root is gone after a refusal, and so is all below',
  { skip },
  (t) => {
    const before =
      'mount -t tmpfs x sysroot; mkdir sysroot/usr; mount -t tmpfs x sysroot/usr; touch sysroot/usr/init';
    const result = bootOnce({ scratch: scratchDirectory(t), cmdline: '', before });
    assertRefused(result, 'command line', /./);
  },
);

test('refused: a symbolic link in place of the repository', { skip }, (t) => {
  const { physical, boot } = machine(t);
  fs.renameSync(join(physical, 'composefs'), join(physical, 'other'));
  fs.symlinkSync('other', join(physical, 'composefs'));
  assertRefused(boot(), 'repository', /^composefs is a symbolic link$/);
});

test('refused: an image that leads out of the repository, even to a good one', { skip }, (t) => {
  const { physical, hex, boot } = machine(t);
  const link = join(physical, 'composefs/images', hex);
  const object = fs.realpathSync(link);
  fs.copyFileSync(object, join(physical, 'copy'));
  for (const target of ['../../copy', '/sysroot/copy', object]) {
    fs.rmSync(link);
    fs.symlinkSync(target, link);
    assertRefused(boot({ files: NONE }), 'image', /leads out of the repository$/);
  }
});

test('refused: an image that is missing, a directory, or a fifo', { skip }, (t) => {
  const { physical, hex, boot } = machine(t);
  const link = join(physical, 'composefs/images', hex);
  fs.rmSync(link);
  assertRefused(boot({ files: NONE }), 'image', /No such file or directory$/);
  fs.mkdirSync(link);
  assertRefused(boot({ files: NONE }), 'image', /is not a regular file$/);
  fs.rmdirSync(link);
  assert.equal(spawnSync('mkfifo', [link]).status, 0);
  assertRefused(boot({ files: NONE }), 'image', /is not a regular file$/);
});

test('refused: a seal that is missing, too large, a link, or no file', { skip }, (t) => {
  const { deployment, boot } = machine(t);
  const seal = join(deployment, 'seal');
  assertRefused(boot(), 'seal', /\/seal: No such file or directory$/);
  fs.writeFileSync(seal, 'x'.repeat(65_537));
  assertRefused(boot(), 'seal', /\/seal is larger than 65536 bytes$/);
  fs.rmSync(seal);
  fs.symlinkSync('/proc/cmdline', seal);
  assertRefused(boot(), 'seal', /symbolic link/);
  fs.rmSync(seal);
  fs.mkdirSync(seal);
  assertRefused(boot(), 'seal', /Is a directory$/);
});

test(
  'refused: a sequence floor that is not a number, and one that cannot be read',
  { skip },
  (t) => {
    const { physical, boot } = machine(t);
    const floor = join(physical, 'state/sequence-floor');
    for (const text of ['', '7', 'x\n', '07\n', '7\n7\n', `${'9'.repeat(17)}\n`]) {
      fs.writeFileSync(floor, text);
      assertRefused(boot(), 'state', /^sequence-floor is not a decimal number and a newline$/);
    }
    fs.rmSync(floor);
    fs.symlinkSync('nowhere', floor);
    assertRefused(boot(), 'state', /sequence-floor: /);
  },
);

test('a host without fs-verity refuses mode=seal with a message that says so', { skip }, (t) => {
  const { physical, deployment, boot, hex } = machine(t);
  const image = join(physical, 'composefs/images', hex);
  if (spawnSync('fsverity', ['measure', image]).status === 0) {
    t.skip('this host has fs-verity');
    return;
  }
  fs.writeFileSync(join(deployment, 'seal'), 'a seal\n');
  const why = /(has no fs-verity, so the image cannot be verified|fs-verity is not enabled on it)$/;
  const result = boot();
  assert.match(String(result.refused?.['why']), why);
  assertRefused(result, String(result.refused?.['what']), why);
  const files = { [POLICY]: '[verify]\nmode=cmdline\n' };
  assert.match(String(boot({ files }).refused?.['why']), why);
});

test(
  'a server of a file system in user space that answers for fs-verity is not believed',
  { skip: cannotServe },
  (t) => {
    const { physical, boot, hex } = machine(t);
    // What it shows is another image than the one that it answers for.
    const image = fs.realpathSync(join(physical, 'composefs/images', hex));
    const other = join(physical, 'other');
    fs.writeFileSync(other, Buffer.concat([fs.readFileSync(image), Buffer.from('evil')]));
    const before = `${fuseServer()} sysroot ${hex} ${other}`;
    const files = { [POLICY]: '[verify]\nmode=cmdline\n' };
    const result = boot({ files, before, physical: '' });
    assertRefused(result, 'file system', /^the root file system is not ext4, btrfs or f2fs: /);
  },
);

test('refused: an image that was revoked, although nothing else is asked for', { skip }, (t) => {
  const { hex, boot } = machine(t);
  const files = { ...NONE, 'usr/lib/rootseal/revoked.d/x': `v1-sha256-12:${hex}\n` };
  assertRefused(boot({ files }), 'image', /^it was revoked$/);
});

test(
  'refused: a file that is not an EROFS image, and what the kernel says about it',
  { skip },
  (t) => {
    const { physical, hex, boot } = machine(t);
    const object = fs.realpathSync(join(physical, 'composefs/images', hex));
    fs.truncateSync(object, 0);
    fs.writeFileSync(object, 'x'.repeat(8192));
    assertRefused(boot({ files: NONE }), 'file system', /^erofs cannot be mounted: /);
  },
);

for (const target of [
  '/etc',
  '../../os/../../etc/var',
  '../../os/tiny/var/',
  '../../os//var',
  '../..',
]) {
  test(`refused: a link var to ${target}`, { skip }, (t) => {
    const { deployment, boot } = machine(t);
    if (bootUnverified(t, boot, '') === undefined) return;
    fs.rmSync(join(deployment, 'var'));
    fs.symlinkSync(target, join(deployment, 'var'));
    const why = /var is not a symbolic link to \.\.\/\.\.\/os\/<name>\/var$/;
    assertRefused(boot({ files: NONE }), 'state', why);
  });
}

test('refused: a state whose directories are links', { skip }, (t) => {
  const { physical, deployment, boot } = machine(t);
  if (bootUnverified(t, boot, '') === undefined) return;
  fs.renameSync(join(deployment, 'etc'), join(deployment, 'real'));
  fs.symlinkSync('real', join(deployment, 'etc'));
  assertRefused(boot({ files: NONE }), 'state', /symbolic link/);
  fs.rmSync(join(deployment, 'etc'));
  fs.renameSync(join(deployment, 'real'), join(deployment, 'etc'));
  fs.renameSync(join(physical, 'state/os/tiny'), join(physical, 'state/os/other'));
  fs.symlinkSync('other', join(physical, 'state/os/tiny'));
  assertRefused(boot({ files: NONE }), 'state', /symbolic link/);
});

test(
  'a running system is left alone: the program works only where / is in memory',
  { skip },
  (t) => {
    const physical = join(scratchDirectory(t), 'usr');
    fs.mkdirSync(physical);
    const program = buildBoot('rootseal-setup-root');
    if (fs.existsSync('/etc/initrd-release') || fs.statfsSync('/').type === 0x01021994) {
      t.skip('/ is in memory here');
      return;
    }
    const { status, stderr } = spawnSync(program, [physical], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, /^rootseal-setup-root: this is not an initramfs\n/);
    assert.ok(fs.existsSync(physical));
    return undefined;
  },
);

test(
  'arguments that are none are a mistake of the caller, and nothing is touched',
  { skip },
  (t) => {
    const scratch = scratchDirectory(t);
    for (const args of [['sysroot'], ['/'], ['--verify'], ['/sysroot', '/x']]) {
      const result = bootOnce({ scratch, cmdline: '', args, before: 'touch sysroot/left' });
      assert.equal(result.status, 2);
      assert.match(result.output, /usage: rootseal-setup-root/);
      assert.deepEqual(result.names, ['left']);
    }
  },
);

test('--refused returns where the boot loader counts no tries', { skip }, (t) => {
  const result = bootOnce({ scratch: scratchDirectory(t), cmdline: '', args: ['--refused'] });
  assert.deepEqual([result.status, result.output], [0, '']);
});

test(
  '--check refuses the policies, keys and revocations that a boot would refuse',
  { skip },
  (t) => {
    const check = (files: Record<string, string>): readonly [number, string] => {
      const scratch = scratchDirectory(t);
      const { status, output } = bootOnce({ scratch, cmdline: '', args: ['--check'], files });
      return [status, output];
    };
    assert.deepEqual(check({ [POLICY]: '[verify]\nmode=cmdline\n' }), [0, '']);
    assert.deepEqual(check({}), [
      0,
      'rootseal: nothing will start: keys there are 0, signatures wanted 1\n',
    ]);
    const mistakes: Record<string, [string, RegExp]> = {
      policy: [POLICY, /^rootseal: refused policy: .*setup-root\.conf/],
      keys: ['etc/rootseal/keys.d/x.pub', /^rootseal: refused keys: .*x\.pub/],
      revocations: ['etc/rootseal/revoked.d/x', /^rootseal: refused revocations: .*revoked\.d\/x/],
    };
    for (const [what, [path, line]] of Object.entries(mistakes)) {
      const [status, output] = check({ [path]: 'mode=sael\n' });
      assert.equal(status, 1, what);
      assert.match(output, line);
    }
  },
);
