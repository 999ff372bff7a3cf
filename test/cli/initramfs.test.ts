import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { buildInitramfs } from '../../src/disk/initramfs/build-initramfs.js';
import { rootseal } from '../helpers/cli.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { requireDocument } from '../helpers/schema.js';

const RELEASE = '6.12.0-test';
const MODULES = `usr/lib/modules/${RELEASE}`;

interface Scene {
  readonly scratch: string;
  readonly tree: string;
  readonly out: string;
}

/** A tree with a program, a kernel of four modules, a policy and a key. */
function makeTree(t: TestContext): Scene {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  const write = (path: string, content: string | Buffer): void => {
    fs.mkdirSync(join(tree, path, '..'), { recursive: true });
    fs.writeFileSync(join(tree, path), content);
  };
  write('usr/lib/rootseal/rootseal-setup-root', '\x7fELF a program');
  write('usr/lib/rootseal/setup-root.conf', '[verify]\nmode=seal\nname=test\n');
  rootseal(['key', 'generate', 'release.example.org', '--output', join(scratch, 'key')]);
  write('etc/rootseal/keys.d/release.pub', rootseal(['key', 'show', join(scratch, 'key')]).stdout);
  write('etc/rootseal/keys.d/.release.pub.swp', 'not a key');
  write(
    `${MODULES}/modules.dep`,
    ['overlay.ko:', 'erofs.ko.xz: crc.ko', 'crc.ko:', 'other.ko:', ''].join('\n'),
  );
  for (const name of ['overlay.ko', 'crc.ko', 'other.ko'])
    write(`${MODULES}/${name}`, `module ${name}`);
  write(`${MODULES}/erofs.ko.xz`, execFileSync('xz', ['-c'], { input: 'module erofs.ko' }));
  return { scratch, tree, out: join(scratch, 'initramfs.img') };
}

function unpack({ scratch, out }: Scene): string {
  const target = fs.mkdtempSync(join(scratch, 'unpacked-'));
  const archive = gunzipSync(fs.readFileSync(out));
  execFileSync('cpio', ['-idm', '--quiet', '--no-absolute-filenames'], {
    cwd: target,
    input: archive,
  });
  return target;
}

test('the archive holds the program as init, the modules in their order, policy and keys', (t) => {
  const scene = makeTree(t);
  const result = rootseal(['initramfs', 'build', scene.tree, '--output', scene.out, '--json']);
  assert.equal(result.status, 0, result.stderr);
  requireDocument('initramfs', result.stdout);
  const { modules, keyCount, mode, kernel } = JSON.parse(result.stdout) as Record<string, unknown>;
  assert.deepEqual(
    { modules, keyCount, mode, kernel },
    {
      modules: ['overlay.ko', 'crc.ko', 'erofs.ko'],
      keyCount: 1,
      mode: 'seal',
      kernel: { release: RELEASE },
    },
  );
  const unpacked = unpack(scene);
  const read = (path: string): string => fs.readFileSync(join(unpacked, path), 'utf8');
  assert.equal(read('init'), '\x7fELF a program');
  assert.equal(fs.statSync(join(unpacked, 'init')).mode & 0o777, 0o755);
  assert.equal(
    read('usr/lib/rootseal/modules.load'),
    ['overlay.ko', 'crc.ko', 'erofs.ko'].map((name) => `/${MODULES}/${name}\n`).join(''),
  );
  assert.equal(read(`${MODULES}/erofs.ko`), 'module erofs.ko', 'uncompressed');
  assert.equal(read('usr/lib/rootseal/setup-root.conf'), '[verify]\nmode=seal\nname=test\n');
  assert.deepEqual(fs.readdirSync(join(unpacked, 'etc/rootseal/keys.d')), ['release.pub']);
  for (const directory of ['dev', 'proc', 'run', 'sys', 'sysroot'])
    assert.ok(fs.statSync(join(unpacked, directory)).isDirectory(), directory);
});

test('two builds from one tree have the same bytes', (t) => {
  const scene = makeTree(t);
  rootseal(['initramfs', 'build', scene.tree, '-o', scene.out]);
  const first = fs.readFileSync(scene.out);
  fs.utimesSync(join(scene.tree, MODULES, 'overlay.ko'), 1, 1);
  rootseal(['initramfs', 'build', scene.tree, '-o', scene.out]);
  assert.ok(first.equals(fs.readFileSync(scene.out)));
});

test('a policy or key that the boot program would refuse is refused, and no file is written', (t) => {
  const scene = makeTree(t);
  const refused = (path: string, content: string): string => {
    const before = fs.existsSync(join(scene.tree, path))
      ? fs.readFileSync(join(scene.tree, path))
      : undefined;
    fs.mkdirSync(join(scene.tree, path, '..'), { recursive: true });
    fs.writeFileSync(join(scene.tree, path), content);
    const { status, stderr } = rootseal(['initramfs', 'build', scene.tree, '-o', scene.out]);
    assert.equal(status, 17, stderr);
    assert.ok(!fs.existsSync(scene.out));
    if (before === undefined) fs.rmSync(join(scene.tree, path));
    else fs.writeFileSync(join(scene.tree, path), before);
    return stderr;
  };
  assert.match(
    refused('usr/lib/rootseal/setup-root.conf', '[verify]\ntreshold=2\n'),
    /setup-root.conf.*treshold/,
  );
  assert.match(refused('usr/lib/rootseal/keys.d/bad.pub', 'release+zz+AAAA\n'), /keys.d\/bad.pub/);
  assert.match(refused('etc/rootseal/revoked.d/list', 'nonsense\n'), /revoked.d\/list/);
});

