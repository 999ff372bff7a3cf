/** The hook for initramfs-tools, in Debian's own: what it puts into an initramfs, and when it makes none. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHECKOUT } from '../helpers/boot-program.js';
import { rootseal } from '../helpers/cli.js';
import {
  CONFINED,
  cannotMake,
  makeInitramfs,
  type InitramfsToolsRequest,
} from '../helpers/initramfs-tools.js';
import { scratchDirectory } from '../helpers/scratch.js';

const skip = cannotMake;
const POLICY = '[verify]\nmode=seal\nname=test\n';
/** No drivers: the quickest initramfs. */
const SMALL = { 'etc/initramfs-tools/conf.d/small': 'MODULES=list\n' };

test(
  'the initramfs has the program, policy, keys, revocations, modules, and no function that gives a shell',
  { skip },
  (t) => {
    const scratch = scratchDirectory(t, '/var/tmp');
    rootseal(['key', 'generate', 'release.example.org', '--output', join(scratch, 'key')]);
    const key = rootseal(['key', 'show', join(scratch, 'key')]).stdout;
    const trust: Readonly<Record<string, string>> = {
      'etc/rootseal/setup-root.conf': POLICY,
      'etc/rootseal/keys.d/a key.pub': key,
      'usr/lib/rootseal/keys.d/b.pub': key,
      'etc/rootseal/revoked.d/list': '0123abcd\n',
      'usr/lib/rootseal/revoked.d/list': '# none\n',
    };
    const passedOver = {
      'usr/lib/rootseal/setup-root.conf': '[verify]\nmode=none\n',
      'etc/rootseal/keys.d/.b.pub.swp': 'not a key',
      'etc/rootseal/keys.d/README': 'not a key',
    };
    const made = makeInitramfs({ scratch, files: { ...trust, ...passedOver } });
    assert.equal(made.status, 0, made.output);
    assert.equal(made.output, '', 'no warnings');
    const read = (name: string): Buffer => fs.readFileSync(join(made.unpacked, name));
    for (const [name, content] of Object.entries(trust))
      assert.equal(read(name).toString(), content);
    for (const name of Object.keys(passedOver)) assert.ok(!made.names.includes(name), name);
    const program = 'usr/lib/rootseal/rootseal-setup-root';
    assert.deepEqual(
      read(program),
      fs.readFileSync(join(CHECKOUT, 'initramfs/build/rootseal-setup-root')),
    );
    assert.equal(fs.statSync(join(made.unpacked, program)).mode & 0o777, 0o755);
    const hash = process.arch === 'x64' ? 'sha256-ssse3' : 'sha256-arm64';
    for (const module of ['overlay', 'erofs', 'loop', 'efivarfs', hash])
      assert.ok(
        made.names.some((name) => name.includes(`/${module}.ko`)),
        module,
      );
    assert.match(read('conf/modules').toString(), /^overlay *\nerofs *$/m);
    assert.match(
      read('scripts/local-bottom/ORDER').toString(),
      /^\/scripts\/local-bottom\/rootseal /m,
    );
    const functions = fs.readFileSync(
      join(CHECKOUT, 'initramfs/initramfs-tools/functions'),
      'utf8',
    );
    assert.ok(read('scripts/functions').toString().endsWith(functions));
    // Process 1 is the program, before any shell runs; what was process 1 is started by it.
    assert.equal(fs.readlinkSync(join(made.unpacked, 'init')), `/${program}`);
    assert.match(read('usr/lib/rootseal/init').toString(), /^#!\/bin\/sh\n/);
    assert.equal(fs.statSync(join(made.unpacked, 'usr/lib/rootseal/init')).mode & 0o111, 0o111);
  },
);

test('a policy, key or revocation that would be refused at boot fails the build', { skip }, (t) => {
  const scratch = scratchDirectory(t, '/var/tmp');
  const policy = { 'usr/lib/rootseal/setup-root.conf': POLICY };
  const mistakes = [
    [{ 'etc/rootseal/setup-root.conf': '[verify]\nmode=sael\n' }, /^rootseal: refused policy: /],
    [{ ...policy, 'etc/rootseal/keys.d/x.pub': 'x\n' }, /^rootseal: refused keys: .*x\.pub/],
    [{ ...policy, 'etc/rootseal/revoked.d/x': 'x\n' }, /^rootseal: refused revocations: /],
  ] as const;
  for (const [files, line] of mistakes) {
    const { status, output } = makeInitramfs({ scratch, files: { ...SMALL, ...files } });
    assert.notEqual(status, 0, output);
    assert.match(output, line);
    assert.match(output, /^E: rootseal: no initramfs is made/m);
  }
});

test(
  'the initramfs of a system that says nothing of whom it trusts is as if rootseal was not there',
  { skip },
  (t) => {
    const scratch = scratchDirectory(t, '/var/tmp');
    const made = makeInitramfs({ scratch, files: SMALL });
    assert.equal(made.status, 0, made.output);
    assert.equal(made.output, '', 'no warnings');
    assert.deepEqual(
      made.names.filter((name) => /rootseal|erofs/.test(name)),
      [],
    );
    assert.ok(fs.lstatSync(join(made.unpacked, 'init')).isFile());
  },
);

test(
  'keys in /etc alone make a sealed root of a tree and of what the boot program started, and of a machine that checks releases none',
  { skip },
  (t) => {
    const scratch = scratchDirectory(t, '/var/tmp');
    rootseal(['key', 'generate', 'release.example.org', '--output', join(scratch, 'key')]);
    const key = rootseal(['key', 'show', join(scratch, 'key')]).stdout;
    const files = { ...SMALL, 'etc/rootseal/keys.d/x.pub': key };
    const isSealed = (
      request: Partial<InitramfsToolsRequest>,
      said: RegExp,
      more: Readonly<Record<string, string>> = {},
    ): boolean => {
      const made = makeInitramfs({ scratch, files: { ...files, ...more }, ...request });
      assert.equal(made.status, 0, made.output);
      assert.match(made.output, said);
      assert.equal(
        made.names.includes('etc/rootseal/keys.d/x.pub'),
        made.names.includes('usr/lib/rootseal/rootseal-setup-root'),
      );
      return fs.lstatSync(join(made.unpacked, 'init')).isSymbolicLink();
    };
    const starts = /^I: rootseal: this initramfs starts only what a key in \S+ has sealed\n$/;
    const isMachine = true;
    assert.equal(isSealed({}, starts), true, 'a tree');
    const unchecked = /^W: rootseal: this initramfs does not check what it starts: .*\n$/;
    assert.equal(isSealed({ isMachine }, unchecked), false, 'a machine');
    // Whose root that of process 1 is cannot be seen: any machine may be like that.
    const isHidden = { isMachine, isConfined: true };
    assert.equal(isSealed(isHidden, unchecked), false, 'a machine that hides process 1');
    // As is the boot program's to say, and container managers'.
    for (const file of ['run/rootseal/boot.json', 'run/systemd/container'])
      assert.equal(isSealed({ isMachine }, starts, { [file]: '' }), true, file);
  },
);

test(
  'dracut takes the module where a policy or a key of the system is there, or keys in /etc of a sealed root, and else only by name',
  { skip },
  (t) => {
    const scratch = scratchDirectory(t, '/var/tmp');
    // In the system itself, because dracut looks there when it is not given a directory.
    const check = (...files: string[]): string => checkBy('', ...files);
    const checkBy = (runner: string, ...files: string[]): string => {
      const { status, output } = makeInitramfs({
        scratch,
        files: {
          ...SMALL,
          ...Object.fromEntries(files.map((file) => [file, ''])),
          'check.sh':
            'dwarn() { echo "$1"; }; dinfo() { echo "$1"; }; . /module-setup.sh; check; echo "status $?"',
        },
        before: `cp "$checkout"/initramfs/dracut/module-setup.sh .
unshare --pid --fork --mount-proc=proc chroot . bash -c '${runner} bash /check.sh; exit' >../../output
printf 1 >../../status; exit`,
      });
      assert.equal(status, 1, 'no initramfs is made');
      return output;
    };
    assert.equal(check(), 'status 255\n');
    const keys = ['etc/rootseal/keys.d/x.pub', 'usr/lib/rootseal/keys.d/README'];
    assert.match(check(...keys), /^rootseal: .* does not check what it starts.*\nstatus 255\n$/);
    assert.match(checkBy(CONFINED, ...keys), /^rootseal: .* does not check .*\nstatus 255\n$/);
    assert.match(
      check(...keys, 'run/rootseal/boot.json'),
      /^rootseal: this initramfs starts only what .*\nstatus 0\n$/,
    );
    for (const file of [
      'etc/rootseal/setup-root.conf',
      'usr/lib/rootseal/setup-root.conf',
      'usr/lib/rootseal/keys.d/x.pub',
    ])
      assert.equal(check(file), 'status 0\n', file);
  },
);

test('dracut takes the module for a tree that it is given when it has keys in /etc', (t) => {
  const module = join(CHECKOUT, 'initramfs/dracut/module-setup.sh');
  const root = scratchDirectory(t);
  const check = (): [number | null, string] => {
    const env = { ...process.env, dracutsysrootdir: root };
    const program = `dwarn() { echo "$1"; }; dinfo() { echo "$1"; }; . ${module}; check`;
    const { status, stdout } = spawnSync('bash', ['-c', program], { env, encoding: 'utf8' });
    return [status, stdout];
  };
  assert.deepEqual(check(), [255, '']);
  fs.mkdirSync(join(root, 'etc/rootseal/keys.d'), { recursive: true });
  fs.writeFileSync(join(root, 'etc/rootseal/keys.d/x.pub'), '');
  const [status, said] = check();
  assert.equal(status, 0);
  assert.match(said, /^rootseal: this initramfs starts only what a key in .* has sealed\n$/);
});

test('what is missing, or not as the hook knows it, fails the build', { skip }, (t) => {
  const scratch = scratchDirectory(t, '/var/tmp');
  const tools = 'usr/share/initramfs-tools';
  const lacks: Readonly<Record<string, RegExp>> = {
    'rm usr/lib/rootseal/rootseal-setup-root': /rootseal-setup-root is missing/,
    'rm usr/lib/rootseal/initramfs-tools-functions': /initramfs-tools-functions is missing/,
    [`rm ${tools}/scripts/local-bottom/rootseal`]: /local-bottom\/rootseal is missing/,
    'find usr/lib/modules -name "erofs.ko*" -delete; chroot . depmod "$(ls lib/modules)"':
      /has no module erofs/,
    [`sed -i 's/^panic()/alarm()/' ${tools}/scripts/functions`]:
      /scripts\/functions has no "\^panic/,
    [`sed -i '/^run_scripts .scripts.init-bottom/d' ${tools}/init`]: /is not supported: \/init/,
    [`sed -i '/^run_scripts .scripts.init-top/d' ${tools}/init`]: /is not supported: \/init/,
  };
  for (const [before, line] of Object.entries(lacks)) {
    const files = { ...SMALL, 'usr/lib/rootseal/setup-root.conf': POLICY };
    const { status, output } = makeInitramfs({ scratch, files, before });
    assert.notEqual(status, 0, before);
    assert.match(output, /^E: rootseal: /m);
    assert.match(output, line);
  }
});

test('make install without a tree is refused: this system would not start again', { skip }, () => {
  const args = ['-s', '-C', join(CHECKOUT, 'initramfs'), 'install', 'DESTDIR='];
  const { status, stderr } = spawnSync('make', args, {
    encoding: 'utf8',
  });
  assert.notEqual(status, 0);
  assert.match(stderr, /DESTDIR= must name a tree/);
});
