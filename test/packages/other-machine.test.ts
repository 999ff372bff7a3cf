/** The packages for 64-bit ARM, made on another machine by cross-compiling, and run by an emulator of its processor. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { reasonForNoBareRoot } from '../helpers/bare-root.js';
import { cannotBuild, CHECKOUT, runBoot } from '../helpers/boot-program.js';
import { packagedProgram } from '../helpers/packaged.js';
import { debPackages, PACKAGE_NAMES } from '../helpers/deb-packages.js';
import { mmdebstrap } from '../helpers/mmdebstrap.js';
import { scratchDirectory, type Scope } from '../helpers/scratch.js';
import { cached } from '../vm/qemu/cache.js';

const COMPILER = 'aarch64-linux-gnu-gcc';
const EMULATOR = 'qemu-aarch64-static';
const lacking = [COMPILER, EMULATOR].filter(
  (program) => spawnSync(program, ['--version']).error !== undefined,
);
const skip =
  cannotBuild ||
  (process.arch !== 'x64' && 'this machine is of another architecture than x86-64') ||
  (lacking.length > 0 && `needs ${lacking.join(', ')}`) ||
  reasonForNoBareRoot();

/** Node of Debian for that machine, with what it is linked with. Nothing of it has run. */
const SYSTEM = [
  ...['--mode=root', '--variant=extract', '--architectures=arm64', '--skip=check/qemu', '--quiet'],
  ...['--format=directory', '--include=nodejs'],
  ...['doc', 'man', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
];

/** Its root directory, with the packages unpacked, until the test ends. */
function systemWithPackages(t: Scope): string {
  const made = cached(
    'arm64',
    SYSTEM.map((word) => `=${word}`),
    (work) => {
      mmdebstrap([...SYSTEM, 'trixie', join(work, 'root')]);
    },
  );
  const root = join(scratchDirectory(t, '/var/tmp'), 'root');
  execFileSync('cp', ['-a', '--reflink=auto', join(made, 'root'), root]);
  // The package base-files makes them, which nothing needs here.
  for (const name of ['bin', 'lib', 'sbin']) fs.symlinkSync(`usr/${name}`, join(root, name));
  for (const name of ['rootseal', 'rootseal-initramfs'] as const)
    execFileSync('dpkg-deb', ['--extract', debPackages('arm64').file(name), root]);
  return root;
}

test(
  'the packages for ARM have its name and its code, and the package for all machines is the same',
  { skip },
  (t) => {
    const arm = debPackages('arm64');
    for (const name of PACKAGE_NAMES) {
      const field = execFileSync('dpkg-deb', ['--field', arm.file(name), 'Architecture'], {
        encoding: 'utf8',
      });
      assert.equal(field.trim(), name === 'rootseal-images' ? 'all' : 'arm64');
    }
    const [one, other] = [arm, debPackages()].map((packages) => packages.file('rootseal-images'));
    assert.equal(spawnSync('cmp', [one ?? '', other ?? '']).status, 0);
    const root = systemWithPackages(t);
    const native =
      'usr/lib/rootseal/program/node_modules/@koromix/koffi-linux-arm64/linux_arm64/koffi.node';
    for (const path of ['usr/lib/rootseal/rootseal-setup-root', native])
      assert.match(runBoot('readelf', ['-h', join(root, path)]).output, /Machine: +AArch64/, path);
  },
);

test(
  'the boot program for ARM decides every shared vector as expected, and reads policy and keys',
  { skip },
  async (t) => {
    const { crossCompiler } = (await import(
      pathToFileURL(join(CHECKOUT, 'packaging/cross.mjs')).href
    )) as { crossCompiler: (architecture: object) => string[] };
    const names = { name: 'arm64', triplet: 'aarch64-linux-gnu', musl: 'aarch64-linux-musl' };
    const initramfs = join(CHECKOUT, 'initramfs');
    const make = ['make', '-s', '-C', initramfs, ...crossCompiler(names), 'build/arm64/vectors'];
    execFileSync('flock', [join(initramfs, 'Makefile'), ...make], { stdio: 'pipe' });
    const tables = ['seal/seal.txt', 'boot/cmdline.txt', 'boot/floor.txt', 'seal/ed25519.txt'];
    const paths = tables.map((name) => join(CHECKOUT, 'test/vectors', name));
    const { status, output } = runBoot(EMULATOR, [
      join(initramfs, 'build/arm64/vectors'),
      ...paths,
    ]);
    assert.equal(status, 0, output);
    assert.match(output, /^\d{3} vectors, 0 failed\n$/);

    const root = systemWithPackages(t);
    fs.copyFileSync(`/usr/bin/${EMULATOR}`, join(root, 'emulator'));
    const check = () =>
      runBoot('chroot', [root, '/emulator', '/usr/lib/rootseal/rootseal-setup-root', '--check']);
    const configuration = join(root, 'etc/rootseal');
    fs.mkdirSync(join(configuration, 'keys.d'), { recursive: true });
    fs.writeFileSync(join(configuration, 'setup-root.conf'), '[verify]\nmode=seal\nname=test\n');
    assert.equal(check().status, 0, check().output);
    fs.writeFileSync(join(configuration, 'keys.d/x.pub'), 'x\n');
    assert.match(check().output, /^rootseal: refused keys: .*x\.pub/);
  },
);

test('the program for ARM makes the same commit there as it does here', { skip }, (t) => {
  const root = systemWithPackages(t);
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  fs.mkdirSync(tree);
  fs.writeFileSync(join(tree, 'file'), 'content '.repeat(5000));
  fs.symlinkSync('file', join(tree, 'link'));
  const node = [EMULATOR, '-L', root, join(root, 'usr/bin/node')];
  const there = [...node, join(root, 'usr/lib/rootseal/program/bin/rootseal.js')];
  const here = [process.execPath, packagedProgram()];
  const [one, other] = [there, here].map((program, index) => {
    const run = (...args: string[]): string => {
      const [command = '', ...rest] = [...program, ...args];
      const result = spawnSync(command, rest, { cwd: scratch, encoding: 'utf8' });
      assert.equal(result.status, 0, result.stderr);
      return result.stdout.trim();
    };
    const repository = `repository-${index}`;
    run('init', repository);
    return run('commit', tree, '-b', 'main', '--repo', repository, '--time', '1000', '--name', 'x');
  });
  assert.match(one ?? '', /^[0-9a-f]{64}$/);
  assert.equal(one, other);
});
