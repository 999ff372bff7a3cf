/** The boot program as it is run in an initramfs: what it refuses, and what it mounts (docs/formats/boot.md). */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { bootOnce, cannotBoot, type BootRequest, type BootResult } from '../helpers/boot-once.js';
import { CHECKOUT } from '../helpers/boot-program.js';
import { templateRepository, type TestRepository } from '../helpers/repository.js';
import { scratchDirectory } from '../helpers/scratch.js';

const skip = cannotBoot;
const POLICY = 'etc/rootseal/setup-root.conf';
const NONE = { [POLICY]: '[verify]\nmode=none\n' };
/** No image: what is refused before one is looked for can be tested with it. */
const DIGEST = `v1-sha256-12:${'5e'.repeat(32)}`;

const LARGE = 'x'.repeat(5000);
const TREE = {
  'etc/release': 'from the image\n',
  'usr/bin/program': LARGE,
  ...Object.fromEntries(
    ['sysroot/', 'proc/', 'sys/', 'dev/', 'run/', 'tmp/', 'var/', 'efi/', 'boot/'].map((name) => [
      name,
      '',
    ]),
  ),
};

const template = templateRepository((repository: TestRepository) => {
  repository.commit(TREE);
  return { repository, hex: repository.imageOf('main') };
});

interface Machine {
  readonly scratch: string;
  /** The physical root. */
  readonly physical: string;
  readonly hex: string;
  /** Directory of the deployment. */
  readonly deployment: string;
  readonly boot: (request?: Partial<BootRequest>) => BootResult;
}

/** A physical root with one image and its state, without a seal. */
function machine(t: TestContext): Machine {
  const { repository, hex } = template(t);
  const scratch = scratchDirectory(t);
  const physical = join(scratch, 'physical');
  const deployment = join(physical, 'state/deploy', hex);
  fs.mkdirSync(join(deployment, 'etc'), { recursive: true });
  fs.mkdirSync(join(physical, 'state/os/tiny/var'), { recursive: true });
  fs.writeFileSync(join(deployment, 'etc/release'), 'from the state\n');
  fs.writeFileSync(join(physical, 'state/os/tiny/var/kept'), 'kept\n');
  fs.symlinkSync('../../os/tiny/var', join(deployment, 'var'));
  fs.renameSync(repository.path, join(physical, 'composefs'));
  const cmdline = `quiet composefs.digest=v1-sha256-12:${hex} panic=-1\n`;
  const boot = (request: Partial<BootRequest> = {}) =>
    bootOnce({ scratch, cmdline, physical, ...request });
  return { scratch, physical, hex, deployment, boot };
}

/** Checks a refusal: one line, the file, the status, and nothing left to start. */
function assertRefused(result: BootResult, what: string, why: RegExp): void {
  assert.equal(result.status, 1, result.output);
  const line = /^rootseal: refused ([a-z ]+): (.+)\n$/.exec(result.output);
  assert.ok(line, result.output);
  assert.equal(line[1], what);
  assert.match(line[2] ?? '', why);
  assert.equal(result.refused?.['version'], 1);
  assert.equal(result.refused['what'], what);
  assert.equal(result.refused['why'], line[2]);
  assert.equal(result.boot, undefined);
  assert.deepEqual(result.mounts, []);
  assert.deepEqual(result.names, []);
}

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

test('refused: a sequence floor that is no number, and one that cannot be read', { skip }, (t) => {
  const { physical, boot } = machine(t);
  const floor = join(physical, 'state/sequence-floor');
  for (const text of ['', '7', 'x\n', '07\n', '7\n7\n', `${'9'.repeat(17)}\n`]) {
    fs.writeFileSync(floor, text);
    assertRefused(boot(), 'state', /^sequence-floor is not a decimal number and a newline$/);
  }
  fs.rmSync(floor);
  fs.symlinkSync('nowhere', floor);
  assertRefused(boot(), 'state', /sequence-floor: /);
});

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

test('refused: an image that was revoked, although nothing else is asked for', { skip }, (t) => {
  const { hex, boot } = machine(t);
  const files = { ...NONE, 'usr/lib/rootseal/revoked.d/x': `v1-sha256-12:${hex}\n` };
  assertRefused(boot({ files }), 'image', /^it was revoked$/);
});

test('refused: a file that is no EROFS image, and what the kernel says about it', { skip }, (t) => {
  const { physical, hex, boot } = machine(t);
  const object = fs.realpathSync(join(physical, 'composefs/images', hex));
  fs.truncateSync(object, 0);
  fs.writeFileSync(object, 'x'.repeat(8192));
  assertRefused(boot({ files: NONE }), 'file system', /^erofs cannot be mounted: /);
});

/** Boots with mode=none, or skips the test where the kernel cannot mount the image. */
function bootUnverified(
  t: TestContext,
  boot: Machine['boot'],
  policy: string,
  request: Partial<BootRequest> = {},
): BootResult | undefined {
  const result = boot({ files: { [POLICY]: `[verify]\nmode=none\n${policy}` }, ...request });
  if (/loop devices, which|it has no (erofs|overlay) file system/.test(result.output)) {
    t.skip('this kernel cannot mount a composefs image from a file');
    return undefined;
  }
  assert.equal(result.status, 0, result.output);
  assert.equal(result.refused, undefined);
  return result;
}

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
    const program = join(CHECKOUT, 'initramfs/build/rootseal-setup-root');
    if (fs.existsSync('/etc/initrd-release') || fs.statfsSync('/').type === 0x01021994) {
      t.skip('/ is in memory here');
      return;
    }
    const { status, stderr } = spawnSync(program, [physical], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, /^rootseal-setup-root: this is no initramfs\n/);
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