test('a kernel that could mount a disk without the initramfs is told', (t) => {
  const scene = makeTree(t);
  const build = (builtin: string) => {
    fs.writeFileSync(join(scene.tree, MODULES, 'modules.builtin'), builtin);
    const result = rootseal(['initramfs', 'build', scene.tree, '-o', scene.out, '--json']);
    assert.equal(result.status, 0, result.stderr);
    const { builtin: named } = JSON.parse(result.stdout) as { builtin: string[] };
    return { stderr: result.stderr, named };
  };
  const both = build('kernel/drivers/nvme/host/nvme.ko\nkernel/fs/ext4/ext4.ko\n');
  assert.match(
    both.stderr,
    /^\{"version":1,"note":"Linux 6\.12\.0-test has nvme, ext4 built in: .*rdinit=.*"\}\n$/,
  );
  assert.deepEqual(both.named, ['nvme', 'ext4']);
  for (const one of ['kernel/drivers/block/virtio_blk.ko\n', 'kernel/fs/btrfs/btrfs.ko\n'])
    assert.deepEqual(build(one), { stderr: '', named: [] });
});

test('links in a tree lead nowhere but into the tree', (t) => {
  const scene = makeTree(t);
  fs.writeFileSync(join(scene.scratch, 'secret'), '[verify]\nmode=none\n');
  const policy = join(scene.tree, 'usr/lib/rootseal/setup-root.conf');
  fs.rmSync(policy);
  fs.symlinkSync(join(scene.scratch, 'secret'), policy);
  const { status, stderr } = rootseal(['initramfs', 'build', scene.tree, '-o', scene.out]);
  assert.equal(status, 17, stderr);
  assert.match(stderr, /setup-root.conf is a link that leads nowhere/);
});

test('what is missing is named: kernel, module, program', (t) => {
  const scene = makeTree(t);
  const fails = (...args: string[]): string => {
    const result = rootseal(['initramfs', 'build', scene.tree, '-o', scene.out, ...args]);
    assert.equal(result.status, 10, result.stderr);
    return result.stderr;
  };
  assert.match(fails('--module', 'btrfs'), /6.12.0-test has no module btrfs/);
  assert.match(fails('--kernel', '5.0'), /no modules of the kernel 5.0/);
  fs.rmSync(join(scene.tree, 'usr/lib/rootseal/rootseal-setup-root'));
  assert.match(fails(), /rootseal-setup-root: not in the tree/);
  fs.cpSync(join(scene.tree, MODULES), join(scene.tree, 'usr/lib/modules/6.13'), {
    recursive: true,
  });
  const several = rootseal(['initramfs', 'build', scene.tree, '-o', scene.out]);
  assert.equal(several.status, 2);
  assert.match(several.stderr, /several kernels: 6.12.0-test, 6.13/);
});

/** The beginning of an ELF file: 64 bits, little endian, for an architecture (elf(5), e_machine). */
function elf(machine: number, rest: string): Buffer {
  const head = Buffer.alloc(64);
  head.write('\x7fELF\x02\x01', 'latin1');
  head.writeUInt16LE(machine, 18);
  return Buffer.concat([head, Buffer.from(rest)]);
}

test('a tree without a boot program gets the one that is installed, if that is for its kernel', async (t) => {
  const scene = makeTree(t);
  const packaged = join(scene.scratch, 'packaged');
  const named = join(scene.scratch, 'named');
  fs.writeFileSync(packaged, elf(62, 'packaged'));
  fs.writeFileSync(named, elf(183, 'named'));
  const build = (program?: string) =>
    buildInitramfs({ tree: scene.tree, modules: [], program, packaged });
  assert.equal((await build()).program, 'tree');
  fs.rmSync(join(scene.tree, 'usr/lib/rootseal/rootseal-setup-root'));
  assert.equal((await build(named)).program, 'named');
  const { bytes, program } = await build();
  assert.equal(program, 'packaged');
  assert.ok(gunzipSync(bytes).includes(fs.readFileSync(packaged)));
  fs.writeFileSync(join(scene.tree, MODULES, 'crc.ko'), elf(62, 'module'));
  assert.equal((await build()).program, 'packaged');
  fs.writeFileSync(join(scene.tree, MODULES, 'crc.ko'), elf(183, 'module'));
  await assert.rejects(build(), { code: 'PATH_NOT_FOUND', message: /another architecture/ });
  fs.writeFileSync(packaged, '#!/bin/sh\n');
  await assert.rejects(build(), { code: 'FORMAT_INVALID' });
});

test('an initramfs whose policy wants a seal and that has no key is only made with --force', (t) => {
  const scene = makeTree(t);
  fs.rmSync(join(scene.tree, 'etc/rootseal'), { recursive: true });
  const build = ['initramfs', 'build', scene.tree, '-o', scene.out];
  const refused = rootseal(build);
  assert.equal(refused.status, 12);
  assert.match(
    refused.stderr,
    /no-keys: .* holds no key, and the policy wants a seal: nothing will boot/,
  );
  assert.ok(!fs.existsSync(scene.out));
  const { status, stderr } = rootseal([...build, '--force']);
  assert.equal(status, 0);
  assert.match(stderr, /no key: this initramfs starts nothing/);
});

test('an output that is not a regular file is not replaced', (t) => {
  const scene = makeTree(t);
  const [pipe, link] = [`${scene.out}.pipe`, `${scene.out}.link`];
  execFileSync('mkfifo', [pipe]);
  fs.symlinkSync(pipe, link);
  for (const place of [pipe, link]) {
    const { status, stderr } = rootseal(['initramfs', 'build', scene.tree, '--output', place]);
    assert.equal(status, 2, stderr);
    assert.match(stderr, /is not a regular file, and is not replaced/);
  }
  assert.ok(fs.statSync(link).isFIFO());
});
